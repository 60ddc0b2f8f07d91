import { SlipwayError } from '../errors.ts';
import { type FileTree, generateKustomization, OverlaidTree, resolvePath, substitute } from '../flux/index.ts';
import { isObject, type JsonObject } from '../manifest/index.ts';
import type { Engine, EngineName } from './engine.ts';

export interface KustomizationInput {
  /** The artifact of its source. */
  readonly tree: FileTree;
  /** `spec` of the Kustomization. */
  readonly spec: JsonObject;
  /** What `spec.postBuild` puts in. */
  readonly variables: ReadonlyMap<string, string> | undefined;
  readonly engine: Engine;
  /** Opens an object that is encrypted, and leaves every other as it is. Default: all are left. */
  readonly decrypt?: (object: JsonObject) => Promise<JsonObject>;
}

export interface BuiltKustomization {
  /** What kustomize makes. */
  readonly built: readonly JsonObject[];
  /** What is applied: that, with variables replaced. */
  readonly objects: readonly JsonObject[];
  readonly engine: EngineName;
}

/**
 * The objects of a Kustomization as kustomize-controller builds them (KC: reconcile, steps 12 to 19): its folder with the
 * fields of its spec put in, built, decrypted, with variables replaced, lists taken apart.
 *
 * @throws SlipwayError `render/no-folder`, and those of each step
 */
export async function buildKustomization(input: KustomizationInput): Promise<BuiltKustomization> {
  const { tree, spec, variables, engine, decrypt } = input;
  const folder = folderOf(spec, tree);
  const { file, content } = generateKustomization(tree, folder, spec);
  const built = engine.build(new OverlaidTree(tree, new Map([[file, content]])), folder);
  const opened = decrypt === undefined ? built.objects : await Promise.all(built.objects.map(decrypt));
  const objects = variables === undefined ? opened : opened.map((object) => substituted(object, variables, spec));
  return { built: built.objects, objects: objects.flatMap(takenApart).filter(isApplied), engine: built.engine };
}

/** KC: SecureJoin of the artifact's folder and spec.path. */
function folderOf(spec: JsonObject, tree: FileTree): string {
  const path = typeof spec.path === 'string' ? spec.path : '';
  const folder = resolvePath('', path.replace(/^\/+/, ''));
  if (folder !== undefined && tree.isFolder(folder)) return folder;
  throw new SlipwayError({
    code: 'render/no-folder',
    message: `The source has no folder ${JSON.stringify(path)}, which spec.path names.`,
    remedy: 'Make the folder, or name another one.',
  });
}

function substituted(object: JsonObject, variables: ReadonlyMap<string, string>, spec: JsonObject): JsonObject {
  const postBuild = isObject(spec.postBuild) ? spec.postBuild : undefined;
  if (postBuild === undefined) return object;
  return substitute(object, variables, { always: postBuild.substituteStrategy === 'Always' });
}

/** ssa: ReadObjects takes lists of objects apart. */
function takenApart(object: JsonObject): readonly JsonObject[] {
  if (typeof object.kind !== 'string' || !object.kind.endsWith('List') || !Array.isArray(object.items)) return [object];
  return object.items.filter(isObject);
}

/** ssa: ReadObjects drops what is no object of a cluster without a word. */
function isApplied(object: JsonObject): boolean {
  const { apiVersion, kind, metadata } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  if (!isObject(metadata) || typeof metadata.name !== 'string') return false;
  return !(kind === 'Kustomization' && apiVersion.startsWith('kustomize.config.k8s.io/'));
}
