import { type ClusterDiff, shownDifferences } from '../../flux/index.ts';
import { bigints } from './field.ts';
import type { Presentation } from './places.ts';

/** For programs. Values of Secrets are not in it. */
export function asJson(
  { changes, dangers, waits, unseen }: ClusterDiff,
  { places, compared }: Pick<Presentation, 'places' | 'compared'>,
): string {
  const shown = changes.map((change) => {
    const { identity, kustomization, release, from, kept } = change;
    const { object: place, fields, source = [] } = places.get(change) ?? {};
    const differences = shownDifferences(change).map((one) => ({ ...one, place: fields?.get(one.pointer) }));
    return {
      change: change.change,
      ...identity,
      kustomization,
      release,
      from,
      kept,
      place,
      ...(source.length > 0 && { source }),
      differences,
    };
  });
  const [before, after] = compared.map(({ name, commit }) => ({ name, commit }));
  return `${JSON.stringify({ before, after, changes: shown, dangers, waits, unseen }, bigints, 2)}\n`;
}
