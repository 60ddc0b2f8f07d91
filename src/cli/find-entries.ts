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

function declaredIn(tree: FileTree): readonly Declared[] {
  const found: Declared[] = [];
  let files = 0;
  const visit = (folder: string, depth: number): void => {
    for (const name of tree.list(folder)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.endsWith('/') && depth < MAX_DEPTH && name !== 'node_modules/') visit(path.slice(0, -1), depth + 1);
      if (!/\.ya?ml$/.test(name) || ++files > MAX_FILES) continue;
      const text = tree.read(path)?.toString() ?? '';
      if (!text.includes('kustomize.toolkit.fluxcd.io/')) continue;
      found.push(...text.split(/^---/m).flatMap((document) => declared(document, folder)));
    }
  };
  visit('', 0);
  return found;
}

/** A look by patterns will do: what is found is only proposed, or built and then judged. */
function declared(document: string, folder: string): readonly Declared[] {
  if (!/^apiVersion: *kustomize\.toolkit\.fluxcd\.io\//m.test(document) || !/^kind: *Kustomization\b/m.test(document)) {
    return [];
  }
  const [, written = ''] = /^ {2}path: *["']?([^"'\s#]*)/m.exec(document) ?? [];
  const path = resolvePath('', written.replace(/^\/+/, ''));
  // The root is where manifests of another repository mostly lie.
  return path === undefined || path === '' ? [] : [{ folder, path }];
}

function isWithin(folder: string, above: string): boolean {
  return above === '' || folder === above || folder.startsWith(`${above}/`);
}
