import { describe, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../src/errors.ts';
import type { FormatName } from '../../../src/sops/index.ts';
import {
  ageRecipients,
  encryptFile,
  entry,
  branch,
  formatOf,
  keyringOf,
  openSopsFile,
  parsePath,
  plaintextOf,
  readPlain,
  readSopsFile,
  removeAt,
  reseal,
  rotate,
  setAt,
  text,
  updateKeys,
  valueAt,
  ageKey,
} from '../../../src/sops/index.ts';
import { fixture, identity, keyring, NOW, postQuantumIdentity, postQuantumRecipient, recipient } from './fixtures.ts';

const FILES: readonly (readonly [string, string])[] = [
  ['secret.enc.yaml', 'secret.dec.yaml'],
  ['values.enc.json', 'values.dec.json'],
  ['app.enc.env', 'app.dec.env'],
  ['app.enc.ini', 'app.dec.ini'],
  ['blob.enc.bin', 'blob.dec.bin'],
  ['pq.enc.yaml', 'pq.dec.yaml'],
];

const open = async (name: string) => openSopsFile(readSopsFile(fixture(name), formatOf(name), name), keyring());

/** Lines of `before` that are not in `after`, in order. */
function gone(before: Buffer, after: Buffer): string[] {
  const kept = after.toString().split('\n');
  return before
    .toString()
    .split('\n')
    .filter((line) => {
      const at = kept.indexOf(line);
      if (at !== -1) kept.splice(at, 1);
      return at === -1;
    })
    .map((line) => line.trim().replace(/[:=].*/s, ''));
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SlipwayError) return error.code;
    throw error;
  }
  return 'none';
}

describe('a file of the real sops', () => {
  test.each(FILES)('%s is decrypted to the bytes that sops gives', async (sealed, plain) => {
    expect(plaintextOf(await open(sealed)).toString('latin1')).toBe(fixture(plain).toString('latin1'));
  });

  test('is as it was where an edit changes nothing', async () => {
    for (const [name] of FILES) {
      const opened = await open(name);
      expect(reseal(opened, opened.documents, NOW)).toBe(opened.sealed.bytes);
    }
  });

  test('is wiped when it is closed', async () => {
    const opened = await open('secret.enc.yaml');
    opened.close();
    expect(opened.dataKey.every((byte) => byte === 0)).toBe(true);
    expect(JSON.stringify(opened.documents)).not.toContain('correct horse');
    expect(plaintextOf(opened).toString()).not.toContain('correct horse');
  });
});

describe('an edit', () => {
  test.each([
    ['secret.enc.yaml', 'stringData.password', ['password', 'lastmodified', 'mac']],
    ['values.enc.json', 'a', ['"a"', '"lastmodified"', '"mac"']],
    ['app.enc.env', 'PASSWORD', ['PASSWORD', 'sops_lastmodified', 'sops_mac']],
    ['app.enc.ini', 'db.user', ['user', 'lastmodified', 'mac']],
  ])('of a value of %s changes its line, the time and the MAC, and no other', async (name, path, lines) => {
    const opened = await open(name);
    const [first = branch([])] = opened.documents;
    const edited = reseal(opened, [setAt(first, parsePath(path), text('changed'))], NOW);
    expect(gone(fixture(name), edited).map((line) => line.trim())).toEqual(lines);
    const again = await openSopsFile(readSopsFile(edited, formatOf(name)), keyring());
    expect(again.sealed.metadata.lastModified).toBe('2026-02-03T04:05:06Z');
    expect(valueAt(again.documents[0] ?? branch([]), parsePath(path))).toMatchObject({ bytes: Buffer.from('changed') });
  });

  test('leaves quotes, blank lines, comments and unknown metadata of a file written by hand', async () => {
    const byHand = fixture('secret.enc.yaml')
      .toString()
      .replace('name: db', "name: 'db'   # by hand\n\n")
      .replace('type: Opaque', 'type: "Opaque"')
      .replace(/^sops:$/m, 'sops:\n    later: {kept: true}');
    const opened = await openSopsFile(readSopsFile(Buffer.from(byHand), 'yaml'), keyring());
    const [first = branch([])] = opened.documents;
    const changed = removeAt(setAt(first, ['stringData', 'token'], text('new')), ['stringData', 'username']);
    const edited = reseal(opened, [changed], NOW).toString();
    expect(edited).toContain("name: 'db'   # by hand\n\n\n    namespace");
    expect(edited).toContain('type: "Opaque"');
    expect(edited).toContain('later: {kept: true}');
    expect(gone(Buffer.from(byHand), Buffer.from(edited))).toEqual(['username', 'lastmodified', 'mac']);
  });

  test('gives equal values of one list ciphertexts of their own, and keeps them', async () => {
    const source = readPlain(Buffer.from('list: [same, same, same]\n'), 'yaml');
    const sealed = await encryptFile(source, { format: 'yaml', recipients: [[recipient]], rule: RULE, now: NOW });
    const opened = await openSopsFile(readSopsFile(sealed, 'yaml'), keyring());
    const [first = branch([])] = opened.documents;
    const edited = reseal(opened, [setAt(first, ['more'], text('x'))], NOW);
    const items = (bytes: Buffer) => bytes.toString().match(/- ENC\[.*$/gm) ?? [];
    expect(new Set(items(sealed)).size).toBe(3);
    expect(items(edited)).toEqual(items(sealed));
  });

  test('may not use the names of the metadata', async () => {
    const opened = await open('secret.enc.yaml');
    const [first = branch([])] = opened.documents;
    expect(await codeOf(() => reseal(opened, [branch([...first.entries, entry('sops', text('x'))])], NOW))).toBe(
      'sops/reserved-key',
    );
  });

  test('that could not be read back is not written', async () => {
    const opened = await open('values.enc.json');
    const [first = branch([])] = opened.documents;
    const value = { kind: 'scalar', type: 'float', bytes: Buffer.from('-0') } as const;
    expect(await codeOf(() => reseal(opened, [setAt(first, ['x_unencrypted'], value)], NOW))).toBe(
      'sops/unstable-value',
    );
  });
});

const RULE = { kind: 'unencrypted_suffix', value: '_unencrypted' } as const;

describe('encrypting', () => {
  const plain: readonly (readonly [FormatName, string])[] = [
    ['yaml', 'a: 1\nb: [x, {y: 2}] # note\n'],
    ['json', '{"a": 1, "b": ["x", {"y": 2.5}]}'],
    ['dotenv', 'A=1\n#note\nB= x \n'],
    ['ini', '[s]\na = 1\n'],
    ['binary', '\0\u0001'],
  ];

  test.each(plain)('%s, and decrypting gives the same values', async (format, source) => {
    const documents = readPlain(Buffer.from(source), format);
    const sealed = await encryptFile(documents, { format, recipients: [[recipient]], rule: RULE, now: NOW });
    expect(
      await codeOf(() =>
        encryptFile(readPlain(sealed, format === 'binary' ? 'json' : format), {
          format: format === 'binary' ? 'json' : format,
          recipients: [[recipient]],
          rule: RULE,
          now: NOW,
        }),
      ),
    ).toBe('sops/already-encrypted');
    const opened = await openSopsFile(readSopsFile(sealed, format), keyring());
    expect(opened.sealed.metadata.lastModified).toBe('2026-02-03T04:05:06Z');
    expect(plaintextOf(opened).toString()).toContain(format === 'binary' ? source : '1');
  });

  test('to a post-quantum recipient and an X25519 one, either opens it', async () => {
    const documents = readPlain(Buffer.from('a: b\n'), 'yaml');
    const recipients = [[recipient, postQuantumRecipient]];
    const sealed = await encryptFile(documents, { format: 'yaml', recipients, rule: RULE, now: NOW });
    for (const one of [identity, postQuantumIdentity]) {
      expect(plaintextOf(await openSopsFile(readSopsFile(sealed, 'yaml'), keyringOf(one))).toString()).toBe('a: b\n');
    }
  });

  test('with two key groups needs a key of each', async () => {
    const documents = readPlain(Buffer.from('a: b\n'), 'yaml');
    const recipients = [[recipient], [postQuantumRecipient]];
    const sealed = readSopsFile(
      await encryptFile(documents, { format: 'yaml', recipients, shamirThreshold: 2, rule: RULE, now: NOW }),
      'yaml',
    );
    expect(await codeOf(() => openSopsFile(sealed, keyringOf(identity)))).toBe('sops/no-identity');
    expect(plaintextOf(await openSopsFile(sealed, keyring())).toString()).toBe('a: b\n');
  });

  test.each([
    ['sops/regex', { rule: { kind: 'encrypted_regex', value: '(?!x)y' } as const }],
    ['sops/recipient', { recipients: [['age1nonsense']] }],
    ['sops/recipient-plugin', { recipients: [['age1yubikey1qqqqqq']] }],
    ['sops/no-recipients', { recipients: [] }],
    ['sops/shamir', { recipients: [[recipient], [recipient]], shamirThreshold: 3 }],
  ])('is refused: %s', async (code, options) => {
    const documents = readPlain(Buffer.from('a: b\n'), 'yaml');
    expect(
      await codeOf(() =>
        encryptFile(documents, { format: 'yaml', recipients: [[recipient]], rule: RULE, now: NOW, ...options }),
      ),
    ).toBe(code);
  });
});

describe('the recipients of a file', () => {
  test('are changed with its values, MAC and time as they were, and the stanzas of those that stay', async () => {
    const opened = await open('secret.enc.yaml');
    const groups = [[ageKey(recipient, ''), ageKey(postQuantumRecipient, '')]];
    const updated = await updateKeys(opened.sealed, opened.dataKey, groups, 0);
    expect(gone(opened.sealed.bytes, updated)).toEqual([]);
    const sealed = readSopsFile(updated, 'yaml');
    expect(ageRecipients(sealed.metadata)).toEqual([recipient, postQuantumRecipient]);
    expect(plaintextOf(await openSopsFile(sealed, keyringOf(postQuantumIdentity))).toString()).toBe(
      fixture('secret.dec.yaml').toString(),
    );
    const removed = await updateKeys(sealed, opened.dataKey, [[ageKey(recipient, '')]], 0);
    expect(removed.toString()).toBe(opened.sealed.bytes.toString());
  });

  test('that are not age’s are kept byte for byte in an edit, and named where they alone could open the file', async () => {
    const pgp = `    pgp:
        - created_at: "2024-01-01T00:00:00Z"
          enc: |-
            -----BEGIN PGP MESSAGE-----

            not a real one
            -----END PGP MESSAGE-----
          fp: FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4
`;
    const source = fixture('secret.enc.yaml').toString();
    const mixed = Buffer.from(source.replace(/^ {4}version:/m, `${pgp}    version:`));
    const opened = await openSopsFile(readSopsFile(mixed, 'yaml'), keyring());
    const [first = branch([])] = opened.documents;
    const edited = reseal(opened, [setAt(first, ['stringData', 'username'], text('root'))], NOW);
    expect(edited.toString()).toContain(pgp);
    expect(await codeOf(() => rotate(opened, NOW))).toBe('sops/foreign-key');
    const alone = Buffer.from(mixed.toString().replace(/^ {4}age:\n(?: {8}.*\n)+/m, ''));
    const attempt = openSopsFile(readSopsFile(alone, 'yaml'), keyring());
    await expect(attempt).rejects.toThrow('It can be opened by pgp, which Slipway does not do; the sops program does.');
  });

  test('get a new data key by rotate, and every ciphertext is new', async () => {
    const opened = await open('values.enc.json');
    const rotated = await rotate(opened, NOW);
    const ciphertexts = (bytes: Buffer) => new Set(bytes.toString().match(/ENC\[[^\]]*\]/g));
    expect([...ciphertexts(rotated)].filter((one) => ciphertexts(opened.sealed.bytes).has(one))).toEqual([]);
    expect(plaintextOf(await openSopsFile(readSopsFile(rotated, 'json'), keyring())).toString()).toBe(
      fixture('values.dec.json').toString(),
    );
  });
});
