/** An Ed25519 key pair as OpenSSH keeps it (PROTOCOL.key), without a passphrase. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';

export interface SshKeyPair {
  readonly privateKey: string;
  /** A line for authorized_keys. */
  readonly publicKey: string;
}

function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function makeSshKey(comment: string): SshKeyPair {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const seed = Buffer.from(d, 'base64url');
  const point = Buffer.from(x, 'base64url');
  const wire = Buffer.concat([field('ssh-ed25519'), field(point)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, wire, field(Buffer.concat([seed, point])), field(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[field('none'), field('none'), field(''), count, field(wire), field(Buffer.concat([secret, padding]))],
  ]);
  const body = file.toString('base64').replace(/.{70}(?=.)/g, '$&\n');
  for (const bytes of [seed, secret, file]) bytes.fill(0);
  return {
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `ssh-ed25519 ${wire.toString('base64')} ${comment}\n`,
  };
}
