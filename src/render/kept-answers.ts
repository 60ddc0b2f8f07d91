import type { FileTree } from '../flux/index.ts';
import type { BuildCache } from './build-cache.ts';
import { type Answer, givesSameAnswers } from './recording-tree.ts';

/** What was made of a tree, and all that this asked of it. */
export interface Kept<T> {
  readonly answers: readonly Answer[];
  readonly made: T;
}

/** What was made of trees, by a name, the newest first: it holds for every tree that still gives the same answers. */
export class KeptAnswers<T> {
  readonly #cache: BuildCache;
  readonly #key: string;
  readonly #maxVariants: number;
  #known: ReadonlyMap<string, readonly Kept<T>[]> | undefined;

  /** @param maxVariants that are kept of one name */
  constructor(cache: BuildCache, key: string, maxVariants: number) {
    this.#cache = cache;
    this.#key = key;
    this.#maxVariants = maxVariants;
  }

  /** @param fits asked first, of what was made */
  *find(name: string, tree: FileTree, fits: (made: T) => boolean = () => true): Generator<Kept<T>> {
    for (const kept of this.#all().get(name) ?? []) {
      if (fits(kept.made) && givesSameAnswers(tree, kept.answers)) yield kept;
    }
  }

  /** Keeps what was made now or found, and of the same names what was kept before; of other names nothing. */
  keep(made: ReadonlyMap<string, Kept<T>>): void {
    const known = this.#all();
    if ([...made].every(([name, one]) => known.get(name)?.includes(one) === true)) return;
    const members = Array.from(made, ([name, one]) => {
      const texts = new Set([one, ...(known.get(name) ?? [])].flatMap(toText));
      return `${JSON.stringify(name)}:[${[...texts].slice(0, this.#maxVariants).join(',')}]`;
    });
    this.#cache.set(this.#key, `{${members.join(',')}}`);
  }

  #all(): ReadonlyMap<string, readonly Kept<T>[]> {
    return (this.#known ??= parse(this.#cache.get(this.#key)));
  }
}

/** JSON cannot hold the integers beyond 2^53: what has such is made each time. */
function toText(kept: Kept<unknown>): readonly string[] {
  try {
    return [JSON.stringify(kept)];
  } catch {
    return [];
  }
}

function parse<T>(kept: string | undefined): ReadonlyMap<string, readonly Kept<T>[]> {
  try {
    return new Map(Object.entries(JSON.parse(kept ?? '{}') as Record<string, readonly Kept<T>[]>));
  } catch {
    return new Map();
  }
}
