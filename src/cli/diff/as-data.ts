import { type ClusterDiff, shownDifferences } from '../../flux/index.ts';

/** For programs. Values of Secrets are not in it. */
export function asJson({ changes, dangers, waits }: ClusterDiff): string {
  const shown = changes.map((change) => {
    const { identity, kustomization, from, kept } = change;
    return { change: change.change, ...identity, kustomization, from, kept, differences: shownDifferences(change) };
  });
  return `${JSON.stringify({ changes: shown, dangers, waits }, bigints, 2)}\n`;
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
