import { createHash, hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { schemaStamp } from '../src/schema/index.ts';
import { prepareWorkingFolder } from '../src/tree/index.ts';
import type { Checked } from './object-checks.ts';
import type { Applied } from './rules/index.ts';

/**
 * The objects that nothing was said of, by digest, from one synth to the next: one that did not change costs a look. It is
 * a convenience kept outside of the tree: without it nothing is lost but time.
 */
export class Judged {
  readonly #file: string;
  readonly #stamp: string;
  readonly #before: ReadonlySet<string>;
  readonly #fitting = new Set<string>();

  /**
   * @param file that holds them
   * @param cluster all of the cluster that a judgement of one object hangs on
   */
  constructor(file: string, cluster: string) {
    this.#file = file;
    this.#stamp = [schemaStamp(), ruleStamp(), this.digestOf(cluster)].join(' ');
    const [stamp, ...digests] = read(file).split('\n');
    this.#before = new Set(stamp === this.#stamp ? digests : []);
  }

  /** @param text all that the judgement hangs on */
  digestOf(text: string): string {
    return hash('sha256', text, 'base64');
  }

  /** Whether it was right before. */
  fits(digest: string): boolean {
    if (!this.#before.has(digest)) return false;
    this.#fitting.add(digest);
    return true;
  }

  add(digest: string): void {
    this.#fitting.add(digest);
  }

  /** Remembers what was right since, and nothing else. In one rename, so that a process killed here leaves what was. */
  save(): void {
    const isSame =
      this.#fitting.size === this.#before.size && [...this.#fitting].every((digest) => this.#before.has(digest));
    if (isSame) return;
    try {
      prepareWorkingFolder(path.dirname(this.#file));
      fs.writeFileSync(`${this.#file}.new`, [this.#stamp, ...this.#fitting].join('\n'));
      fs.renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // The next synth judges them again.
    }
  }
}

/**
 * The digest of an object in its circumstances: of all that its judgement hangs on but for the cluster's own.
 *
 * @param definitions of the kinds of the tree, where it was judged by these
 * @returns undefined where its text is not synth's own
 */
export function judgementOf({ text, kustomization }: Checked, judged: Judged, definitions = ''): string | undefined {
  if (text === undefined) return undefined;
  return judged.digestOf(`${circumstancesOf(kustomization)} ${definitions}\n${text}`);
}

/** The objects of an Application share one, and there are many. */
const circumstances = new WeakMap<Applied, string>();

function circumstancesOf(kustomization: Applied | undefined): string {
  if (kustomization === undefined) return '';
  const known = circumstances.get(kustomization);
  if (known !== undefined) return known;
  const { postBuild, suspend, targetNamespace, timeout, wait, decryption } = kustomization;
  const text = JSON.stringify([postBuild, suspend, targetNamespace, timeout, wait, decryption !== undefined]);
  circumstances.set(kustomization, text);
  return text;
}

/** Another text whenever the rules are others. */
function ruleStamp(): string {
  const folders = [path.join(import.meta.dirname, 'rules'), path.join(import.meta.dirname, '../src/manifest')];
  const digest = createHash('sha256');
  for (const folder of folders) {
    for (const file of fs.readdirSync(folder).sort()) {
      if (/\.(?:ts|js)$/.test(file)) digest.update(fs.readFileSync(path.join(folder, file)));
    }
  }
  return digest.digest('base64');
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
