import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { bareEnvironment, runProgram } from '../process.ts';
import { type SecretData } from '../secret.ts';
import type { SignedObject } from './commit.ts';

/** The public keys of `spec.verify.secretRef`. */
export interface TrustedKeys {
  /** Armoured OpenPGP keyrings: what is under `*.asc`, and under any other name (source-controller's fallback). */
  readonly pgp: readonly string[];
  /** authorized_keys files: what is under `*.sshpub`. */
  readonly ssh: readonly string[];
}

export function trustedKeys(secret: SecretData | undefined): TrustedKeys {
  const pgp: string[] = [];
  const ssh: string[] = [];
  for (const [name, bytes] of Object.entries(secret ?? {})) {
    (name.endsWith('.sshpub') ? ssh : pgp).push(Buffer.from(bytes).toString('utf8'));
  }
  return { pgp, ssh };
}

/**
 * Checks a signature by the real gpg or ssh-keygen.
 *
 * @param what how the object is called in a message: `commit <hash>`, `tag 'v1'`.
 * @returns the key that signed it: the id of an OpenPGP primary key (16 hexadecimal digits), or the fingerprint of an
 * SSH key (`SHA256:…`), as Flux shows it.
 * @throws SlipwayError `sources/signature-missing`, `sources/signature-invalid`, `sources/program-missing`.
 */
export async function verifySignature(
  object: SignedObject,
  what: string,
  keys: TrustedKeys,
  signal: AbortSignal,
): Promise<string> {
  const signature = object.signature.trim();
  if (signature === '') {
    throw new SlipwayError({
      code: 'sources/signature-missing',
      message: `The ${what} is not signed, and spec.verify asks for a signature.`,
      remedy: 'Sign it, or leave out spec.verify.',
    });
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-keys-'));
  try {
    const key = signature.startsWith('-----BEGIN SSH SIGNATURE-----')
      ? await verifySsh(object.payload, signature, keys.ssh, folder, signal)
      : signature.startsWith('-----BEGIN PGP SIGNATURE-----')
        ? await verifyPgp(object.payload, signature, keys.pgp, folder, signal)
        : undefined;
    if (key !== undefined) return key;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  throw new SlipwayError({
    code: 'sources/signature-invalid',
    message: `The signature of the ${what} is of none of the keys that are trusted.`,
    remedy: 'Check who made it; only then add the public key to the Secret of spec.verify (*.asc or *.sshpub).',
  });
}

async function verifySsh(
  payload: Buffer,
  signature: string,
  keyFiles: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const signers = path.join(folder, 'signers');
  const file = path.join(folder, 'signature');
  // Options in front of a key are for logging in; git's namespace keeps signatures of other things out.
  const allowed = keyFiles
    .flatMap((text) => text.split('\n'))
    .map((line) => /(?:^|\s)((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ +[A-Za-z0-9+/=]+)(?:\s|$)/.exec(line.replace(/^\s*#.*/, '')))
    .flatMap((match) => (match?.[1] === undefined ? [] : [`git namespaces="git" ${match[1]}`]));
  fs.writeFileSync(signers, `${allowed.join('\n')}\n`);
  fs.writeFileSync(file, `${signature}\n`);
  const args = ['-Y', 'verify', '-f', signers, '-I', 'git', '-n', 'git', '-s', file];
  const result = await runProgram('ssh-keygen', args, { env: bareEnvironment(), input: payload, signal });
  if (result.status !== 0) return undefined;
  return /key (SHA256:[A-Za-z0-9+/]+)/.exec(result.stdout.toString('utf8'))?.[1];
}

async function verifyPgp(
  payload: Buffer,
  signature: string,
  keyrings: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const env = { ...bareEnvironment(), GNUPGHOME: folder };
  const gpg = [
    '--batch',
    '--no-tty',
    '--quiet',
    '--no-auto-key-retrieve',
    '--no-auto-key-locate',
    '--trust-model',
    'always',
  ];
  for (const keyring of keyrings) {
    await runProgram('gpg', [...gpg, '--import'], { env, input: keyring, signal });
  }
  const file = path.join(folder, 'signature');
  fs.writeFileSync(file, `${signature}\n`);
  const args = [...gpg, '--status-fd', '1', '--verify', file, '-'];
  const result = await runProgram('gpg', args, { env, input: payload, signal });
  const status = result.stdout.toString('utf8');
  // A key or a signature that expired, or a key that was revoked, says so instead of GOODSIG.
  if (result.status !== 0 || !/^\[GNUPG:\] GOODSIG /m.test(status)) return undefined;
  return /^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40})$/m.exec(status)?.[1]?.slice(-16);
}
