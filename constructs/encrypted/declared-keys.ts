import type { Problem } from './encrypted-object.ts';

/** What a value is like. The lengths are checked without a key: a ciphertext is as long as its value. */
export interface KeyShape {
  /**
   * How `slipway secrets add` makes the first value: `random:32`, `random:64:hex`, `uuid`, `rsa:4096`, `ed25519`, `ssh`,
   * `tls:NAME,NAME:365d`, `htpasswd:USER:KEY`, `bcrypt:KEY`, `template:TEXT` with `{{ key }}`. Default: it is asked for.
   */
  readonly generate?: string;
  /** Whether it may be empty; SOPS leaves an empty value in plain text. Default: false. */
  readonly mayBeEmpty?: boolean;
  /** In bytes. */
  readonly minLength?: number;
  /** In bytes. */
  readonly maxLength?: number;
}

/** The keys of an object, all of them, by name alone or with what is known of each. */
export type DeclaredKeys<Key extends string = string> = readonly Key[] | Readonly<Record<Key, KeyShape>>;

export function shapesOf(keys: DeclaredKeys): ReadonlyMap<string, KeyShape> {
  return new Map(isList(keys) ? keys.map((key) => [key, {}]) : Object.entries(keys));
}

function isList(keys: DeclaredKeys): keys is readonly string[] {
  return Array.isArray(keys);
}

/** No keys at all, and names that Kubernetes refuses (validation.IsConfigMapKey, which holds for Secrets, too). */
export function keyProblems(keys: Iterable<string>): Problem[] {
  const all = [...keys];
  if (all.length === 0) {
    return [{ code: 'synth/secret-key', message: 'No keys are declared.', remedy: 'Declare at least one.' }];
  }
  return all
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..'))
    .map((key) => ({
      code: 'synth/secret-key',
      message: `${JSON.stringify(key)} cannot be a key: Kubernetes takes letters, digits, '-', '_' and '.'.`,
      remedy: 'Give it another name.',
    }));
}
