import { SlipwayError } from '../../errors.ts';
import { attemptedRevisionOf, commitOf, type FileTree, type FluxOwner } from '../../flux/index.ts';
import { mapOf, type ObjectIdentity } from '../../manifest/index.ts';
import { findTool } from '../../programs.ts';
import { KUSTOMIZATION, type FluxObject } from '../../reconciler/index.ts';
import {
  createEngine,
  createKustomizeProgram,
  DiskTree,
  gitRoot,
  readCommit,
  readGitTree,
} from '../../render/index.ts';
import { type FilePosition, Origins, type Traceable, traceKustomization } from '../../render/origin/index.ts';
import type { Io } from '../command.ts';

/** A repository on this machine, from which a cluster is kept. */
export interface Checkout {
  /**
   * Where an object is written, at the commit that the cluster has.
   *
   * @param owner what put it into the cluster
   * @returns undefined where the repository is another, or does not tell
   */
  placeOf(identity: ObjectIdentity, owner: FluxOwner | undefined): Promise<FilePosition | undefined>;
}

/**
 * @param directory `--dir`; by default the git repository that the command runs in
 * @param objects of the cluster: the Kustomizations as they are there
 */
export function createCheckout(directory: string | undefined, objects: readonly FluxObject[], io: Io): Checkout {
  const root = gitRoot(directory ?? io.cwd) ?? directory;
  const engine = createEngine(createKustomizeProgram(findTool('kustomize', undefined, io.env.PATH), undefined));
  const known = new Map<FluxObject, Promise<Origins | undefined>>();
  const load = async (one: FluxObject): Promise<Origins | undefined> => {
    const { namespace, name } = one.identity;
    const spec = mapOf(one.object.spec);
    const tree = root === undefined ? undefined : treeOf(one, root);
    if (tree === undefined) return undefined;
    const trace = await traceKustomization(tree, spec, engine);
    const made = trace.objects.map(({ object }) => object);
    const traceable: Traceable = {
      ...{ namespace, name, spec, parent: undefined, status: 'built', objects: made, built: made },
      trace: () => Promise.resolve(trace),
    };
    return new Origins([traceable]);
  };
  return {
    placeOf: async (identity, owner) => {
      const one = objects.find((object) => isOwner(object, owner));
      if (one === undefined) return undefined;
      try {
        const origins = known.get(one) ?? load(one);
        known.set(one, origins);
        return await (await origins)?.placeOf(`${one.identity.namespace}/${one.identity.name}`, identity, '');
      } catch (error) {
        // It is only one more thing that could have been told.
        if (error instanceof SlipwayError) return undefined;
        throw error;
      }
    },
  };
}

function isOwner({ identity: { group, kind, namespace, name } }: FluxObject, owner: FluxOwner | undefined): boolean {
  const isKustomization = group === KUSTOMIZATION.group && kind === KUSTOMIZATION.kind && kind === owner?.kind;
  return isKustomization && namespace === owner.namespace && name === owner.name;
}

/** What it was made of last; a revision that is of no commit is of a folder, and that is as it is. */
function treeOf({ object }: FluxObject, root: string): FileTree | undefined {
  if (mapOf(mapOf(object.spec).sourceRef).kind !== 'GitRepository') return undefined;
  const commit = commitOf(attemptedRevisionOf(object));
  if (commit === undefined) return new DiskTree(root);
  return readCommit(root, commit) === undefined ? undefined : readGitTree(root, commit);
}
