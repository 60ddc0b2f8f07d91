/**
 * SSH keys as age recipients and identities (age's agessh package): `ssh-ed25519` and `ssh-rsa`.
 * A private key in OpenSSH's own format must be without a passphrase; a PEM file may have one.
 */
import type { KeyObject } from 'node:crypto';
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import type { Identity, Recipient, Stanza } from 'age-encryption';
import { decodeBase64, decodeUnpaddedBase64, encodeUnpaddedBase64 } from '../base64.ts';
import { failure } from '../failure.ts';

const ED25519_INFO = 'age-encryption.org/v1/ssh-ed25519';
const RSA_LABEL = Buffer.from('age-encryption.org/v1/ssh-rsa');

/** Fields of SSH's wire format: each a length of four bytes and so many bytes. */
function readFields(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function writeFields(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}

/** The first four bytes of the key's SHA-256, by which a stanza says for which key it is. */
const tagOf = (wire: Buffer) => encodeUnpaddedBase64(createHash('sha256').update(wire).digest().subarray(0, 4));

const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

const publicX25519 = (raw: Buffer) =>
  createPublicKey({ key: Buffer.concat([X25519_SPKI, raw]), format: 'der', type: 'spki' });
const privateX25519 = (raw: Buffer) =>
  createPrivateKey({ key: Buffer.concat([X25519_PKCS8, raw]), format: 'der', type: 'pkcs8' });
const rawPublic = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).subarray(X25519_SPKI.length);

const P = 2n ** 255n - 19n;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base % P, e = exponent; e > 0n; e >>= 1n, b = (b * b) % P)
    if ((e & 1n) === 1n) result = (result * b) % P;
  return result;
}

/** The X25519 key of an Ed25519 key: u = (1 + y) / (1 - y) (RFC 7748, 4.1). */
function toMontgomery(ed25519: Buffer): Buffer {
  const bytes = Buffer.from(ed25519);
  bytes[31] = (bytes[31] ?? 0) & 0x7f;
  const y = BigInt(`0x${bytes.reverse().toString('hex')}`);
  const u = ((1n + y) * power((P + 1n - y) % P, P - 2n)) % P;
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
}

function seal(key: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, sealed: Buffer): Buffer | null {
  if (sealed.length !== 32) return null;
  const decipher = createDecipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(16));
  const plain = decipher.update(sealed.subarray(0, 16));
  try {
    decipher.final();
    return plain;
  } catch {
    return null;
  }
}

const hkdf = (ikm: Buffer, salt: Buffer) => Buffer.from(hkdfSync('sha256', ikm, salt, ED25519_INFO, 32));

const tweak = (shared: Buffer, wire: Buffer) =>
  diffieHellman({ privateKey: privateX25519(hkdf(Buffer.alloc(0), wire)), publicKey: publicX25519(shared) });

/** @throws {SlipwayError} `sops/recipient` (status 2). */
export async function sshRecipient(line: string): Promise<Recipient> {
  const { Stanza: NewStanza } = await import('age-encryption');
  const [type = '', base64 = ''] = line.trim().split(/\s+/);
  const wire = decodeBase64(base64);
  const [name, first, second] = wire === undefined ? [] : readFields(wire);
  if (wire !== undefined && name?.toString() === type) {
    if (type === 'ssh-ed25519' && first?.length === 32) {
      return { wrapFileKey: (fileKey) => [wrapEd25519(NewStanza, Buffer.from(fileKey), wire, first)] };
    }
    if (type === 'ssh-rsa' && first !== undefined && second !== undefined && second.length >= 257) {
      const jwk = { kty: 'RSA', e: first.toString('base64url'), n: second.toString('base64url') };
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      return { wrapFileKey: (fileKey) => [wrapRsa(NewStanza, Buffer.from(fileKey), wire, key)] };
    }
  }
  throw failure('recipient', 'An SSH recipient is no ssh-ed25519 key, and no ssh-rsa key of 2,048 bits or more.', {
    remedy: 'Give a line of a .pub file, for example the one of ~/.ssh/id_ed25519.pub.',
    exitStatus: 2,
  });
}

/** An identity with the key that it is the private one of. */
export interface SshIdentity extends Identity {
  /** As a line of a .pub file has it. */
  readonly recipient: string;
}

type NewStanza = new (args: string[], body: Uint8Array) => Stanza;

function wrapEd25519(NewStanza: NewStanza, fileKey: Buffer, wire: Buffer, publicKey: Buffer): Stanza {
  const theirs = toMontgomery(publicKey);
  const ephemeral = generateKeyPairSync('x25519');
  const share = rawPublic(ephemeral.publicKey);
  const shared = tweak(diffieHellman({ privateKey: ephemeral.privateKey, publicKey: publicX25519(theirs) }), wire);
  const body = seal(hkdf(shared, Buffer.concat([share, theirs])), fileKey);
  return new NewStanza(['ssh-ed25519', tagOf(wire), encodeUnpaddedBase64(share)], body);
}

function wrapRsa(NewStanza: NewStanza, fileKey: Buffer, wire: Buffer, key: KeyObject): Stanza {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const body = publicEncrypt({ key, padding, oaepHash: 'sha256', oaepLabel: RSA_LABEL }, fileKey);
  return new NewStanza(['ssh-rsa', tagOf(wire)], body);
}

/**
 * An identity from a private key file's text.
 *
 * @param passphrase Of a PEM file.
 * @throws {SlipwayError} `sops/ssh-key`, `sops/ssh-key-locked`.
 */
export function sshIdentity(text: string, passphrase?: string): SshIdentity {
  if (text.includes('-----BEGIN OPENSSH PRIVATE KEY-----')) return openSshIdentity(text);
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: text, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    const isLocked = /passphrase|interrupted or cancelled/i.test(String(cause));
    if (isLocked || text.includes('ENCRYPTED')) throw locked();
    throw failure('ssh-key', 'An SSH private key cannot be read.');
  }
  if (key.asymmetricKeyType === 'rsa') return rsaIdentity(key);
  if (key.asymmetricKeyType === 'ed25519') {
    const { d = '', x = '' } = key.export({ format: 'jwk' });
    return ed25519Identity(Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url'));
  }
  throw failure('ssh-key', 'An SSH private key is neither Ed25519 nor RSA, the two kinds that age can use.');
}

const locked = () =>
  failure('ssh-key-locked', 'An SSH private key has a passphrase.', {
    remedy: 'Load an age key instead, or take the passphrase off a copy of it: ssh-keygen -p -N "" -f COPY.',
  });

function openSshIdentity(text: string): SshIdentity {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1] ?? '';
  const bytes = decodeBase64(body.replace(/\s/g, ''));
  const magic = Buffer.from('openssh-key-v1\0');
  if (!bytes?.subarray(0, magic.length).equals(magic)) {
    throw failure('ssh-key', 'An SSH private key cannot be read.');
  }
  const [cipher] = readFields(bytes.subarray(magic.length));
  if (cipher?.toString() !== 'none') throw locked();
  // cipher, kdf, kdf options, the number of keys (a bare integer), public key, private part.
  const [, kdf, options] = readFields(bytes.subarray(magic.length));
  const skipped = magic.length + 4 + cipher.length + 4 + (kdf?.length ?? 0) + 4 + (options?.length ?? 0) + 4;
  const [, inner = Buffer.alloc(0)] = readFields(bytes.subarray(skipped));
  const [type, ...fields] = readFields(inner.subarray(8));
  const [first = Buffer.alloc(0), second = Buffer.alloc(0), ...more] = fields;
  if (type?.toString() === 'ssh-ed25519' && second.length === 64) return ed25519Identity(second.subarray(0, 32), first);
  if (type?.toString() === 'ssh-rsa') return rsaIdentity(rsaPrivateKey([first, second, ...more]));
  throw failure('ssh-key', 'An SSH private key is neither Ed25519 nor RSA, the two kinds that age can use.');
}

/** From the fields n, e, d, 1/q mod p, p, q of OpenSSH's format. */
function rsaPrivateKey(fields: readonly Buffer[]): KeyObject {
  const number = (index: number) => BigInt(`0x${(fields[index] ?? Buffer.from([0])).toString('hex')}`);
  const [n, e, d, qi, p, q] = [number(0), number(1), number(2), number(3), number(4), number(5)];
  const write = (value: bigint) => {
    const hex = value.toString(16);
    return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
  };
  const parts = { n, e, d, qi, p, q, dp: d % (p - 1n), dq: d % (q - 1n) };
  const jwk = Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, write(value)]));
  return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' });
}

function ed25519Identity(seed: Buffer, publicKey: Buffer): SshIdentity {
  const wire = writeFields(Buffer.from('ssh-ed25519'), publicKey);
  const tag = tagOf(wire);
  const ours = toMontgomery(publicKey);
  const secret = privateX25519(createHash('sha512').update(seed).digest().subarray(0, 32));
  return {
    recipient: `ssh-ed25519 ${wire.toString('base64')}`,
    unwrapFileKey(stanzas) {
      for (const { args, body } of stanzas) {
        const [type, itsTag, share64 = ''] = args;
        const share = decodeUnpaddedBase64(share64);
        if (type !== 'ssh-ed25519' || itsTag !== tag || share?.length !== 32) continue;
        const shared = tweak(diffieHellman({ privateKey: secret, publicKey: publicX25519(share) }), wire);
        const fileKey = open(hkdf(shared, Buffer.concat([share, ours])), Buffer.from(body));
        if (fileKey !== null) return fileKey;
      }
      return null;
    },
  };
}

function rsaIdentity(key: KeyObject): SshIdentity {
  const { n = '', e = '' } = createPublicKey(key).export({ format: 'jwk' });
  const modulus = Buffer.from(n, 'base64url');
  // An integer of SSH's wire format has a sign.
  const wire = writeFields(
    Buffer.from('ssh-rsa'),
    Buffer.from(e, 'base64url'),
    (modulus[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), modulus]) : modulus,
  );
  const tag = tagOf(wire);
  return {
    recipient: `ssh-rsa ${wire.toString('base64')}`,
    unwrapFileKey(stanzas) {
      for (const { args, body } of stanzas) {
        if (args[0] !== 'ssh-rsa' || args[1] !== tag) continue;
        try {
          const padding = constants.RSA_PKCS1_OAEP_PADDING;
          return privateDecrypt({ key, padding, oaepHash: 'sha256', oaepLabel: RSA_LABEL }, body);
        } catch {
          continue;
        }
      }
      return null;
    },
  };
}
