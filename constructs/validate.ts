import { isAllowed } from './allow.ts';
import { cyclesFrom } from '../src/cycles.ts';
import { applicationsOf, type Declared } from './declared.ts';
import { reportDependencyCycles } from './dependency-cycles.ts';
import type { Need } from './needs.ts';
import type { Laid, TreeBuilder } from './tree-builder.ts';

const DANGLING = 'synth/dangling-reference';

/** Reports to the builder everything that is wrong with the cluster as a whole. */
export function validateCluster(folders: readonly Declared[], builder: TreeBuilder): void {
  reportDuplicates(builder);
  if (!builder.hasUnknownObjects) reportDangling(builder);
  const hasCycle = reportDependencyCycles(applicationsOf(folders), (construct, error) => {
    builder.report(construct, error);
  });
  if (!hasCycle) reportCyclesByHand(builder);
}

/** Two constructs that make one object would fight over it: the API server has no version of it that suits both. */
function reportDuplicates(builder: TreeBuilder): void {
  const seen = new Map<string, Laid>();
  for (const laid of builder.laid) {
    const { origin, key } = laid;
    const same = {
      key,
      code: 'synth/same-object',
      sentence: () => `Two constructs make ${origin.object}`,
      remedy: 'Rename one of them, or take it out.',
    };
    // Two that are one object have the same claims.
    const claims = seen.has(key) ? [same] : [same, ...laid.claims];
    for (const claim of claims) {
      const first = seen.get(claim.key);
      if (first === undefined) seen.set(claim.key, laid);
      else
        builder.report(laid.construct, {
          ...claim,
          message: `${claim.sentence()}${other(first, laid)}.`,
          object: origin.object,
        });
    }
  }
}

function other({ origin: first }: Laid, { origin }: Laid): string {
  const [line] = first.source();
  const name = first.object === origin.object ? '' : `, ${first.object}`;
  return line === undefined ? '' : `; the other one${name}${name === '' ? ' is' : ', is'} made in ${line}`;
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

/** Circles that close over a `dependsOn` by hand: Flux would wait in each of them for ever. */
function reportCyclesByHand(builder: TreeBuilder): void {
  const waiting = builder.laid.filter(({ needs }) => needs.some(isDependency));
  const byKey = new Map(waiting.map((laid) => [laid.key, laid]));
  const awaitedBy = ({ needs }: Laid): Laid[] => needs.filter(isDependency).flatMap(({ key }) => byKey.get(key) ?? []);
  for (const cycle of cyclesFrom(waiting, awaitedBy)) {
    const [first] = cycle;
    if (first === undefined) continue;
    builder.report(first.construct, {
      code: 'synth/dependency-cycle',
      message: `These wait for each other: ${[...cycle, first].map(({ origin }) => origin.object).join(' → ')}.`,
      remedy: 'Take one of these out of the `dependsOn` of the other.',
      object: first.origin.object,
    });
  }
}

function isDependency({ field }: Need): boolean {
  return field.startsWith('/spec/dependsOn/');
}
