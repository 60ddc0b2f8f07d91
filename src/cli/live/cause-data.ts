import type { Cause } from './cause.ts';

/** A cause for programs; nothing where there is none. */
export function causeData(cause: Cause | undefined): object {
  if (cause === undefined) return {};
  const { commit, madeBy, unwell, remedy } = cause;
  return {
    commit: commit ?? null,
    file: madeBy?.file ?? null,
    line: madeBy?.line ?? null,
    source: madeBy?.source ?? [],
    notWell: unwell.map(({ identity, health, pods }) => ({ ...identity, ...health, pods })),
    remedy: remedy ?? null,
  };
}
