/** Whatever is wrong with a file: a stable code, the place where there is one, and never a value in the error. */
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../src/errors.ts';
import type { FormatName } from '../../../src/sops/index.ts';
import { encryptFile, MAX_BYTES, openSopsFile, plaintextOf, readPlain, readSopsFile } from '../../../src/sops/index.ts';
import { fixture, keyring, NOW, recipient } from './fixtures.ts';

const secret = fixture('secret.enc.yaml').toString();

async function errorOf(work: () => unknown): Promise<SlipwayError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const opening = (bytes: string | Buffer, format: FormatName = 'yaml') =>
  errorOf(() => openSopsFile(readSopsFile(Buffer.from(bytes), format, 'f'), keyring()));

describe('a file that was', () => {
  test.each<readonly [string, string, string]>([
    ['cut off in a ciphertext', secret.slice(0, secret.indexOf('iv:') + 5), 'sops/not-encrypted'],
    ['cut off in the age key', secret.slice(0, secret.indexOf('BEGIN AGE') + 100), 'sops/lastmodified'],
    ['reordered', secret.replace(/^( {4}username.*\n)( {4}password.*\n)/m, '$2$1'), 'sops/mac-mismatch'],
    ['given a key twice', secret.replace(/^( {4}username.*\n)/m, '$1$1'), 'sops/duplicate-key'],
    ['given a value in plain text', secret.replace(/^( {4}password: ).*$/m, '$1hunter2'), 'sops/plaintext'],
    ['merged with marks left in', `<<<<<<< ours\n${secret}=======\n${secret}>>>>>>> theirs\n`, 'sops/merge-conflict'],
    [
      'given a value of another key',
      secret.replace(/^( {4}username: )(.*)(\n {4}password: )(.*)$/m, '$1$4$3$2'),
      'sops/bad-ciphertext',
    ],
    ['given another time', secret.replace(/lastmodified: "20/, 'lastmodified: "21'), 'sops/mac-broken'],
    [
      'given an unquoted time',
      secret.replace(/lastmodified: "(.*)"/, 'lastmodified: $1'),
      'sops/lastmodified-unquoted',
    ],
    ['robbed of its MAC', secret.replace(/^ {4}mac: .*\n/m, ''), 'sops/mac-missing'],
    ['given a broken MAC', secret.replace(/^( {4}mac: ).*$/m, '$1ENC[x]'), 'sops/mac-broken'],
    ['given the MAC of nothing', secret.replace(/^( {4}mac_only_encrypted: ).*$/m, '$1false'), 'sops/mac-mismatch'],
    ['given a second sops block', `${secret}sops:\n    mac: x\n`, 'sops/duplicate-key'],
    ['given an age file for another', secret.replace(/^( {12}[A-Za-z0-9+/=]+\n)/m, ''), 'sops/no-identity'],
  ])('%s is refused', async (_, bytes, code) => {
    expect((await opening(bytes)).code).toBe(code);
  });

  test('encrypted twice, as a binary file, gives the encrypted file when it is opened once', async () => {
    const rule = { kind: 'unencrypted_suffix', value: '_unencrypted' } as const;
    const inner = fixture('secret.enc.yaml');
    const outer = await encryptFile(readPlain(inner, 'binary'), {
      format: 'binary',
      recipients: [[recipient]],
      rule,
      now: NOW,
    });
    expect(plaintextOf(await openSopsFile(readSopsFile(outer, 'binary'), keyring()))).toEqual(inner);
  });

  test('saved with CR LF opens', async () => {
    const opened = await openSopsFile(readSopsFile(Buffer.from(secret.replaceAll('\n', '\r\n')), 'yaml'), keyring());
    expect(opened.documents).toHaveLength(1);
  });

  test('changed shows the place: file, line and column', async () => {
    const error = await opening(secret.replace(/^( {4}password: ).*$/m, '$1hunter2'));
    const line = secret.split('\n').findIndex((text) => text.includes('password')) + 1;
    expect(error.place).toMatchObject({ file: 'f', line, column: 15 });
    expect(error.remedy).toBeDefined();
  });
});

describe('a document', () => {
  const deep = (levels: number) =>
    `${Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('')}${' '.repeat(levels)}b`;
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'
    .split('')
    .map((name, i) => {
      const before = 'abcdefg'.charAt(i);
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]\n`;
    })
    .join('')}`;

  test.each<readonly [string, FormatName, string | Buffer, string]>([
    ['of 10,000 levels in YAML', 'yaml', deep(10_000), 'sops/too-deep'],
    ['of 10,000 brackets in YAML', 'yaml', `a: ${'['.repeat(10_000)}`, 'sops/too-deep'],
    ['of 10,000 levels in JSON', 'json', `{"a":${'['.repeat(10_000)}`, 'sops/too-deep'],
    ['with an alias bomb', 'yaml', bomb, 'sops/alias-bomb'],
    ['with an anchor within itself', 'yaml', 'a: &a [*a]\n', 'sops/alias-bomb'],
    ['with invalid UTF-8 in YAML', 'yaml', Buffer.from([0x61, 0x3a, 0x20, 0xff]), 'sops/not-utf8'],
    ['with invalid UTF-8 in JSON', 'json', Buffer.from([0x7b, 0x22, 0xff, 0x22]), 'sops/not-utf8'],
    ['with a control character', 'yaml', 'a: \u0001\n', 'sops/yaml-syntax'],
    ['that is a list', 'yaml', '- a\n', 'sops/top-level'],
    ['that is a text', 'yaml', 'a\n', 'sops/top-level'],
    ['with a number for a key', 'yaml', '8080: a\n', 'sops/non-string-key'],
    ['with too large a number', 'yaml', 'a: 18446744073709551615\n', 'sops/unsupported-value'],
    ['with a tab for an indent', 'yaml', 'a:\n\tb: c\n', 'sops/yaml-syntax'],
    ['with an open quote', 'yaml', 'a: "b\n', 'sops/yaml-syntax'],
    ['with an unknown alias', 'yaml', 'a: *b\n', 'sops/yaml-syntax'],
    ['that is cut off in JSON', 'json', '{"a": "b', 'sops/json-syntax'],
    ['that is no pair in dotenv', 'dotenv', 'A\n', 'sops/dotenv-syntax'],
    ['with an open section in INI', 'ini', '[a\n', 'sops/ini-syntax'],
  ])('%s is refused', async (_, format, bytes, code) => {
    expect((await errorOf(() => readPlain(Buffer.from(bytes), format))).code).toBe(code);
  });

  test('that is too large is refused', async () => {
    expect((await errorOf(() => readPlain(Buffer.alloc(MAX_BYTES + 1), 'binary'))).code).toBe('sops/too-large');
  });

  test('that is refused leaves nothing of its values in the error', async () => {
    const canary = 'c4n4ry-v4lue';
    const broken = [
      `a: "${canary}`,
      `a: ${canary}\na: ${canary}\n`,
      `- ${canary}`,
      `? [${canary}]\n: b\n`,
      `a: *${canary}\n`,
      `a: b: ${canary}\n`,
      `a:\n\t${canary}: b\n`,
    ];
    for (const source of broken) {
      const error = await errorOf(() => readPlain(Buffer.from(source), 'yaml'));
      expect(inspect(error, { depth: 9, showHidden: true }).replaceAll(error.stack ?? '', '')).not.toContain(canary);
    }
    for (const [format, source] of [
      ['json', `{"a": "${canary}" "`],
      ['dotenv', canary],
      ['ini', canary],
    ] as const) {
      const error = await errorOf(() => readPlain(Buffer.from(source), format));
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(canary);
    }
    const exposed = await opening(secret.replace(/^( {4}password: ).*$/m, `$1${canary}`));
    expect(inspect(exposed, { depth: 9, showHidden: true })).not.toContain(canary);
  });
});
