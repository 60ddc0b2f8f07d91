import { createHash } from 'node:crypto';
import type { FileTree } from '../flux/index.ts';
import type { BuildCache } from './build-cache.ts';
import { GitTree } from './git-tree.ts';
import { KeptAnswers } from './kept-answers.ts';
import type { Answer } from './recording-tree.ts';

/** Where a walk is kept, and `Keyring.digest` of the keys of which it depends; of none where nothing was encrypted. */
interface KeptWalk {
  readonly key: string;
  readonly keys: string | null;
}

/** The two sides of a comparison, and some that were compared before. */
const MAX_KEPT = 4;
const NAME = 'walk';

/** The walks that are kept of one entry. */
export class KeptWalks {
  readonly #cache: BuildCache;
  readonly #index: string;
  readonly #kept: KeptAnswers<KeptWalk>;
  readonly #keysHere: () => Promise<string | undefined>;

  /** @param keysHere the digest of the keys that are here; is asked for where a walk depends on them */
  constructor(cache: BuildCache, index: string, keysHere: () => Promise<string | undefined>) {
    this.#cache = cache;
    this.#index = index;
    this.#kept = new KeptAnswers(cache, index, MAX_KEPT);
    this.#keysHere = keysHere;
  }

  /** What was kept of a tree in which every file and folder that the walk looked at is as it was. */
  async find(tree: FileTree): Promise<string | undefined> {
    // A commit never changes: what was made of it needs no look at its files.
    const ofCommit = await this.#read(this.#ofCommit(tree));
    if (ofCommit !== undefined) return ofCommit;
    for (const { made } of this.#kept.find(NAME, tree)) {
      const text = await this.#read(made);
      if (text === undefined) continue;
      this.#keepCommit(tree, made);
      return text;
    }
    return undefined;
  }

  /** @param dependsOnKeys then it is kept only where the keys that are here have a digest */
  async keep(tree: FileTree, answers: readonly Answer[], text: string, dependsOnKeys: boolean): Promise<void> {
    const keys = dependsOnKeys ? await this.#keysHere() : null;
    if (keys === undefined) return;
    const key = digestOf([this.#index, JSON.stringify(answers), keys ?? '']);
    this.#cache.set(key, text);
    this.#kept.keep(new Map([[NAME, { answers, made: { key, keys } }]]));
    this.#keepCommit(tree, { key, keys });
  }

  async #read(kept: KeptWalk | undefined): Promise<string | undefined> {
    if (kept === undefined || (kept.keys !== null && kept.keys !== (await this.#keysHere()))) return undefined;
    return this.#cache.get(kept.key);
  }

  #ofCommit(tree: FileTree): KeptWalk | undefined {
    const text = tree instanceof GitTree ? this.#cache.get(this.#keyOf(tree)) : undefined;
    return text === undefined ? undefined : (JSON.parse(text) as KeptWalk);
  }

  #keepCommit(tree: FileTree, kept: KeptWalk): void {
    if (tree instanceof GitTree) this.#cache.set(this.#keyOf(tree), JSON.stringify(kept));
  }

  #keyOf({ commit }: GitTree): string {
    return digestOf([this.#index, commit]);
  }
}

export function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
