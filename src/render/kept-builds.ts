import { createHash } from 'node:crypto';
import type { EncryptedPart } from '../flux/index.ts';
import { formatJson } from '../manifest/index.ts';
import type { BuildCache } from './build-cache.ts';
import type { BuiltKustomization, KustomizationInput } from './build-kustomization.ts';
import type { EngineName } from './engine.ts';
import { type Kept, KeptAnswers } from './kept-answers.ts';
import { type KeptObjects, keptObjects, objectsOf } from './kept-objects.ts';
import { RecordingTree } from './recording-tree.ts';
import type { AskedVariable } from './recording-variables.ts';

/** What was made of a Kustomization, and of what besides the tree. */
interface KeptBuild extends KeptObjects {
  /** Of its spec, and of the keys where it asks for decryption. */
  readonly input: string;
  readonly askedVariables: readonly AskedVariable[];
  readonly engine: EngineName;
  readonly encrypted: readonly EncryptedPart[];
}

type Build = (input: KustomizationInput, name: string) => Promise<BuiltKustomization>;

/** A Kustomization before and after a change, and one change more. */
const MAX_VARIANTS = 3;

/** The builds of earlier walks, so that after a change of some files only the Kustomizations that take them are built. */
export class KeptBuilds {
  readonly #kept: KeptAnswers<KeptBuild>;
  readonly #used = new Map<string, Kept<KeptBuild>>();

  constructor(cache: BuildCache, key: string) {
    this.#kept = new KeptAnswers(cache, key, MAX_VARIANTS);
  }

  /**
   * A build that is done only where it is not kept, or would not be what it was. One with files that were decrypted before
   * it is not kept, and none whose keys have no digest; one that has anything to tell of what it opened is done.
   */
  before(build: Build): Build {
    return async (input, name) => {
      const own = await inputDigest(input);
      if (own === undefined) return build(input, name);
      const fits = (made: KeptBuild): boolean =>
        made.input === own && !tellsOfMasks(made, input) && hasSameVariables(made, input);
      const [known] = this.#kept.find(name, input.tree, fits);
      if (known !== undefined) {
        this.#used.set(name, known);
        return { ...known.made, ...objectsOf(known.made), decryptedFiles: new Map(), secretValues: [] };
      }
      const tree = new RecordingTree(input.tree);
      const built = await build({ ...input, tree }, name);
      if (built.decryptedFiles.size > 0) return built;
      const { engine, encrypted, askedVariables } = built;
      const made = { ...keptObjects(built), input: own, askedVariables, engine, encrypted };
      this.#used.set(name, { answers: tree.answers, made });
      return built;
    };
  }

  save(): void {
    this.#kept.keep(this.#used);
  }
}

/** Undefined where it depends on keys that have no digest. */
async function inputDigest({
  spec,
  variables,
  strict = true,
  decryption,
}: KustomizationInput): Promise<string | undefined> {
  const keys = decryption === undefined ? null : await decryption.keyring.digest();
  if (keys === undefined) return undefined;
  const anyVariable = variables === undefined ? null : variables.size > 0;
  return createHash('sha256')
    .update(formatJson([spec, keys, anyVariable, strict]))
    .digest('hex');
}

function tellsOfMasks({ encrypted }: KeptBuild, { decryption }: KustomizationInput): boolean {
  return decryption?.onMask !== undefined && encrypted.some(({ isOpen }) => isOpen);
}

function hasSameVariables({ askedVariables }: KeptBuild, { variables }: KustomizationInput): boolean {
  return askedVariables.every(([name, value]) => (variables?.get(name) ?? null) === value);
}
