import { formatPath, listed, type Path } from './problem.ts';
import type { SchemaNode } from './schema-node.ts';
import { mostSimilar } from '../similar.ts';

/** How far below a place a field is looked for, and in how many schemas. */
const LEVELS = 4;
const MAX_VISITS = 500;
/** More fields than this help nobody who looks for one. */
const MAX_LISTED = 12;

/**
 * What to do about a field that is not known: a slip of the pen mended, or the place nearby where there is such a field.
 *
 * @param path to the object that has it
 * @param nodes the schemas of the objects and lists on the path, the object's own last
 */
export function unknownFieldRemedy(name: string, path: Path, nodes: readonly SchemaNode[]): string {
  const own = nodes.at(-1);
  if (own === undefined) return 'Take it out.';
  const similar = mostSimilar(name, own.fieldNames);
  if (similar !== undefined && similar.distance <= 1) return `Write ${similar.name}.`;

  for (let level = nodes.length - 2; level >= 0; level--) {
    if (nodes[level]?.field(name) === undefined) continue;
    const place = path.slice(0, level);
    return `Move it up, ${place.length === 0 ? 'to the top of the object' : `into ${formatPath(place)}`}.`;
  }
  const below = findBelow(name, own);
  if (below !== undefined) return `Move it down, to ${formatPath([...path, ...below])}.`;
  const parent = nodes.at(-2);
  const beside = parent && findBelow(name, parent);
  if (beside !== undefined) return `Move it to ${formatPath([...path.slice(0, -1), ...beside])}.`;

  if (similar !== undefined) return `Write ${similar.name}, if that is meant.`;
  const { fieldNames } = own;
  if (fieldNames.length === 0) return 'Take it out.';
  return fieldNames.length > MAX_LISTED
    ? 'Take it out, or look up its name.'
    : `Fields here are ${listed(fieldNames)}.`;
}

/** The nearest place below with a field of that name. */
function findBelow(name: string, from: SchemaNode): Path | undefined {
  const seen = new Set([from]);
  let level: readonly { readonly node: SchemaNode; readonly path: Path }[] = [{ node: from, path: [] }];
  for (let depth = 0; depth < LEVELS && seen.size < MAX_VISITS; depth++) {
    const next: { node: SchemaNode; path: Path }[] = [];
    for (const { node, path } of level) {
      for (const field of node.fieldNames) {
        if (seen.size >= MAX_VISITS) break;
        const child = node.field(field);
        // The item of a list is shown as its first one.
        const [below, step] = child?.items === undefined ? [child, [field]] : [child.items, [field, 0]];
        if (below === undefined || field === 'status' || seen.has(below)) continue;
        seen.add(below);
        next.push({ node: below, path: [...path, ...step] });
      }
    }
    const found = next.find(({ node }) => node.field(name) !== undefined);
    if (found !== undefined) return [...found.path, name];
    level = next;
  }
  return undefined;
}
