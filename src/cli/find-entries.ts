import { type FileTree, resolvePath } from '../flux/index.ts';

/** Far more than any repository of manifests has. */
const MAX_FILES = 20_000;
const MAX_DEPTH = 8;

interface Declared {
  /** The folder of the file that declares it. */
  readonly folder: string;
  /** `spec.path`, as a path of the tree. */
  readonly path: string;
}

/**
 * The folders that a cluster may be told to sync first: those with Kustomizations that no other Kustomization leads to. By
 * a look at all YAML files, which costs more than to try the usual names.
 */
export function findEntries(tree: FileTree): readonly string[] {
  const all = declaredIn(tree);
  // `flux bootstrap` puts the Kustomization of a folder into that folder.
  const own = all.filter(({ folder, path }) => isWithin(folder, path)).map(({ path }) => path);
  const others = all.filter(({ folder, path }) => !isWithin(folder, path));
  const free = others
    .map(({ folder }) => folder)
    .filter((folder) => !others.some((one) => one.folder !== folder && isWithin(folder, one.path)));
  const entries = [...new Set(own.length > 0 ? own : free)].sort();
  return entries.filter((entry) => !entries.some((other) => other !== entry && isWithin(entry, other)));
}

/**
 * Those folders that a FluxInstance says the cluster syncs (flux-operator: `spec.sync.path`), also in the values of the chart
 * that makes one.
 */
export function syncedFolders(tree: FileTree, folders: readonly string[]): readonly string[] {
  const found = new Set<string>();
  eachYaml(tree, (text) => {
    if (!/FluxInstance|flux-instance/.test(text)) return;
    for (const [, , fields = ''] of text.matchAll(/^( *)sync:[ \t]*\n((?:\1 +\S.*(?:\n|$))+)/gm)) {
      const [, path = ''] = /^ *path: *["']?([^"'\s#]+)/m.exec(fields) ?? [];
      found.add(resolvePath('', path.replace(/^\/+/, '')) ?? '');
    }
  });
  return folders.filter((folder) => found.has(folder));
}

/** The names of the Kustomizations that stand in a folder, by which a person knows what it leads to. */
export function namesIn(tree: FileTree, folder: string): readonly string[] {
  const names = new Set<string>();
  eachYaml(
    tree,
    (text) => {
      for (const document of text.split(/^---/m)) {
        if (!isKustomization(document)) continue;
        const [, name] =
          /^metadata:(?:\s*\{.*?\b|\s*\n(?: +.*\n)*? {2,4})name: *["']?([^"'\s,}]+)/m.exec(document) ?? [];
        if (name !== undefined) names.add(name);
      }
    },
    folder,
  );
  return [...names].sort();
}

function declaredIn(tree: FileTree): readonly Declared[] {
  const found: Declared[] = [];
  eachYaml(tree, (text, folder) => {
    if (!text.includes('kustomize.toolkit.fluxcd.io/')) return;
    found.push(...text.split(/^---/m).flatMap((document) => declared(document, folder)));
  });
  return found;
}

function eachYaml(tree: FileTree, look: (text: string, folder: string) => void, start = ''): void {
  let files = 0;
  const visit = (folder: string, depth: number): void => {
    for (const name of tree.list(folder)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.endsWith('/') && depth < MAX_DEPTH && name !== 'node_modules/') visit(path.slice(0, -1), depth + 1);
      if (!/\.ya?ml$/.test(name) || ++files > MAX_FILES) continue;
      look(tree.read(path)?.toString() ?? '', folder);
    }
  };
  visit(start, 0);
}

function isKustomization(document: string): boolean {
  return /^apiVersion: *kustomize\.toolkit\.fluxcd\.io\//m.test(document) && /^kind: *Kustomization\b/m.test(document);
}

/** A look by patterns will do: what is found is only proposed, or built and then judged. */
function declared(document: string, folder: string): readonly Declared[] {
  if (!isKustomization(document)) return [];
  const [, written = ''] = /^ {2}path: *["']?([^"'\s#]*)/m.exec(document) ?? [];
  const path = resolvePath('', written.replace(/^\/+/, ''));
  // The root is where manifests of another repository mostly lie.
  return path === undefined || path === '' ? [] : [{ folder, path }];
}

function isWithin(folder: string, above: string): boolean {
  return above === '' || folder === above || folder.startsWith(`${above}/`);
}
