import type { FileTree } from '../flux/index.ts';

/** Files of `from` in `tree`, and all below it, which are at `to`. */
export interface Copy {
  readonly tree: FileTree;
  readonly from: string;
  readonly to: string;
}

/** What is copied together from other trees; where two give one file, the later wins. */
export class ComposedTree implements FileTree {
  readonly #copies: readonly Copy[];

  constructor(copies: readonly Copy[]) {
    this.#copies = copies.toReversed();
  }

  read(path: string): Buffer | undefined {
    const [tree, inside] = this.locate(path) ?? [];
    return inside === undefined ? undefined : tree?.read(inside);
  }

  /** The tree that a file is copied from, and its path there. */
  locate(path: string): readonly [tree: FileTree, path: string] | undefined {
    for (const copy of this.#copies) {
      const inside = sourcePath(copy, path);
      if (inside === undefined || copy.tree.read(inside) === undefined) continue;
      return copy.tree instanceof ComposedTree ? copy.tree.locate(inside) : [copy.tree, inside];
    }
    return undefined;
  }

  isFolder(path: string): boolean {
    return this.#copies.some((copy) => {
      if (isWithin(copy.to, path)) return true;
      const inside = sourcePath(copy, path);
      return inside !== undefined && copy.tree.isFolder(inside);
    });
  }

  list(folder: string): readonly string[] {
    const names = this.#copies.flatMap((copy) => {
      const inside = sourcePath(copy, folder);
      if (inside !== undefined) return copy.tree.list(inside);
      if (!isWithin(copy.to, folder)) return [];
      const [next = ''] = copy.to.slice(folder === '' ? 0 : folder.length + 1).split('/');
      return [`${next}/`];
    });
    return [...new Set(names)];
  }
}

/** Where the content of a path comes from, undefined where the copy has none of it. */
function sourcePath({ from, to }: Copy, path: string): string | undefined {
  if (!isWithin(path, to)) return undefined;
  const rest = path.slice(to === '' ? 0 : to.length).replace(/^\//, '');
  return [from, rest].filter((part) => part !== '').join('/');
}

function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
