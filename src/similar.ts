/** The candidate that was most likely meant by a name, and how far it is from it; undefined where none is near. */
export function mostSimilar(
  name: string,
  candidates: readonly string[],
): { readonly name: string; readonly distance: number } | undefined {
  const plain = normal(name);
  // One slip in short names, three in long ones.
  const limit = Math.max(1, Math.min(3, Math.floor(plain.length / 3)));
  let best: { name: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(plain, normal(candidate), limit);
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name: candidate, distance };
  }
  return best;
}

/** How a name is spelled does not count: `mount_path`, `mountpath` and `mountPath` are one. */
function normal(name: string): string {
  return name.slice(0, 100).replaceAll(/[-_]/g, '').toLowerCase();
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment); more than `limit` if so. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let [before, previous] = [[] as number[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(before, j - 2) + 1);
      row.push(cost);
    }
    [before, previous] = [previous, row];
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
