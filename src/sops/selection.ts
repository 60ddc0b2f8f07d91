/**
 * Which values of a file are encrypted: one of six rules, over every key of a value's path and the comments above it
 * (sops.go: Tree.shouldBeEncrypted). Regular expressions are RE2's, unanchored, as in Go; JavaScript's own differ.
 */
import { compileRe2, type Pattern } from '../re2.ts';

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

export type Matcher = (text: string) => boolean;

const compiled = new Map<string, Matcher | undefined>();

/** Compiles an expression as Go's regexp package does; undefined where it is no RE2 expression. */
export function compileRegex(expression: string): Matcher | undefined {
  if (!compiled.has(expression)) compiled.set(expression, compileSimple(expression) ?? compileAny(expression));
  return compiled.get(expression);
}

/**
 * Letters, dots, alternatives and anchors: nearly every rule there is. JavaScript means the same by them and is quicker
 * to start. Groups are not repeated, so nothing can take long.
 */
const SIMPLE = /^(?:[A-Za-z0-9_/ -]|\\[./_-]|\.[*+]?|[\^$()|])*$/;

function compileSimple(expression: string): Matcher | undefined {
  // An empty alternative and a nested group are left to RE2, and more than one wildcard, which backtracks.
  if (!SIMPLE.test(expression) || /\)[*+?]|[(|][|)]|^\||\|$|\([^)]*\(|[*+].*[*+]/.test(expression)) return undefined;
  // RE2's dot is any character but a line feed; escapes of what needs none are errors to JavaScript.
  const source = expression.replaceAll(/\\.|\./g, (part) => {
    if (part === '.') return '[^\\n]';
    return part === '\\_' || part === '\\-' ? part.slice(1) : part;
  });
  try {
    const pattern = new RegExp(source, 'u');
    return (text) => pattern.test(text);
  } catch {
    return undefined;
  }
}

function compileAny(expression: string): Matcher | undefined {
  let pattern: Pattern;
  try {
    pattern = compileRe2(expression);
  } catch {
    return undefined;
  }
  return (text) => pattern.matcher(text).find();
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

function remembering(expression: string): Matcher {
  const matches = compileRegex(expression) ?? (() => false);
  const known = new Map<string, boolean>();
  return (text) => {
    const answer = known.get(text) ?? matches(text);
    known.set(text, answer);
    return answer;
  };
}
