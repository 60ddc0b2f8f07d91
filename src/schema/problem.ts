/** Something that the API server would refuse in an object. */
export interface SchemaProblem {
  readonly code: ProblemCode;
  /** JSON pointer to the value, or to where it should be; '' is the object itself. */
  readonly pointer: string;
  /** One sentence. It never quotes a value of a Secret. */
  readonly message: string;
  /** What to do about it, one sentence. */
  readonly remedy: string;
}

/** Stable: an author silences a finding by it. */
export type ProblemCode =
  | 'schema/unknown-field'
  | 'schema/missing-field'
  | 'schema/wrong-type'
  /** A value that is not one of those allowed, or breaks a pattern, a format, a limit or a length. */
  | 'schema/invalid-value'
  /** An item of a list that must have each key, or each value, only once. */
  | 'schema/duplicate-item'
  /** `oneOf`, `anyOf`, `not`, and the rules of a CustomResourceDefinition. */
  | 'schema/broken-rule'
  /** The Kubernetes release does not serve the kind. */
  | 'schema/not-served'
  /** The release serves the kind only where its API version is switched on. */
  | 'schema/off-by-default';

/** Names of fields and positions in lists. */
export type Path = readonly (string | number)[];

/** What is wrong with a value, before its place is known. */
export interface Finding {
  /** The end of a sentence that begins with the path. */
  readonly says: string;
  readonly remedy: string;
  /** From the value that was looked at to what is wrong. Default: that value. */
  readonly below?: Path;
}

/** A path as kubectl writes it, `spec.containers[0].image`; keys that are no names stand in brackets and quotes. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${quote(step)}]`;
  }
  return text === '' ? 'The object' : text;
}

/** Text that came from outside, as one short piece of a sentence. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** `a`, `a or b`, `a, b or c`; a long list is cut. */
export function listed(names: readonly string[], limit = 20): string {
  if (names.length > limit) return `${names.slice(0, limit).join(', ')} and ${names.length - limit} more`;
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}
