import { SlipwayError } from '../errors.ts';

/** What a Secret holds: its `data`, decoded. Never logged, never written to a disk. */
export type SecretData = Readonly<Record<string, Uint8Array>>;

/** The text under a key; `undefined` where there is none or it is empty, which Flux treats alike. */
export function secretText(secret: SecretData | undefined, key: string): string | undefined {
  const bytes = secret?.[key];
  return bytes === undefined || bytes.length === 0 ? undefined : Buffer.from(bytes).toString('utf8');
}

export function invalidSecret(message: string, remedy: string, cause?: unknown): SlipwayError {
  return new SlipwayError({ code: 'sources/secret-invalid', message, remedy, cause });
}
