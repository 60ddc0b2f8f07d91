import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { armor, Encrypter, generateX25519Identity } from 'age-encryption';
import { findKeyring, Keyring, keyringOf, keysFile } from '../../../src/sops/index.ts';
import { wrapKey } from '../../../src/sops/age/recipients.ts';
import { sshIdentity } from '../../../src/sops/age/ssh.ts';
import { splitWords } from '../../../src/sops/age/split-words.ts';
import { identity, postQuantumIdentity, postQuantumRecipient, recipient } from './fixtures.ts';

const DATA_KEY = Buffer.alloc(32, 7);
let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'slipway-home-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

function write(path: string, content: string | Uint8Array): string {
  const full = join(home, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

const find = (environment: Record<string, string>, passphrase?: string) =>
  findKeyring({ environment, home, platform: 'linux', askPassphrase: () => Promise.resolve(passphrase) });

const opens = async (keyring: Keyring, to = recipient) =>
  (await keyring.unwrap(await wrapKey(DATA_KEY, to), to))?.equals(DATA_KEY) ?? false;

describe('identities are found where sops finds them', () => {
  test('SOPS_AGE_KEY, with several in a line and blanks around', async () => {
    const keyring = find({ SOPS_AGE_KEY: `  ${identity}  ${postQuantumIdentity}\n# note\n` });
    expect(await opens(keyring)).toBe(true);
    expect(await opens(keyring, postQuantumRecipient)).toBe(true);
  });

  test('SOPS_AGE_KEY_FILE', async () => {
    expect(await opens(find({ SOPS_AGE_KEY_FILE: write('k.txt', `# test key\n${identity}\n`) }))).toBe(true);
  });

  test('SOPS_AGE_KEY_CMD, run without a shell, and told the recipient', async () => {
    const script = write(
      'print.mjs',
      `if (process.env.SOPS_AGE_RECIPIENT === '${recipient}') console.log(process.argv[2]);`,
    );
    expect(await opens(find({ SOPS_AGE_KEY_CMD: `'${process.execPath}' "${script}" ${identity}` }))).toBe(true);
    const failing = find({ SOPS_AGE_KEY_CMD: 'no-such-program' });
    expect(await opens(failing)).toBe(false);
    expect(failing.explain()).toContain('The command of SOPS_AGE_KEY_CMD failed.');
  });

  test('the default file', async () => {
    write('.config/sops/age/keys.txt', identity);
    expect(await opens(find({}))).toBe(true);
    expect(keysFile({ XDG_CONFIG_HOME: '/x' }, '/home', 'linux')).toBe('/x/sops/age/keys.txt');
    expect(keysFile({}, '/home', 'darwin')).toBe('/home/Library/Application Support/sops/age/keys.txt');
  });

  test('a file locked with a passphrase, asked for only when nothing else opens', async () => {
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(2);
    encrypter.setPassphrase('open sesame');
    const locked = await encrypter.encrypt(`${identity}\n`);
    for (const content of [locked, armor.encode(locked)]) {
      const path = write('locked', content);
      expect(await opens(find({ SOPS_AGE_KEY_FILE: path }, 'open sesame'))).toBe(true);
      const wrong = find({ SOPS_AGE_KEY_FILE: path }, 'wrong');
      expect(await opens(wrong)).toBe(false);
      expect(wrong.explain()[0]).toContain('The passphrase does not open');
      expect(await opens(find({ SOPS_AGE_KEY_FILE: path }))).toBe(false);
      const other = findKeyring({
        environment: { SOPS_AGE_KEY: identity, SOPS_AGE_KEY_FILE: path },
        home,
        platform: 'linux',
        askPassphrase: () => {
          throw new Error('asked');
        },
      });
      expect(await opens(other)).toBe(true);
    }
  });

  test('SSH keys, Ed25519 and RSA', async () => {
    const ed25519 = generateKeyPairSync('ed25519');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const field = (bytes: Buffer | string) => {
      const data = Buffer.from(bytes);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(data.length);
      return Buffer.concat([length, data]);
    };
    const { x = '' } = ed25519.publicKey.export({ format: 'jwk' });
    const { n = '', e = '' } = rsa.publicKey.export({ format: 'jwk' });
    const modulus = Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')]);
    const recipients = {
      id_ed25519: `ssh-ed25519 ${Buffer.concat([field('ssh-ed25519'), field(Buffer.from(x, 'base64url'))]).toString('base64')} me@here`,
      id_rsa: `ssh-rsa ${Buffer.concat([field('ssh-rsa'), field(Buffer.from(e, 'base64url')), field(modulus)]).toString('base64')}`,
    };
    write('.ssh/id_ed25519', ed25519.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    write('.ssh/id_rsa', rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString());
    const keyring = find({});
    expect(await opens(keyring, recipients.id_ed25519)).toBe(true);
    expect(await opens(keyring, recipients.id_rsa)).toBe(true);
    expect(await opens(keyring)).toBe(false);
    const [edKey, rsaKey] = [ed25519, rsa].map(({ privateKey }) =>
      sshIdentity(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()),
    );
    expect(edKey?.recipient).toBe(recipients.id_ed25519.replace(' me@here', ''));
    expect(rsaKey?.recipient).toBe(recipients.id_rsa);
  });

  test('a locked SSH key is told of', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
    expect(() => sshIdentity(pem)).toThrow('has a passphrase');
    expect(sshIdentity(pem, 'x')).toBeDefined();
  });

  test('nothing found is explained with the places, a plugin with its name, a broken line with its number only', () => {
    expect(find({}).explain().at(-1)).toContain('No identity was found in SOPS_AGE_SSH_PRIVATE_KEY_FILE');
    expect(find({ SOPS_AGE_KEY: 'AGE-PLUGIN-YUBIKEY-1QQQQQ' }).explain()[0]).toContain('age-plugin-yubikey');
    const broken = find({ SOPS_AGE_KEY: `${identity}\nhunter2` }).explain();
    expect(broken[0]).toBe('Line 2 of SOPS_AGE_KEY is no age identity.');
    const lower = find({ SOPS_AGE_KEY_FILE: write('k', identity.toLowerCase()) }).explain();
    expect(lower[0]).toMatch(/^Line 1 of .* is no age identity\.$/);
    expect([...broken, ...lower].join()).not.toContain('hunter2');
  });
});

describe('the digest of a keyring', () => {
  test('is that of its recipients, in any order', async () => {
    const other = await generateX25519Identity();
    const { privateKey } = generateKeyPairSync('ed25519');
    const both = await keyringOf(`${identity}\n${other}`).digest();
    expect(both).toBe(await keyringOf(`${other}\n${identity}`).digest());
    const others = [
      keyringOf(identity),
      keyringOf(other),
      keyringOf(''),
      new Keyring({ identities: [sshIdentity(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())] }),
    ];
    const digests = [both, ...(await Promise.all(others.map((keyring) => keyring.digest())))];
    expect(new Set(digests).size).toBe(5);
    expect(digests).not.toContain(undefined);
  });

  test('is not known where a passphrase or a command would give more, nor of a broken identity', async () => {
    expect(await find({ SOPS_AGE_KEY: identity, SOPS_AGE_KEY_CMD: 'false' }).digest()).toBeUndefined();
    expect(await keyringOf(`${identity.slice(0, -1)}${identity.endsWith('Q') ? 'P' : 'Q'}`).digest()).toBeUndefined();
  });
});

describe('a command is split into words', () => {
  test.each([
    ['a b  c', ['a', 'b', 'c']],
    [`'a b' "c \\" d" e\\ f ''`, ['a b', 'c " d', 'e f', '']],
    ['', []],
  ])('%s', (command, words) => {
    expect(splitWords(command)).toEqual(words);
  });

  test('not where a quote is open', () => {
    expect(() => splitWords(`a 'b`)).toThrow('not closed');
  });
});
