import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import bcrypt from 'bcryptjs';
import type { Generator } from '../../../src/sops/index.ts';
import { generateValues, makes, needs, parseGenerator } from '../../../src/sops/index.ts';
import { sshIdentity } from '../../../src/sops/age/ssh.ts';
import { wrapKey } from '../../../src/sops/age/recipients.ts';
import { Keyring } from '../../../src/sops/age/keyring.ts';
import { NOW } from './fixtures.ts';

const make = (specification: Readonly<Record<string, string>>, known: Readonly<Record<string, string>> = {}) => {
  const generators = Object.fromEntries(
    Object.entries(specification).map(([key, text]): [string, Generator] => [key, parseGenerator(text)]),
  );
  return generateValues(generators, known, NOW);
};

describe('a generated value', () => {
  test('is random, of a length and alphabet', async () => {
    const {
      a = '',
      b = '',
      c = '',
      d = '',
    } = await make({ a: 'random', b: 'random:64:hex', c: 'random:8:xy', d: 'random:2000:printable' });
    expect(a).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(b).toMatch(/^[0-9a-f]{64}$/);
    expect(c).toMatch(/^[xy]{8}$/);
    expect(d).toMatch(/^[!-~]{2000}$/);
    expect((await make({ a: 'random' })).a).not.toBe(a);
  });

  test('is a UUID', async () => {
    expect((await make({ id: 'uuid' })).id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test('is a private key with its public half beside it', async () => {
    const made = await make({ r: 'rsa:2048', e: 'ed25519' });
    for (const key of ['r', 'e']) {
      const derived = createPublicKey(createPrivateKey(made[key] ?? '')).export({ format: 'pem', type: 'spki' });
      expect(made[`${key}.pub`]).toBe(derived.toString());
    }
  });

  test('is an SSH key that opens what is encrypted to its public half', async () => {
    const made = await make({ identity: 'ssh' });
    const keyring = new Keyring({ identities: [sshIdentity(made.identity ?? '')] });
    const recipient = (made['identity.pub'] ?? '').trim();
    const key = Buffer.alloc(32, 3);
    expect(await keyring.unwrap(await wrapKey(key, recipient), recipient)).toEqual(key);
  });

  test('is a TLS certificate for its names, signed by its key', async () => {
    const made = await make({ tls: 'tls:db.apps.svc,10.0.0.1,2001:db8::1:90d' });
    const certificate = new X509Certificate(made['tls.crt'] ?? '');
    expect(certificate.subject).toBe('CN=db.apps.svc');
    expect(certificate.subjectAltName).toBe('DNS:db.apps.svc, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1');
    expect(certificate.checkHost('db.apps.svc')).toBe('db.apps.svc');
    expect(certificate.checkPrivateKey(createPrivateKey(made['tls.key'] ?? ''))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(new Date(certificate.validFrom)).toEqual(NOW);
    expect(new Date(certificate.validTo).getTime() - NOW.getTime()).toBe(90 * 86_400_000);
    expect(certificate.ca).toBe(false);
  });

  test('is made of others, in whatever order they stand', async () => {
    const made = await make(
      {
        url: 'template:postgres://{{ user }}:{{password}}@db',
        password: 'random:12',
        auth: 'htpasswd:admin:password',
        hash: 'bcrypt:password',
      },
      { user: 'app' },
    );
    const { password = '', auth = '', hash = '' } = made;
    expect(made.url).toBe(`postgres://app:${password}@db`);
    expect(auth).toMatch(/^admin:\$2b\$12\$.{53}\n$/);
    expect(await bcrypt.compare(password, auth.slice('admin:'.length).trim())).toBe(true);
    expect(await bcrypt.compare(password, hash)).toBe(true);
    expect(Object.keys(made)).not.toContain('user');
  });

  test('is not made where the key has one', async () => {
    expect(await make({ a: 'random' }, { a: 'kept' })).toEqual({});
  });

  test('is refused where what it needs is missing, or two need each other', async () => {
    await expect(make({ a: 'template:{{ b }}' })).rejects.toThrow('The value of a is made of b, which has no value.');
    await expect(make({ a: 'template:{{ b }}', b: 'template:{{ a }}' })).rejects.toThrow('has no value');
    await expect(make({ h: 'bcrypt:p' }, { p: 'x'.repeat(73) })).rejects.toThrow('72 bytes');
  });

  test.each(['', 'rendom', 'random:0', 'random:x', 'random:8:a', 'rsa:1024', 'tls', 'htpasswd:u', 'uuid:4'])(
    'is not described by %j',
    (text) => {
      expect(() => parseGenerator(text)).toThrow('does not say how a value is made');
    },
  );

  test('says which keys it makes and needs', () => {
    expect(makes('x', parseGenerator('tls:a'))).toEqual(['tls.crt', 'tls.key']);
    expect(makes('x', parseGenerator('ssh'))).toEqual(['x', 'x.pub']);
    expect(needs(parseGenerator('template:{{ a }}-{{b}}'))).toEqual(['a', 'b']);
  });
});
