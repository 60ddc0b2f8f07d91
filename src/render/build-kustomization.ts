import { SlipwayError } from '../errors.ts';
import {
  type Decryption,
  decryptObject,
  decryptSources,
  type EncryptedPart,
  type FileTree,
  generateKustomization,
  OverlaidTree,
  resolvePath,
  sealedManifests,
  substitute,
  visitKustomizations,
} from '../flux/index.ts';
import { formatIdentity, identityOf, isObject, type JsonObject } from '../manifest/index.ts';
import type { Engine, EngineName } from './engine.ts';
import { decryptedValues, valuesOfFile, valuesOfSecret } from './secret-values.ts';

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
  const { tree, spec, variables, strict = true, engine, decryption } = input;
  const folder = folderOf(spec, tree);
  const { file, content } = generateKustomization(tree, folder, spec);
  const generated = new OverlaidTree(tree, new Map([[file, content]]));
  const { built, opened, encrypted, files, secretValues } =
    decryption === undefined
      ? asItIs(await engine.build(generated, folder))
      : await buildDecrypted(generated, folder, engine, decryption);
  const objects = variables === undefined ? opened : opened.map((one) => substituted(one, variables, spec, strict));
  return {
    built: built.objects,
    objects: objects
      .map(({ object }) => object)
      .flatMap(takenApart)
      .filter(isApplied),
    engine: built.engine,
    encrypted,
    decryptedFiles: files,
    secretValues,
  };
}

type Build = Awaited<ReturnType<Engine['build']>>;

interface Opened {
  readonly object: JsonObject;
  /** It holds what was decrypted, and not marks of it. */
  readonly isSecret: boolean;
}

interface OpenedBuild {
  readonly built: Build;
  readonly opened: readonly Opened[];
  readonly encrypted: readonly EncryptedPart[];
  readonly files: ReadonlyMap<string, Buffer>;
  readonly secretValues: readonly string[];
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

async function buildDecrypted(
  tree: FileTree,
  folder: string,
  engine: Engine,
  decryption: Decryption,
): Promise<OpenedBuild> {
  const kustomizations = visitKustomizations(tree, folder);
  const { files, parts } = await decryptSources(tree, kustomizations, decryption);
  // Marks are no secrets.
  const secretFiles = new Set(decryption.masked ? [] : files.keys());
  const built = await buildOpened(tree, folder, engine, files, secretFiles);
  const manifests = sealedManifests(tree, kustomizations);
  const encrypted = [...parts];
  const opened: Opened[] = [];
  const secretValues = [...secretFiles].flatMap((file) => valuesOfFile(files.get(file) ?? Buffer.alloc(0)));
  for (const object of built.objects) {
    const decrypted = await decryptObject(object, manifests, decryption);
    encrypted.push(...decrypted.parts);
    const isSecret = !decryption.masked && (decrypted.object !== object || secretFiles.size > 0);
    opened.push({ object: decrypted.object, isSecret });
    if (decrypted.object !== object) secretValues.push(...decryptedValues(object, decrypted.object));
    else if (isSecret) secretValues.push(...valuesOfSecret(object));
  }
  return { built, opened, encrypted, files, secretValues: decryption.masked ? [] : secretValues };
}

async function buildOpened(
  tree: FileTree,
  folder: string,
  engine: Engine,
  files: ReadonlyMap<string, Buffer>,
  secretFiles: ReadonlySet<string>,
): Promise<Build> {
  try {
    return await engine.build(new OverlaidTree(tree, files), folder, secretFiles);
  } catch (error) {
    if (secretFiles.size === 0) throw error;
    throw await withoutPlaintext(error, tree, folder, engine, secretFiles);
  }
}

/**
 * What a build says of decrypted files may hold a part of them. It is said only where the build says the very same of
 * the files as they are in git.
 */
async function withoutPlaintext(
  error: unknown,
  tree: FileTree,
  folder: string,
  engine: Engine,
  secretFiles: ReadonlySet<string>,
): Promise<unknown> {
  try {
    await engine.build(tree, folder);
  } catch (again) {
    if (again instanceof Error && error instanceof Error && again.message === error.message) return again;
  }
  return new SlipwayError({
    code: 'render/secret-build-failed',
    message: `The folder does not build with ${[...secretFiles].join(', ')} decrypted; why is not shown, since that may hold what was encrypted.`,
    remedy: '`slipway build` with the same key says why, with marks in place of the values.',
    place: { file: folder },
  });
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
