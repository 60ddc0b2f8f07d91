import { placeholder } from './secret-variables.ts';

/** The variables of a Kustomization, as far as the repository gives them. */
export interface Variables {
  /** With placeholders in place of values that are not known. */
  readonly values: ReadonlyMap<string, string>;
  /** Whether all sources are known, so that a variable without a value is an error as it is for Flux. */
  readonly isWhole: boolean;
}

/** Gives a placeholder for each name that may have a value which is not known. */
export class Placeholders extends Map<string, string> {
  readonly #isWhole: boolean;

  constructor({ values, isWhole }: Variables) {
    super(values);
    this.#isWhole = isWhole;
  }

  override get(name: string): string | undefined {
    return super.get(name) ?? (this.#isWhole ? undefined : placeholder(name));
  }

  /** There may be values that are not known. */
  override get size(): number {
    return this.#isWhole ? super.size : Math.max(super.size, 1);
  }
}
