import { isAllowed } from './allow.ts';
import type { Application } from './application.ts';
import type { Declared } from './declared.ts';
import type { TreeBuilder } from './tree-builder.ts';

const DANGLING = 'synth/dangling-reference';

/** Reports to the builder everything that is wrong with the cluster as a whole. */
export function validateCluster(folders: readonly Declared[], builder: TreeBuilder): void {
  reportDuplicates(builder);
  // What hand-written manifests hold is not known here.
  if (folders.every(({ manifests }) => manifests.length === 0)) reportDangling(builder);
  reportDependencyCycles(
    folders.map(({ folder }) => folder).filter((folder): folder is Application => folder.role === 'application'),
    builder,
  );
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

/** Depth first over an explicit stack, each Application once: a chain may be longer than the call stack is deep. */
function reportDependencyCycles(applications: readonly Application[], builder: TreeBuilder): void {
  const done = new Set<Application>();
  for (const start of applications) {
    const path: { application: Application; next: number }[] = [{ application: start, next: 0 }];
    const onPath = new Set([start]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const dependency = done.has(top.application) ? undefined : top.application.dependencies[top.next];
      top.next += 1;
      if (dependency === undefined) {
        done.add(top.application);
        onPath.delete(top.application);
        path.pop();
      } else if (onPath.has(dependency)) {
        const cycle = path.map(({ application }) => application);
        reportCycle(cycle.slice(cycle.indexOf(dependency)), builder);
      } else if (!done.has(dependency)) {
        onPath.add(dependency);
        path.push({ application: dependency, next: 0 });
      }
    }
  }
}

function reportCycle(cycle: readonly Application[], builder: TreeBuilder): void {
  const [first] = cycle;
  if (first === undefined) return;
  const names = [...cycle, first].map(({ kustomization }) => kustomization.name);
  // `dependsOn` reads from the one that waits to the one that it waits for; a person follows it the other way.
  builder.report(first, {
    code: 'synth/dependency-cycle',
    message: `Applications wait for each other: ${names.join(' → ')}.`,
    remedy: 'Take one of these out of the `dependsOn` of the other.',
  });
}
