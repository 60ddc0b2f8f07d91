/**
 * Which values of a file are encrypted: one of six rules, over every key of a value's path and the comments above it
 * (sops.go: Tree.shouldBeEncrypted). Regular expressions are RE2's, unanchored, as in Go; JavaScript's own differ.
 */
import { RE2JS } from 're2js';

export const SELECTION_KINDS = [
  'unencrypted_suffix',
  'encrypted_suffix',
  'unencrypted_regex',
  'encrypted_regex',
  'unencrypted_comment_regex',
  'encrypted_comment_regex',
] as const;

export type SelectionKind = (typeof SELECTION_KINDS)[number];

export interface SelectionRule {
  readonly kind: SelectionKind;
  readonly value: string;
}

/** What sops does where no rule is given (sops.go: DefaultUnencryptedSuffix). */
export const DEFAULT_RULE: SelectionRule = { kind: 'unencrypted_suffix', value: '_unencrypted' };

export const isSelectionKind = (name: string): name is SelectionKind => SELECTION_KINDS.some((known) => known === name);

/** Compiles an expression as Go's regexp package does; undefined where it is no RE2 expression. */
export function compileRegex(expression: string): ((text: string) => boolean) | undefined {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(expression);
  } catch {
    return undefined;
  }
  return (text) => compiled.matcher(text).find();
}

/**
 * @param path Keys from the root to the value.
 * @param comments For each level, the comments since the last value before.
 * @param isComment Whether the value is itself a comment, then the last of those.
 */
export type Selector = (
  path: readonly string[],
  comments: readonly (readonly string[])[],
  isComment: boolean,
) => boolean;

/** An expression that is not RE2 never matches: so sops has it. `isValid` says of it before. */
export function compileSelection({ kind, value }: SelectionRule): Selector {
  switch (kind) {
    case 'unencrypted_suffix':
      return (path) => !path.some((key) => key.endsWith(value));
    case 'encrypted_suffix':
      return (path) => path.some((key) => key.endsWith(value));
    case 'unencrypted_regex': {
      const matches = remembering(value);
      return (path) => !path.some(matches);
    }
    case 'encrypted_regex': {
      const matches = remembering(value);
      return (path) => path.some(matches);
    }
    case 'unencrypted_comment_regex': {
      const matches = remembering(value);
      return (_, comments) => !comments.some((level) => level.some(matches));
    }
    case 'encrypted_comment_regex': {
      const matches = remembering(value);
      // The comment that asks for encryption stays readable itself.
      return (_, comments, isComment) =>
        comments.some((level, depth) => {
          const last = isComment && depth === comments.length - 1 ? level.length - 1 : level.length;
          return level.slice(0, last).some(matches);
        });
    }
  }
}

export const isValid = ({ kind, value }: SelectionRule): boolean =>
  kind.endsWith('_suffix') || compileRegex(value) !== undefined;

function remembering(expression: string): (text: string) => boolean {
  const matches = compileRegex(expression) ?? (() => false);
  const known = new Map<string, boolean>();
  return (text) => {
    const answer = known.get(text) ?? matches(text);
    known.set(text, answer);
    return answer;
  };
}
