/** What can be wrong with a YAML text, as the part of the error's code after `manifest/`. */
export type YamlProblem =
  /** No YAML, or none that Go's reader takes. */
  | 'yaml-syntax'
  /** A key that is there twice, is no text, or gets lost in kustomize. */
  | 'yaml-key'
  /** An alias without its anchor, one inside its own anchor, a merge of something that is no map. */
  | 'yaml-alias'
  /** A value that JSON cannot hold, or not of the type that its tag says. */
  | 'yaml-value'
  /** Larger or deeper than any manifest. */
  | 'yaml-limit';

/** An error at an offset of a text; the reader turns it into one with file, line and column. */
export class YamlError extends Error {
  readonly problem: YamlProblem;
  readonly offset: number;

  constructor(problem: YamlProblem, offset: number, message: string) {
    super(message);
    this.problem = problem;
    this.offset = offset;
  }
}

/** What one text may take: each node that is read counts, and each value that is made of one, by itself, alias or merge. */
const MAX_VALUES = 1_000_000;

/** Keeps a text from taking more memory and time than any manifest needs, whatever its aliases multiply. */
export class Budget {
  #left = MAX_VALUES;

  take(offset: number): void {
    if (--this.#left < 0) {
      throw new YamlError('yaml-limit', offset, `The text has, or its aliases make, more than ${MAX_VALUES} values.`);
    }
  }
}
