import type { JsonObject } from '../manifest/index.ts';
import type { BuildCache } from './build-cache.ts';
import type { Engine, EngineName } from './engine.ts';
import { type Answer, givesSameAnswers, RecordingTree } from './recording-tree.ts';

/** What an engine made of a folder, and what that asked of the tree. */
interface KeptBuild {
  readonly answers: readonly Answer[];
  readonly objects: readonly JsonObject[];
  readonly engine: EngineName;
}

/** A folder before and after a change, and one change more. */
const MAX_VARIANTS = 3;

/** The builds of earlier walks, so that after a change of some files only the folders that take them are built. */
export class KeptBuilds {
  readonly #cache: BuildCache;
  readonly #key: string;
  readonly #known: ReadonlyMap<string, readonly KeptBuild[]>;
  readonly #used = new Map<string, KeptBuild>();

  constructor(cache: BuildCache, key: string) {
    this.#cache = cache;
    this.#key = key;
    this.#known = parse(cache.get(key));
  }

  /** An engine that builds only what is not kept, or is not what it was. What is built of decrypted files is not kept. */
  before(engine: Engine): Engine {
    return {
      ...engine,
      build: async (tree, folder, secretFiles) => {
        if (secretFiles !== undefined && secretFiles.size > 0) return engine.build(tree, folder, secretFiles);
        const kept = this.#known.get(folder)?.find(({ answers }) => givesSameAnswers(tree, answers));
        const build = kept ?? (await this.#build(engine, new RecordingTree(tree), folder));
        this.#used.set(folder, build);
        return build;
      },
    };
  }

  async #build(engine: Engine, tree: RecordingTree, folder: string): Promise<KeptBuild> {
    const { objects, engine: by } = await engine.build(tree, folder);
    return { objects, engine: by, answers: tree.answers };
  }

  /** Keeps what was built now, and of the same folders what was kept before; of other folders nothing. */
  save(): void {
    const all = Array.from(this.#used, ([folder, build]) => {
      const others = (this.#known.get(folder) ?? []).filter((one) => one !== build);
      return [folder, [build, ...others].slice(0, MAX_VARIANTS)] as const;
    });
    if (all.every(([folder, builds]) => this.#known.get(folder)?.includes(builds[0] ?? NONE) === true)) return;
    // JSON cannot hold the integers beyond 2^53: such a folder is built each time.
    const texts = all.map(([folder, builds]) => [folder, builds.flatMap(toText)] as const);
    const members = texts.map(([folder, builds]) => `${JSON.stringify(folder)}:[${builds.join(',')}]`);
    this.#cache.set(this.#key, `{${members.join(',')}}`);
  }
}

const NONE: KeptBuild = { answers: [], objects: [], engine: 'native' };

function toText(build: KeptBuild): readonly string[] {
  try {
    return [JSON.stringify(build)];
  } catch {
    return [];
  }
}

function parse(kept: string | undefined): ReadonlyMap<string, readonly KeptBuild[]> {
  try {
    return new Map(Object.entries(JSON.parse(kept ?? '{}') as Record<string, readonly KeptBuild[]>));
  } catch {
    return new Map();
  }
}
