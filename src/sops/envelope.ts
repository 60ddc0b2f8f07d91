/** One encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]` (aes/cipher.go). */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { decodeBase64 } from './base64.ts';
import { formatFloat, normalizeTime, parseBoolAsGo, parseFloatAsGo, parseIntAsGo } from './go-numbers.ts';
import type { ScalarType } from './tree.ts';

export type EnvelopeType = ScalarType | 'comment';

export interface Envelope {
  readonly data: Buffer;
  readonly iv: Buffer;
  readonly type: string;
}

export const IV_BYTES = 32;
export const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

// Anchored at the beginning alone, and greedy, as sops has it: what follows the bracket is ignored.
const PATTERN = /^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]/;

/** Whether a text begins as an encrypted value does. */
export const looksEncrypted = (text: string): boolean => text.startsWith('ENC[AES256_GCM,');

/** Takes it apart; undefined where it is none. `data` has the tag at its end. */
export function parseEnvelope(text: string): Envelope | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, data64 = '', iv64 = '', tag64 = '', type = ''] = match;
  const data = decodeBase64(data64);
  const iv = decodeBase64(iv64);
  const tag = decodeBase64(tag64);
  if (data === undefined || iv === undefined || tag === undefined || iv.length === 0) return undefined;
  if (data.length + tag.length < TAG_BYTES) return undefined;
  return { data: Buffer.concat([data, tag]), iv, type };
}

/** The plaintext; undefined where the key, the path or the bytes are not those that it was sealed with. */
export function openEnvelope({ data, iv }: Envelope, key: Buffer, aad: string): Buffer | undefined {
  try {
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(aad));
    decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
    const plain = decipher.update(data.subarray(0, data.length - TAG_BYTES));
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

export function sealEnvelope(plain: Buffer, type: EnvelopeType, key: Buffer, aad: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(aad));
  const data = Buffer.concat([cipher.update(plain), cipher.final()]);
  const [data64, iv64, tag64] = [data, iv, cipher.getAuthTag()].map((bytes) => bytes.toString('base64'));
  return `ENC[AES256_GCM,data:${data64},iv:${iv64},tag:${tag64},type:${type}]`;
}

/**
 * The bytes of a decrypted value in the form that is hashed and written: Go reads it and writes it again.
 * Undefined where Go refuses it, or where the type is none of the known ones.
 */
export function normalizeValue(type: ScalarType, plain: Buffer): Buffer | undefined {
  const text = () => plain.toString();
  switch (type) {
    case 'str':
      return plain;
    case 'int': {
      const value = parseIntAsGo(text());
      return value === undefined ? undefined : Buffer.from(String(value));
    }
    case 'float': {
      const value = parseFloatAsGo(text());
      return value === undefined ? undefined : Buffer.from(formatFloat(value));
    }
    case 'bool': {
      const value = parseBoolAsGo(text());
      return value === undefined ? undefined : Buffer.from(value ? 'True' : 'False');
    }
    case 'time': {
      const value = normalizeTime(text());
      return value === undefined ? undefined : Buffer.from(value);
    }
  }
}

const SCALAR_TYPES: readonly string[] = ['str', 'int', 'float', 'bool', 'time'] satisfies ScalarType[];

export const isScalarType = (type: string): type is ScalarType => SCALAR_TYPES.includes(type);
