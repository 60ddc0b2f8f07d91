import { CelError } from './value.ts';

/** The API server's own limit of one expression (apiserver: pkg/apis/cel, PerCallLimit). */
const MAX_COST = 1_000_000;
/** What is made costs this many elements or characters a step. */
const PER_STEP = 16;

/** What the evaluation of an expression may cost, so that a hostile one ends. */
export class Budget {
  #left = MAX_COST;

  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** @throws CelError where it is spent */
  step(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new CelError('the expression takes too long');
  }

  /** @param size characters or elements that are made, or gone through */
  spend(size: number): void {
    this.#left -= Math.ceil(size / PER_STEP);
    if (this.#left < 0) throw new CelError('the expression takes too long');
  }
}
