import { type ClusterDiff, shownDifferences } from '../../flux/index.ts';

/** For programs. Values of Secrets are not in it. */
export function asJson({ changes, dangers, waits, unseen }: ClusterDiff): string {
  const shown = changes.map((change) => {
    const { identity, kustomization, release, from, kept } = change;
    const differences = shownDifferences(change);
    return { change: change.change, ...identity, kustomization, release, from, kept, differences };
  });
  return `${JSON.stringify({ changes: shown, dangers, waits, unseen }, bigints, 2)}\n`;
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
