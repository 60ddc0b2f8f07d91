import { SlipwayError } from '../../errors.ts';
import { emitPlain, type FormatName, plaintextOf, readSopsFile } from '../../sops/index.ts';
import { type FileTree, resolvePath } from '../file-tree.ts';
import { objects, strings, text } from '../kustomize/kustomization.ts';
import { formatForEnv, formatForPath, hasMarker } from './format.ts';
import { type Decryption, describePart, type EncryptedPart, openKey, openWhole } from './open.ts';
import type { VisitedKustomization } from './visit.ts';

/** maxEncryptedFileSize. */
const MAX_BYTES = 5 * 1024 * 1024;

export interface DecryptedSources {
  /** The files that were encrypted, by path, as the build is to see them: those that stay closed with ciphertext for values. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly parts: readonly EncryptedPart[];
}

/**
 * Decrypts what has to be plain before a build: the `files` and `envs` of secretGenerator, and patches by path (KC:
 * DecryptSources). No other file is, whatever names it.
 *
 * @throws SlipwayError `flux/irregular-source`, `flux/source-too-large`, and what opens an encrypted file throws, each with
 *   the file
 */
export async function decryptSources(
  tree: FileTree,
  kustomizations: readonly VisitedKustomization[],
  how: Decryption,
): Promise<DecryptedSources> {
  const files = new Map<string, Buffer>();
  const parts: EncryptedPart[] = [];
  const seen = new Set<string>();
  for (const { folder, kustomization } of kustomizations) {
    const { secretGenerator, patches } = kustomization;
    const sources = [
      ...objects(secretGenerator).flatMap((generator) => [
        ...strings(generator.files).map(fileSource),
        ...strings(generator.envs).map((path): Source => [path, formatForEnv(path)]),
      ]),
      ...objects(patches)
        .map(({ path }) => text(path))
        .filter((path) => path !== '' && !isRemote(path))
        .map((path): Source => [path, formatForPath(path)]),
    ];
    for (const [path, format] of sources) {
      const file = resolvePath(folder, path);
      if (file === undefined || seen.has(file)) continue;
      seen.add(file);
      const opened = await decryptFile(tree, file, format, how);
      if (opened === undefined) continue;
      parts.push(opened.part);
      files.set(file, opened.plain);
    }
  }
  return { files, parts };
}

type Source = readonly [path: string, format: FormatName];

/** `[key=]path`, where the key tells the format. */
function fileSource(source: string): Source {
  const equals = source.indexOf('=');
  const key = equals === -1 ? source : source.slice(0, equals);
  return [source.slice(equals + 1), formatForPath(key)];
}

/** isRemoteURL: with a scheme and a host. */
function isRemote(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(path);
}

/** sopsDecryptFile; undefined of a file that is not encrypted. */
async function decryptFile(
  tree: FileTree,
  file: string,
  format: FormatName,
  how: Decryption,
): Promise<{ readonly part: EncryptedPart; readonly plain: Buffer } | undefined> {
  if (tree.isFolder(file)) throw irregular(file);
  const content = tree.read(file);
  // The build says that it is not there.
  if (content === undefined) return undefined;
  if (content.length > MAX_BYTES) throw tooLarge(file, content.length);
  if (!hasMarker(content, format)) return undefined;
  const sealed = readSopsFile(content, format, file);
  const dataKey = await openKey(sealed, how);
  // Without the metadata, which would become keys of a Secret, or fields of what is patched.
  if (dataKey === undefined)
    return { part: describePart(sealed, undefined, false), plain: emitPlain(sealed.documents, format) };
  const opened = openWhole(sealed, dataKey, how);
  try {
    return { part: describePart(sealed, undefined, true), plain: plaintextOf(opened) };
  } finally {
    opened.close();
  }
}

function irregular(file: string): SlipwayError {
  return new SlipwayError({
    code: 'flux/irregular-source',
    message: 'Flux cannot decrypt an irregular file, and this is a folder.',
    remedy: 'Name a file.',
    place: { file },
  });
}

function tooLarge(file: string, bytes: number): SlipwayError {
  return new SlipwayError({
    code: 'flux/source-too-large',
    message: `Flux does not decrypt a file of ${bytes} bytes: the limit is ${MAX_BYTES}, whether it is encrypted or not.`,
    remedy: 'Split it, or leave it to a configMapGenerator if it holds no secret.',
    place: { file },
  });
}
