/**
 * First values of secrets: random texts, UUIDs, keys, certificates, password hashes, and templates over other values.
 * All randomness is node:crypto's.
 */
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { generateKeyPairSync, randomInt, randomUUID } from 'node:crypto';
import { failure } from '../failure.ts';
import { makeCertificate } from './certificate.ts';
import { makeSshKey } from './ssh-key.ts';

/** How a value is made. Some kinds make several keys: `key` and what is beside it. */
export type Generator =
  | { readonly kind: 'random'; readonly length: number; readonly alphabet: string }
  | { readonly kind: 'uuid' }
  /** A private key, PEM (PKCS #8), and its public half under the same name with `.pub`. */
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'ed25519' }
  /** As OpenSSH keeps it, for git over SSH: Flux wants `identity` and `identity.pub`. */
  | { readonly kind: 'ssh' }
  /** A self-signed certificate: `tls.crt` and `tls.key`, whatever the key is called. */
  | { readonly kind: 'tls'; readonly names: readonly string[]; readonly days: number }
  /** A line of an htpasswd file for the password under another key. */
  | { readonly kind: 'htpasswd'; readonly user: string; readonly passwordKey: string }
  | { readonly kind: 'bcrypt'; readonly passwordKey: string }
  /** Text with `{{ key }}` in it. */
  | { readonly kind: 'template'; readonly text: string };

const ALPHABETS: Readonly<Record<string, string>> = {
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  digits: '0123456789',
  printable: Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join(''),
};

/** What bcrypt.js takes for new hashes: 2^12 rounds. */
const BCRYPT_COST = 12;
/** bcrypt hashes no more of a password. */
const BCRYPT_MAX_BYTES = 72;

/**
 * Parses `random:32:hex`, `uuid`, `rsa:4096`, `ed25519`, `ssh`, `tls:db.apps.svc,10.0.0.1[:days]`,
 * `htpasswd:USER:PASSWORD_KEY`, `bcrypt:PASSWORD_KEY`, `template:TEXT`.
 *
 * @throws {SlipwayError} `sops/generator` (status 2).
 */
export function parseGenerator(text: string): Generator {
  const [kind = '', ...rest] = text.split(':');
  const [first = '', second = ''] = rest;
  switch (kind) {
    case 'random': {
      const alphabet = ALPHABETS[second === '' ? 'alphanumeric' : second] ?? second;
      const length = first === '' ? 32 : Number(first);
      if (!Number.isInteger(length) || length < 1 || length > 65_536 || new Set(alphabet).size < 2) break;
      return { kind, length, alphabet };
    }
    case 'uuid':
    case 'ed25519':
    case 'ssh':
      if (rest.length > 0) break;
      return { kind };
    case 'rsa': {
      const bits = first === '' ? 4096 : Number(first);
      if (![2048, 3072, 4096, 8192].includes(bits)) break;
      return { kind, bits };
    }
    case 'tls': {
      // The days stand behind the last colon, so that names may be IPv6 addresses.
      const match = /^(.*?)(?::(\d+)d)?$/.exec(rest.join(':'));
      const names = (match?.[1] ?? '').split(',').filter((name) => name !== '');
      if (names.length === 0) break;
      return { kind, names, days: Number(match?.[2] ?? 3650) };
    }
    case 'htpasswd':
      if (first === '' || second === '') break;
      return { kind, user: first, passwordKey: second };
    case 'bcrypt':
      if (first === '') break;
      return { kind, passwordKey: first };
    case 'template':
      return { kind, text: rest.join(':') };
  }
  throw failure('generator', `${JSON.stringify(text)} does not say how a value is made.`, {
    remedy:
      'Write random:32, random:64:hex, uuid, rsa:4096, ed25519, ssh, tls:NAME,NAME:365d, htpasswd:USER:KEY, bcrypt:KEY or template:TEXT with {{ key }}.',
    exitStatus: 2,
  });
}

/** Other keys whose values it is made of. */
export function needs(generator: Generator): string[] {
  switch (generator.kind) {
    case 'htpasswd':
    case 'bcrypt':
      return [generator.passwordKey];
    case 'template':
      return [...generator.text.matchAll(PLACEHOLDER)].map(([, key = '']) => key);
    default:
      return [];
  }
}

const PLACEHOLDER = /\{\{\s*([^{}\s]+)\s*\}\}/g;

/** The keys that it makes. */
export function makes(key: string, generator: Generator): string[] {
  switch (generator.kind) {
    case 'rsa':
    case 'ed25519':
    case 'ssh':
      return [key, `${key}.pub`];
    case 'tls':
      return ['tls.crt', 'tls.key'];
    default:
      return [key];
  }
}

/**
 * Makes the values of keys that are not known yet, in the order in which they need each other.
 *
 * @param known Values that are there already; they are never made anew.
 * @throws {SlipwayError} `sops/generator` where a value that is needed is missing, or two need each other.
 */
export async function generateValues(
  generators: Readonly<Record<string, Generator>>,
  known: Readonly<Record<string, string>>,
  now: Date,
): Promise<Record<string, string>> {
  const values: Record<string, string> = { ...known };
  let waiting = Object.entries(generators).filter(([key, generator]) =>
    makes(key, generator).some((one) => !(one in known)),
  );
  const made: Record<string, string> = {};
  while (waiting.length > 0) {
    const ready = waiting.filter(([, generator]) => needs(generator).every((key) => key in values));
    const [stuck] = waiting;
    if (ready.length === 0 && stuck !== undefined) {
      const missing = needs(stuck[1]).filter((key) => !(key in values));
      throw failure('generator', `The value of ${stuck[0]} is made of ${missing.join(', ')}, which has no value.`, {
        exitStatus: 2,
      });
    }
    for (const [key, generator] of ready) {
      for (const [name, value] of Object.entries(await generate(key, generator, values, now))) {
        if (name in known) continue;
        values[name] = value;
        made[name] = value;
      }
    }
    waiting = waiting.filter((item) => !ready.includes(item));
  }
  return made;
}

async function generate(
  key: string,
  generator: Generator,
  values: Readonly<Record<string, string>>,
  now: Date,
): Promise<Record<string, string>> {
  switch (generator.kind) {
    case 'random': {
      const letters = Array.from(generator.alphabet);
      return {
        [key]: Array.from({ length: generator.length }, () => letters[randomInt(letters.length)] ?? '').join(''),
      };
    }
    case 'uuid':
      return { [key]: randomUUID() };
    case 'rsa':
      return pair(key, generateKeyPairSync('rsa', { modulusLength: generator.bits }));
    case 'ed25519':
      return pair(key, generateKeyPairSync('ed25519'));
    case 'ssh': {
      const { privateKey, publicKey } = makeSshKey(key);
      return { [key]: privateKey, [`${key}.pub`]: publicKey };
    }
    case 'tls': {
      const { certificate, privateKey } = makeCertificate({ ...generator, now });
      return { 'tls.crt': certificate, 'tls.key': privateKey };
    }
    case 'htpasswd':
      return { [key]: `${generator.user}:${await hash(values[generator.passwordKey] ?? '', generator.passwordKey)}\n` };
    case 'bcrypt':
      return { [key]: await hash(values[generator.passwordKey] ?? '', generator.passwordKey) };
    case 'template':
      return { [key]: generator.text.replace(PLACEHOLDER, (_, name: string) => values[name] ?? '') };
  }
}

const pair = (key: string, { privateKey, publicKey }: KeyPairKeyObjectResult) => ({
  [key]: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  [`${key}.pub`]: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
});

/** A bcrypt hash as nginx and Traefik take it, `$2b$…`. */
async function hash(password: string, key: string): Promise<string> {
  if (Buffer.byteLength(password) > BCRYPT_MAX_BYTES) {
    throw failure('generator', `The value of ${key} is longer than the ${BCRYPT_MAX_BYTES} bytes that bcrypt hashes.`, {
      exitStatus: 2,
    });
  }
  const { default: bcrypt } = await import('bcryptjs');
  return bcrypt.hash(password, BCRYPT_COST);
}
