import { SlipwayError } from '../errors.ts';
import { type FileTree, resolvePath } from '../flux/index.ts';
import { isList, isObject, type Json, type JsonObject, readDocuments } from '../manifest/index.ts';

export const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** More than any build of the eight repositories takes. */
const MAX_FILES = 20_000;

/** Fields of a kustomization.yaml that name files or folders; text with a line break is what a file would hold. */
const PATHS = [
  'resources',
  'bases',
  'components',
  'crds',
  'configurations',
  'patchesStrategicMerge',
  'generators',
  'transformers',
  'validators',
];
/** Fields whose items name a file by `path`. */
const ITEMS_WITH_PATH = ['patches', 'patchesJson6902', 'replacements'];
const GENERATORS = ['configMapGenerator', 'secretGenerator'];
/** Their files configure generators and transformers, which name files in their turn. */
const PLUGINS = ['generators', 'transformers', 'validators'];

/**
 * All files that a build of a folder by the real kustomize needs. The program reads whatever a path leads to, on the
 * whole disk and on the network; so every path is looked at first, and the program is given these files and no others.
 *
 * @param takesRemoteBases whether what is on a network is left to the program to fetch
 * @throws SlipwayError `render/leads-out`, `render/remote`, `render/too-many-files`
 */
export function kustomizeFiles(tree: FileTree, folder: string, takesRemoteBases = false): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const folders = new Set<string>();
  const queue = [folder];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (folders.has(at)) continue;
    folders.add(at);
    for (const path of namedBy(tree, at, files, takesRemoteBases)) {
      if (tree.isFolder(path)) queue.push(path);
      else addFile(tree, path, files);
    }
    if (files.size > MAX_FILES) throw tooMany(folder);
  }
  return files;
}

function addFile(tree: FileTree, path: string, files: Map<string, Buffer>): Buffer | undefined {
  const content = files.get(path) ?? tree.read(path);
  if (content !== undefined) files.set(path, content);
  return content;
}

/** What the kustomization of a folder names, as paths of the tree. */
function namedBy(
  tree: FileTree,
  folder: string,
  files: Map<string, Buffer>,
  takesRemoteBases: boolean,
): readonly string[] {
  return KUSTOMIZATIONS.flatMap((name) => {
    const file = folder === '' ? name : `${folder}/${name}`;
    const content = addFile(tree, file, files);
    const kustomization = content === undefined ? undefined : parsed(content)[0];
    if (kustomization === undefined) return [];
    const inPlugins = PLUGINS.flatMap((field) => items(kustomization[field])).flatMap((path) => {
      const plugin = typeof path === 'string' ? resolvePath(folder, path) : undefined;
      const texts = plugin === undefined ? [] : textsOf(tree, plugin, new Set());
      // Which of its fields name a file is known to the plugin alone.
      return texts.map(withoutKey).filter((one) => looksLikeAWayOut(one) || isThere(tree, folder, one));
    });
    const names = [...namesIn(kustomization), ...inPlugins];
    const local = takesRemoteBases ? names.filter((path) => !isRemote(path)) : names;
    return local.map((path) => within(folder, path, file));
  });
}

function namesIn(kustomization: JsonObject): readonly string[] {
  const openapi = isObject(kustomization.openapi) ? [kustomization.openapi.path] : [];
  const paths = [
    ...PATHS.flatMap((field) => items(kustomization[field])),
    ...ITEMS_WITH_PATH.flatMap((field) => items(kustomization[field]).map((item) => isObject(item) && item.path)),
    ...openapi,
  ];
  const sources = GENERATORS.flatMap((field) => items(kustomization[field]))
    .filter(isObject)
    .flatMap(({ files, envs, env }) => [
      ...items(files).map((file) => typeof file === 'string' && withoutKey(file)),
      ...items(envs),
      env,
    ]);
  const names = [...paths, ...sources].filter((path) => typeof path === 'string');
  return names.filter((path) => path !== '' && !path.includes('\n'));
}

/** `key=path` (kustomize: generators.ParseFileSource). */
function withoutKey(source: string): string {
  return source.slice(source.indexOf('=') + 1);
}

/** Every text in the configuration of a plugin, which is a file or a folder that kustomize builds. */
function textsOf(tree: FileTree, path: string, seen: Set<string>): readonly string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const content = tree.read(path);
  if (content !== undefined) return parsed(content).flatMap(allTexts);
  const listed = KUSTOMIZATIONS.map((name) => tree.read(path === '' ? name : `${path}/${name}`));
  const names = listed.flatMap((file) => (file === undefined ? [] : parsed(file).slice(0, 1).flatMap(namesIn)));
  return names.flatMap((name) => {
    const resolved = resolvePath(path, name);
    return resolved === undefined ? [] : textsOf(tree, resolved, seen);
  });
}

function isThere(tree: FileTree, folder: string, path: string): boolean {
  const resolved = path === '' || path.includes('\n') ? undefined : resolvePath(folder, path);
  return resolved !== undefined && tree.read(resolved) !== undefined;
}

function items(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function parsed(content: Buffer): readonly JsonObject[] {
  try {
    const values = readDocuments(content, { dialect: 'sigs' }).map(({ value }) => value);
    return values.filter(isObject);
  } catch {
    // kustomize will say what is wrong with it.
    return [];
  }
}

function allTexts(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (isList(value)) return value.flatMap(allTexts);
  return isObject(value) ? Object.values(value).flatMap(allTexts) : [];
}

function looksLikeAWayOut(text: string): boolean {
  return text.startsWith('/') || text.includes('../') || isRemote(text);
}

export function isRemote(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^git@|^git::|^[a-z0-9.-]+\.[a-z]+[:/].*(?:\/\/|\?ref=)|\?ref=|^github\.com[:/]/i.test(
    path,
  );
}

function within(folder: string, path: string, file: string): string {
  if (isRemote(path)) {
    throw new SlipwayError({
      code: 'render/remote',
      message: `${JSON.stringify(path)} is on the network, which a build does not use.`,
      remedy:
        'Keep a copy of it in the repository, or let `slipway build`, `diff` or `test` fetch it: --allow-remote-bases.',
      place: { file },
    });
  }
  const resolved = path.startsWith('/') ? undefined : resolvePath(folder, path);
  if (resolved !== undefined) return resolved;
  throw new SlipwayError({
    code: 'render/leads-out',
    message: `The path ${JSON.stringify(path)} leads out of the repository.`,
    remedy: 'Name a file of the repository.',
    place: { file },
  });
}

function tooMany(folder: string): SlipwayError {
  return new SlipwayError({
    code: 'render/too-many-files',
    message: `The build takes more than ${MAX_FILES} files.`,
    place: { file: folder },
  });
}
