import { type FileTree, resolvePath, writeGoYaml } from '../flux/index.ts';
import { isList, isObject, type Json, readDocument } from '../manifest/index.ts';
import { isRemote, KUSTOMIZATIONS } from './kustomize-files.ts';

/** A tree whose kustomizations name nothing on the network, and none of some files that cannot be read. */
export class SalvagedTree implements FileTree {
  readonly #tree: FileTree;
  readonly #broken: ReadonlySet<string>;
  readonly #read = new Map<string, Buffer | undefined>();

  constructor(tree: FileTree, broken: ReadonlySet<string>) {
    this.#tree = tree;
    this.#broken = broken;
  }

  read(path: string): Buffer | undefined {
    const slash = path.lastIndexOf('/');
    if (!KUSTOMIZATIONS.includes(path.slice(slash + 1))) return this.#tree.read(path);
    if (!this.#read.has(path)) this.#read.set(path, this.#salvaged(path, path.slice(0, Math.max(slash, 0))));
    return this.#read.get(path);
  }

  isFolder(path: string): boolean {
    return this.#tree.isFolder(path);
  }

  list(folder: string): readonly string[] {
    return this.#tree.list(folder).filter((name) => !this.#broken.has(folder === '' ? name : `${folder}/${name}`));
  }

  #salvaged(path: string, folder: string): Buffer | undefined {
    const content = this.#tree.read(path);
    if (content === undefined || this.#broken.has(path)) return content;
    const value = readDocument(content, { file: path, dialect: 'sigs' })?.value;
    const isKept = (name: string): boolean => !isRemote(name) && !this.#broken.has(resolvePath(folder, name) ?? '');
    return isObject(value) ? Buffer.from(writeGoYaml(withItems(value, isKept))) : content;
  }
}

/** With only those items of lists that name, or are `key=` the name of, what is kept. */
function withItems(value: Json, isKept: (name: string) => boolean): Json {
  if (isList(value)) {
    const kept = value.filter((item) => typeof item !== 'string' || isKept(item.slice(item.indexOf('=') + 1)));
    return kept.map((item) => withItems(item, isKept));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withItems(member ?? null, isKept)]));
}
