import { containersOf, nameOf, pointerTo } from './pods.ts';
import { warning, type Rule } from './rule.ts';

/** An image whose tag moves: what runs changes without a commit, and differs from node to node. */
export const floatingTag: Rule = (object) =>
  containersOf(object).flatMap((container) => {
    const { image } = container.value;
    if (typeof image !== 'string' || !isFloating(image)) return [];
    return warning(
      'synth/floating-tag',
      `The container ${nameOf(container)} runs ${image}, whose tag may point to another image tomorrow.`,
      'Name a version or a digest.',
      pointerTo(container, 'image'),
    );
  });

const FLOATING = ['latest', 'main', 'master', 'stable', 'edge', 'nightly'];

function isFloating(image: string): boolean {
  if (image.includes('@sha256:')) return false;
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || isFloatingTag(tag);
}

/** A tag that its registry moves. */
export function isFloatingTag(tag: string): boolean {
  return FLOATING.includes(tag);
}
