import { SlipwayError } from '../errors.ts';
import {
  type Decryption,
  type EncryptedPart,
  type FileTree,
  generateKustomization,
  OverlaidTree,
  resolvePath,
  substitute,
} from '../flux/index.ts';
import { formatIdentity, identityOf, isObject, type JsonObject } from '../manifest/index.ts';
import type { Build, Opened, OpenedBuild } from './build-decrypted.ts';
import type { Engine, EngineName } from './engine.ts';
import { type AskedVariable, RecordingVariables } from './recording-variables.ts';

export interface KustomizationInput {
  /** The artifact of its source. */
  readonly tree: FileTree;
  /** `spec` of the Kustomization. */
  readonly spec: JsonObject;
  /** What `spec.postBuild` puts in. */
  readonly variables: ReadonlyMap<string, string> | undefined;
  /** Whether a variable without a value and a default is an error. Default: true. */
  readonly strict?: boolean;
  readonly engine: Engine;
  /** Undefined where `spec.decryption` asks for none. */
  readonly decryption?: Decryption | undefined;
}

export interface BuiltKustomization {
  /** What kustomize makes. */
  readonly built: readonly JsonObject[];
  /** What is applied: that, decrypted and with variables replaced. */
  readonly objects: readonly JsonObject[];
  readonly engine: EngineName;
  /** What `variables` was asked for. */
  readonly askedVariables: readonly AskedVariable[];
  /** All that decryption came to. */
  readonly encrypted: readonly EncryptedPart[];
  /** Files that were decrypted before the build, as it saw them. */
  readonly decryptedFiles: ReadonlyMap<string, Buffer>;
  /** What was decrypted, where marks do not stand in its place: no message may hold it. */
  readonly secretValues: readonly string[];
}

/**
 * The objects of a Kustomization as kustomize-controller builds them (KC: reconcile, steps 12 to 19): its folder with the
 * fields of its spec put in, sources decrypted, built, objects decrypted, variables replaced, lists taken apart.
 *
 * @throws SlipwayError `render/no-folder`, and those of each step. None holds what was decrypted.
 */
export async function buildKustomization(input: KustomizationInput): Promise<BuiltKustomization> {
  const { tree, spec, strict = true, engine, decryption } = input;
  const folder = folderOf(spec, tree);
  const { file, content } = generateKustomization(tree, folder, spec);
  const generated = new OverlaidTree(tree, new Map([[file, content]]));
  const { built, opened, encrypted, files, secretValues } =
    decryption === undefined
      ? asItIs(await engine.build(generated, folder))
      : // Few have anything encrypted, and what opens it is much to load.
        await (await import('./build-decrypted.ts')).buildDecrypted(generated, folder, engine, decryption);
  const variables = input.variables && new RecordingVariables(input.variables);
  const objects = variables === undefined ? opened : opened.map((one) => substituted(one, variables, spec, strict));
  return {
    built: built.objects,
    objects: objects
      .map(({ object }) => object)
      .flatMap(takenApart)
      .filter(isApplied),
    engine: built.engine,
    askedVariables: variables?.asked ?? [],
    encrypted,
    decryptedFiles: files,
    secretValues,
  };
}

function asItIs(built: Build): OpenedBuild {
  return {
    built,
    opened: built.objects.map((object) => ({ object, isSecret: false })),
    encrypted: [],
    files: new Map(),
    secretValues: [],
  };
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

function substituted(
  opened: Opened,
  variables: ReadonlyMap<string, string>,
  spec: JsonObject,
  strict: boolean,
): Opened {
  const postBuild = isObject(spec.postBuild) ? spec.postBuild : undefined;
  if (postBuild === undefined) return opened;
  try {
    const object = substitute(opened.object, variables, { strict, always: postBuild.substituteStrategy === 'Always' });
    return { ...opened, object };
  } catch (error) {
    throw opened.isSecret ? secretSubstitution(opened.object) : error;
  }
}

/** Names of variables that stand in a decrypted value are a part of it. */
function secretSubstitution(object: JsonObject): SlipwayError {
  return new SlipwayError({
    code: 'render/secret-substitution',
    message:
      'Variables cannot be replaced in the object, which was encrypted: one in it is not set, or is written in a way that is none.',
    remedy:
      'Where a value holds ${ by itself, annotate the object with `kustomize.toolkit.fluxcd.io/substitute: disabled`.',
    place: { object: formatIdentity(identityOf(object)) },
  });
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
