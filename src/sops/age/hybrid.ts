/**
 * Opening `mlkem768x25519` stanzas (C2SP age, "The hybrid recipient type") with OpenSSL's ML-KEM, ten times as fast as in
 * JavaScript: HPKE (RFC 9180) with MLKEM768-X25519 (X-Wing), HKDF-SHA256 and ChaCha20-Poly1305.
 */
import type { KeyObject } from 'node:crypto';
import * as crypto from 'node:crypto';
import type { Identity } from 'age-encryption';
import { decodeUnpaddedBase64 } from '../base64.ts';
import { decodeBech32 } from './bech32.ts';

const ML_KEM_CIPHERTEXT_BYTES = 1088;
const X25519_BYTES = 32;

/** PKCS #8 of a private key that is a bare seed: ML-KEM-768 of 64 bytes, X25519 of 32. */
const ML_KEM_768_PKCS8 = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');

/** Of X-Wing's combiner (draft-connolly-cfrg-xwing-kem, 5.3). */
const LABEL = Buffer.from('5c2e2f2f5e5c', 'hex');
const INFO = Buffer.from('age-encryption.org/mlkem768x25519');
/** HPKE, the KEM 0x647a, the KDF 1, the AEAD 3. */
const SUITE = Buffer.from('48504b45647a00010003', 'hex');

export interface HybridIdentity extends Identity {
  /** `AGE-SECRET-KEY-PQ-1…` */
  readonly text: string;
}

/** The identity of a text; undefined where it is broken, or this Node has no ML-KEM. */
export function nativeHybridIdentity(text: string): HybridIdentity | undefined {
  // From Node 24.7 on.
  if (!('decapsulate' in crypto)) return undefined;
  const seed = decodeBech32(text, 'age-secret-key-pq-');
  if (seed?.length !== 32) return undefined;
  const expanded = crypto.createHash('shake256', { outputLength: 96 }).update(seed).digest();
  seed.fill(0);
  try {
    const mlKem = privateKey(ML_KEM_768_PKCS8, expanded.subarray(0, 64));
    const x25519 = privateKey(X25519_PKCS8, expanded.subarray(64));
    const own = crypto.createPublicKey(x25519).export({ format: 'der', type: 'spki' }).subarray(X25519_SPKI.length);
    return { text, unwrapFileKey: (stanzas) => unwrap(stanzas, mlKem, x25519, own) };
  } catch {
    // An OpenSSL without ML-KEM: the age library has its own.
    return undefined;
  } finally {
    expanded.fill(0);
  }
}

const privateKey = (prefix: Buffer, seed: Buffer): KeyObject =>
  crypto.createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });

function unwrap(
  stanzas: readonly { readonly args: readonly string[]; readonly body: Uint8Array }[],
  mlKem: KeyObject,
  x25519: KeyObject,
  own: Buffer,
): Buffer | null {
  for (const { args, body } of stanzas) {
    const [type, share64 = ''] = args;
    if (type !== 'mlkem768x25519') continue;
    const share = decodeUnpaddedBase64(share64);
    // A stanza of this type that is malformed makes the whole file one (C2SP age).
    if (args.length !== 2 || share?.length !== ML_KEM_CIPHERTEXT_BYTES + X25519_BYTES || body.length !== 32) {
      throw new Error('invalid mlkem768x25519 stanza');
    }
    const theirs = share.subarray(ML_KEM_CIPHERTEXT_BYTES);
    const publicKey = crypto.createPublicKey({
      key: Buffer.concat([X25519_SPKI, theirs]),
      format: 'der',
      type: 'spki',
    });
    const secret = crypto
      .createHash('sha3-256')
      .update(crypto.decapsulate(mlKem, share.subarray(0, ML_KEM_CIPHERTEXT_BYTES)))
      .update(crypto.diffieHellman({ privateKey: x25519, publicKey }))
      .update(theirs)
      .update(own)
      .update(LABEL)
      .digest();
    const fileKey = open(secret, Buffer.from(body));
    if (fileKey !== null) return fileKey;
  }
  return null;
}

const hmac = (key: Buffer, ...parts: readonly (Buffer | string)[]): Buffer => {
  const mac = crypto.createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** RFC 9180, 4: LabeledExtract, and LabeledExpand to no more than one block. */
const extract = (salt: Buffer, label: string, input: Buffer) => hmac(salt, 'HPKE-v1', SUITE, label, input);
const expand = (key: Buffer, label: string, context: Buffer, length: number) =>
  hmac(key, Buffer.from([0, length]), 'HPKE-v1', SUITE, label, context, Buffer.from([1])).subarray(0, length);

const NONE = Buffer.alloc(0);
const CONTEXT = Buffer.concat([Buffer.from([0]), extract(NONE, 'psk_id_hash', NONE), extract(NONE, 'info_hash', INFO)]);

function open(shared: Buffer, sealed: Buffer): Buffer | null {
  const secret = extract(shared, 'secret', NONE);
  const key = expand(secret, 'key', CONTEXT, 32);
  const decipher = crypto.createDecipheriv('chacha20-poly1305', key, expand(secret, 'base_nonce', CONTEXT, 12), {
    authTagLength: 16,
  });
  decipher.setAuthTag(sealed.subarray(16));
  const plain = decipher.update(sealed.subarray(0, 16));
  try {
    decipher.final();
    return plain;
  } catch {
    return null;
  }
}
