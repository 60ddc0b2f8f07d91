import { SlipwayError } from '../errors.ts';
import { decryptObject, decryptSources, sealedManifests, visitKustomizations } from '../flux/decrypt/index.ts';
import { type Decryption, type EncryptedPart, type FileTree, OverlaidTree } from '../flux/index.ts';
import type { JsonObject } from '../manifest/index.ts';
import type { Engine } from './engine.ts';
import { decryptedValues, valuesOfFile, valuesOfSecret } from './secret-values.ts';

export type Build = Awaited<ReturnType<Engine['build']>>;

export interface Opened {
  readonly object: JsonObject;
  /** It holds what was decrypted, and not marks of it. */
  readonly isSecret: boolean;
}

/** A build with what is encrypted of it opened. */
export interface OpenedBuild {
  readonly built: Build;
  readonly opened: readonly Opened[];
  readonly encrypted: readonly EncryptedPart[];
  readonly files: ReadonlyMap<string, Buffer>;
  readonly secretValues: readonly string[];
}

/** The build of a folder of which sources are decrypted before it, and objects after it. */
export async function buildDecrypted(
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
