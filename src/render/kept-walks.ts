import { createHash } from 'node:crypto';
import type { FileTree } from '../flux/index.ts';
import type { BuildCache } from './build-cache.ts';
import { GitTree } from './git-tree.ts';
import { type Answer, givesSameAnswers } from './recording-tree.ts';

/** What a walk asked of the repository, and the key under which it is kept. */
interface KeptWalk {
  readonly answers: readonly Answer[];
  readonly key: string;
}

/** The two sides of a comparison, and some that were compared before. */
const MAX_KEPT = 4;

/** The walks that are kept of one entry, the newest first. */
export class KeptWalks {
  readonly #cache: BuildCache;
  readonly #index: string;
  #known: readonly KeptWalk[] | undefined;

  constructor(cache: BuildCache, index: string) {
    this.#cache = cache;
    this.#index = index;
  }

  /** What was kept of a tree in which every file and folder that the walk looked at is as it was. */
  find(tree: FileTree): string | undefined {
    // A commit never changes: what was made of it needs no look at its files.
    const byCommit = this.#cache.get(this.#keyOf(tree) ?? '');
    const known = byCommit === undefined ? undefined : this.#cache.get(byCommit);
    if (known !== undefined) return known;
    const same = this.#walks().find(({ answers }) => givesSameAnswers(tree, answers));
    if (same !== undefined) this.#keepCommit(tree, same.key);
    return same === undefined ? undefined : this.#cache.get(same.key);
  }

  keep(tree: FileTree, answers: readonly Answer[], text: string): void {
    const key = digestOf([this.#index, JSON.stringify(answers)]);
    const others = this.#walks().filter((one) => one.key !== key);
    this.#cache.set(key, text);
    this.#cache.set(this.#index, JSON.stringify([{ answers, key }, ...others.slice(0, MAX_KEPT - 1)]));
    this.#keepCommit(tree, key);
  }

  #keepCommit(tree: FileTree, key: string): void {
    const byCommit = this.#keyOf(tree);
    if (byCommit !== undefined) this.#cache.set(byCommit, key);
  }

  #keyOf(tree: FileTree): string | undefined {
    return tree instanceof GitTree ? digestOf([this.#index, tree.commit]) : undefined;
  }

  #walks(): readonly KeptWalk[] {
    return (this.#known ??= parse(this.#cache.get(this.#index)));
  }
}

export function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function parse(kept: string | undefined): readonly KeptWalk[] {
  try {
    return JSON.parse(kept ?? '[]') as readonly KeptWalk[];
  } catch {
    return [];
  }
}
