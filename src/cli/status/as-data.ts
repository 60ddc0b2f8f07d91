import type { FluxObject } from '../../reconciler/index.ts';
import { causeData } from '../live/cause-data.ts';
import type { StatusReport } from './report.ts';

/** For programs. */
export function statusJson({ context, server, keepers, objects, causes }: StatusReport): string {
  const shown = objects.map((one) => ({ ...fluxObjectData(one), ...causeData(causes.get(one)) }));
  return `${JSON.stringify({ context, server, keepers: keepers ?? null, objects: shown }, null, 2)}\n`;
}

/** What is told of an object wherever it is shown as data. */
export function fluxObjectData({ identity, readiness, revision, waitsFor, owner }: FluxObject): object {
  return {
    ...identity,
    ...readiness,
    revision,
    waitsFor: waitsFor.map(({ identity: awaited, why }) => ({ ...awaited, why })),
    appliedBy: owner ?? null,
  };
}
