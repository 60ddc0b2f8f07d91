import { hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { schemaStamp } from '../src/schema/index.ts';
import { prepareWorkingFolder } from '../src/tree/index.ts';

/**
 * The objects that were found to fit the schemas of their kinds, by digest, from one synth to the next: one that did not
 * change costs a look. It is a convenience kept outside of the tree: without it nothing is lost but time.
 */
export class Judged {
  readonly #file: string;
  readonly #stamp: string;
  readonly #before: ReadonlySet<string>;
  readonly #fitting = new Set<string>();

  /**
   * @param file that holds them
   * @param minor the Kubernetes release is 1.`minor`: what is right for one may be wrong for another
   */
  constructor(file: string, minor: number) {
    this.#file = file;
    this.#stamp = `${schemaStamp()} 1.${minor}`;
    const [stamp, ...digests] = read(file).split('\n');
    this.#before = new Set(stamp === this.#stamp ? digests : []);
  }

  /** @param text all that the judgement hangs on */
  digestOf(text: string): string {
    return hash('sha256', text, 'base64');
  }

  /** Whether it fitted before. */
  fits(digest: string): boolean {
    if (!this.#before.has(digest)) return false;
    this.#fitting.add(digest);
    return true;
  }

  add(digest: string): void {
    this.#fitting.add(digest);
  }

  /** Remembers what fitted since, and nothing else. In one rename, so that a process killed here leaves what was. */
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

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
