import { isAllowed } from './allow.ts';
import { applicationsOf, type Declared } from './declared.ts';
import { reportDependencyCycles } from './dependency-cycles.ts';
import type { TreeBuilder } from './tree-builder.ts';

const DANGLING = 'synth/dangling-reference';

/** Reports to the builder everything that is wrong with the cluster as a whole. */
export function validateCluster(folders: readonly Declared[], builder: TreeBuilder): void {
  reportDuplicates(builder);
  // What hand-written manifests in the tree itself hold is not known here.
  if (folders.every(({ manifests }) => manifests.length === 0)) reportDangling(builder);
  reportDependencyCycles(applicationsOf(folders), (construct, error) => {
    builder.report(construct, error);
  });
}

/** Two constructs that make one object would fight over it: the API server has no version of it that suits both. */
function reportDuplicates(builder: TreeBuilder): void {
  const seen = new Map<string, (typeof builder.laid)[number]>();
  for (const laid of builder.laid) {
    const first = seen.get(laid.key);
    if (first === undefined) {
      seen.set(laid.key, laid);
      continue;
    }
    const [line] = first.origin.source();
    builder.report(laid.construct, {
      code: 'synth/same-object',
      message: `Two constructs make ${laid.origin.object}${line === undefined ? '' : `; the other one is made in ${line}`}.`,
      remedy: 'Rename one of them, or take it out.',
      object: laid.origin.object,
    });
  }
}

/** References by hand, in an `ApiObject` or a patch, to what nobody declares; those by construct cannot dangle. */
function reportDangling(builder: TreeBuilder): void {
  const declared = new Set(builder.laid.map(({ key }) => key));
  for (const { construct, origin, needs } of builder.laid) {
    for (const { key, target, field } of needs) {
      if (declared.has(key) || isAllowed(construct, DANGLING)) continue;
      builder.report(construct, {
        code: DANGLING,
        message: `${field} names ${target}, which nobody declares.`,
        remedy: `Declare it, or mend the name; if it is made elsewhere, say so: allow(construct, '${DANGLING}', 'the reason').`,
        object: origin.object,
      });
    }
  }
}
