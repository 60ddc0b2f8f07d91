/**
 * Files of other programs: what the real sops of three versions wrote, the files of projects that use it, broken
 * ones, and age's own conformance suite. Expected plaintexts are the bytes that the real sops gave.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { armor, Decrypter } from 'age-encryption';
import { SlipwayError } from '../../../src/errors.ts';
import type { FormatName } from '../../../src/sops/format.ts';
import { openSopsFile, openWithDataKey, plaintextOf, readSopsFile } from '../../../src/sops/file.ts';
import { Keyring, keyringOf } from '../../../src/sops/age/keyring.ts';
import { parseIdentities } from '../../../src/sops/age/identities.ts';
import { sshIdentity } from '../../../src/sops/age/ssh.ts';

const ROOT = join(import.meta.dirname, '../../../../shared/sops-vectors');
const here = existsSync(ROOT) ? describe : describe.skip;
if (!existsSync(ROOT)) process.stderr.write('skipped, as ../shared/sops-vectors is not there: SOPS and age vectors\n');

interface Case {
  readonly file: string;
  readonly format: FormatName;
  readonly expected?: string;
  readonly identityFile?: string;
  readonly dataKeyHex?: string;
  readonly sops3132?: string;
  readonly decrypt?: Readonly<Record<string, string>>;
  readonly identity?: string;
  readonly what?: string;
}

const isCases = (value: unknown): value is Case[] => Array.isArray(value);

function manifest(folder: string): Case[] {
  if (!existsSync(ROOT)) return [];
  const value: unknown = JSON.parse(readFileSync(join(ROOT, folder, 'manifest.json'), 'utf8'));
  // Where an old version refused to encrypt, there is no file.
  return isCases(value) ? value.filter(({ file }) => typeof file === 'string') : [];
}

const read = (...path: string[]) => readFileSync(join(ROOT, ...path));

async function decrypt(bytes: Buffer, format: FormatName, key: Keyring | Buffer): Promise<Buffer> {
  const sealed = readSopsFile(bytes, format);
  const opened = key instanceof Keyring ? await openSopsFile(sealed, key) : openWithDataKey(sealed, key);
  return plaintextOf(opened);
}

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SlipwayError) return error.code;
    throw error;
  }
  return 'opened';
}

const named = (cases: readonly Case[]) => cases.map((item): [string, Case] => [item.file, item]);

/** Each exception has its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  // sops writes a plain -0.0 as -0 and reads an int back: its own files fail their MAC in every version.
  '3.13.2/types.encsuffix.enc.yaml': 'sops/mac-mismatch',
  '3.12.2/types.encsuffix.enc.yaml': 'sops/mac-mismatch',
  // sops leaves a list item encrypted behind an encrypted comment, in every version: an encrypted_comment_regex bug.
  '3.13.2/comments.enccomment.enc.yaml': 'sops/mac-mismatch',
  '3.12.2/comments.enccomment.enc.yaml': 'sops/mac-mismatch',
  '3.9.4/comments.enccomment.enc.yaml': 'sops/mac-mismatch',
  // sops 3.9.4 wrote shamir_threshold as a float, which no version of sops reads.
  '3.9.4/app.groups.enc.ini': 'sops/metadata',
};

here('files that sops 3.13.2, 3.12.2 and 3.9.4 wrote', () => {
  const keys = ['alice', 'bob', 'flux', 'pq'].flatMap(
    (name) => parseIdentities(existsSync(ROOT) ? read('generated/keys', `${name}.txt`).toString() : '', name).usable,
  );
  const constants: unknown = existsSync(ROOT)
    ? JSON.parse(read('getsops-sops/age/keysource-test-constants.json').toString())
    : {};
  const ssh = /-----BEGIN OPENSSH PRIVATE KEY-----[^-]+-----END OPENSSH PRIVATE KEY-----/.exec(
    JSON.stringify(constants).replaceAll('\\n', '\n'),
  )?.[0];
  const keyring = new Keyring({ identities: [...keys, ...(ssh === undefined ? [] : [sshIdentity(ssh)])] });

  test.each(named(manifest('generated')))('%s', async (_, { file, format, expected, decrypt: verdicts }) => {
    const opened = () => decrypt(read('generated', file), format, keyring);
    const exception = EXCEPTIONS[file];
    if (exception !== undefined) {
      expect(await refusal(opened)).toBe(exception);
      return;
    }
    expect(verdicts?.['3.13.2+PR2245']).toBe('ok');
    expect(expected).toBeDefined();
    expect((await opened()).toString('latin1')).toBe(read('generated', expected!).toString('latin1'));
  });
});

here('files of other projects', () => {
  for (const folder of ['kustomize-controller', 'sops-age', 'getsops-sops', 'sops-nix']) {
    test.each(named(manifest(folder)))(`${folder}: %s`, async (_, item) => {
      const key =
        item.identityFile === undefined
          ? Buffer.from(item.dataKeyHex ?? '', 'hex')
          : keyringOf(read(folder, item.identityFile).toString().replaceAll(/^#.*$/gm, ''));
      const opened = () => decrypt(read(folder, item.file), item.format, key);
      if (item.expected === undefined || item.file.endsWith('no_mac.yaml')) {
        expect(await refusal(opened)).toBe(item.file.endsWith('no_mac.yaml') ? 'sops/mac-missing' : '?');
        return;
      }
      expect((await opened()).toString('latin1')).toBe(read(folder, item.expected).toString('latin1'));
    });
  }

  test.each(named(manifest('rops')))(
    'rops: %s is refused for its unquoted time, and opens once it is quoted',
    async (_, item) => {
      const bytes = read('rops', item.file);
      const keyring = keyringOf(
        read('rops', item.identityFile ?? '')
          .toString()
          .replaceAll(/^#.*$/gm, ''),
      );
      expect(await refusal(() => decrypt(bytes, item.format, keyring))).toBe('sops/lastmodified-unquoted');
      const quoted = Buffer.from(bytes.toString().replace(/^( *lastmodified: )(\S+)$/m, '$1"$2"'));
      expect((await decrypt(quoted, item.format, keyring)).toString()).toBe(
        read('rops', item.expected ?? '').toString(),
      );
    },
  );
});

/** What each broken file is refused with; those that are not named open, as they do with the real sops. */
const REFUSALS: Readonly<Record<string, string>> = {
  'swap-values-of-two-keys.yaml': 'sops/bad-ciphertext',
  'reorder-two-keys.yaml': 'sops/mac-mismatch',
  'rename-key.yaml': 'sops/bad-ciphertext',
  'move-key-to-data-map.yaml': 'sops/bad-ciphertext',
  'delete-encrypted-key.yaml': 'sops/mac-mismatch',
  'add-plaintext-key-under-stringData.yaml': 'sops/plaintext',
  'change-unencrypted-field.yaml': 'sops/mac-mismatch',
  'change-type-int-to-string.yaml': 'sops/mac-mismatch',
  'flip-ciphertext-bit.yaml': 'sops/bad-ciphertext',
  'iv-truncated.yaml': 'sops/bad-ciphertext',
  'bad-base64.yaml': 'sops/bad-ciphertext',
  'url-safe-base64.yaml': 'sops/bad-ciphertext',
  'lowercase-enc.yaml': 'sops/plaintext',
  'lastmodified-changed.yaml': 'sops/mac-broken',
  'lastmodified-unquoted.yaml': 'sops/lastmodified-unquoted',
  'lastmodified-missing.yaml': 'sops/lastmodified',
  'mac-missing.yaml': 'sops/mac-missing',
  'mac-empty.yaml': 'sops/mac-missing',
  'mac-garbage.yaml': 'sops/mac-broken',
  'no-sops-block.yaml': 'sops/not-encrypted',
  'sops-block-not-a-map.yaml': 'sops/metadata',
  'sops-block-empty.yaml': 'sops/lastmodified',
  'no-keys.yaml': 'sops/no-keys',
  'age-list-empty.yaml': 'sops/no-keys',
  'wrong-identity.yaml': 'sops/no-identity',
  'no-identity.yaml': 'sops/no-identity',
  'identity-file-with-garbage.yaml': 'sops/identity',
  'identity-lowercase.yaml': 'sops/identity',
  'enc-corrupt-armor.yaml': 'sops/no-identity',
  'enc-truncated.yaml': 'sops/no-identity',
  'two-rules.yaml': 'sops/two-rules',
  'regex-removed.yaml': 'sops/plaintext',
  'regex-widened.yaml': 'sops/plaintext',
  'regex-invalid-re2.yaml': 'sops/mac-mismatch',
  'mac-only-flag-added.yaml': 'sops/mac-mismatch',
  'duplicate-yaml-key.yaml': 'sops/duplicate-key',
  'two-docs-one-sops-block.yaml': 'sops/mac-mismatch',
  'merge-conflict-markers.yaml': 'sops/merge-conflict',
  'json-top-level-array.json': 'sops/top-level',
  'json-truncated.json': 'sops/json-syntax',
  'dotenv-line-without-equals.env': 'sops/dotenv-syntax',
  'dotenv-crlf.env': 'sops/lastmodified',
  'dotenv-no-metadata.env': 'sops/not-encrypted',
  'dotenv-metadata-gap.env': 'sops/metadata',
  'binary-without-data-key.bin.json': 'sops/bad-ciphertext',
  'binary-plain-json.bin.json': 'sops/not-encrypted',
};

here('broken and odd files', () => {
  const key = (name: string) => (existsSync(ROOT) ? read('generated/keys', `${name}.txt`).toString() : '');
  const bare = (text: string) => text.replaceAll(/^#.*$/gm, '');
  const identities: Readonly<Record<string, () => Keyring>> = {
    'keys/alice.txt': () => keyringOf(bare(key('alice'))),
    'keys/bob.txt': () => keyringOf(bare(key('bob'))),
    'keys/alice.txt + keys/bob.txt': () => keyringOf(bare(key('alice') + key('bob'))),
    '(none)': () => new Keyring({ identities: [] }),
    'the string hello': () => keyringOf('hello'),
    'alice lowercased': () => keyringOf(bare(key('alice')).toLowerCase()),
    'alice with leading spaces in SOPS_AGE_KEY': () => keyringOf(`  ${bare(key('alice')).trim()}`),
  };

  test.each(named(manifest('generated/negative')))('%s', async (_, item) => {
    const keyringFor = identities[item.identity ?? ''];
    expect(keyringFor).toBeDefined();
    const verdict = await refusal(() => {
      const keyring = keyringFor!();
      return decrypt(read('generated/negative', item.file), item.format, keyring);
    });
    expect(verdict).toBe(REFUSALS[item.file] ?? 'opened');
    expect(verdict === 'opened').toBe(item.sops3132 === 'OK');
  });
});

/** A file of the suite: header lines, an empty line, an age file, perhaps compressed. */
function parseVector(bytes: Buffer): { fields: Map<string, string[]>; body: Buffer } {
  const end = bytes.indexOf('\n\n');
  const fields = new Map<string, string[]>();
  for (const line of bytes.subarray(0, end).toString().split('\n')) {
    const [name = '', ...value] = line.split(': ');
    fields.set(name, [...(fields.get(name) ?? []), value.join(': ')]);
  }
  const rest = bytes.subarray(end + 2);
  return { fields, body: fields.get('compressed')?.[0] === 'zlib' ? inflateSync(rest) : rest };
}

here('the conformance suite of age', () => {
  const folder = join(ROOT, 'cctv-age/testdata');
  const names = existsSync(folder) ? readdirSync(folder) : [];

  test('has its 143 files', () => {
    expect(names).toHaveLength(143);
  });

  test.each(names)('%s', async (name) => {
    const { fields, body } = parseVector(readFileSync(join(folder, name)));
    const expected = fields.get('expect')?.[0] ?? '';
    const decrypter = new Decrypter();
    for (const text of fields.get('identity') ?? []) {
      for (const identity of parseIdentities(text, name).usable) decrypter.addIdentity(identity);
    }
    for (const passphrase of fields.get('passphrase') ?? []) decrypter.addPassphrase(passphrase);
    const decrypted = (async () => {
      const file = fields.get('armored')?.[0] === 'yes' ? armor.decode(body.toString('latin1')) : body;
      return decrypter.decrypt(new Uint8Array(file));
    })();
    if (expected === 'success') {
      const digest = createHash('sha256')
        .update(await decrypted)
        .digest('hex');
      expect(digest).toBe(fields.get('payload')?.[0]);
    } else {
      await expect(decrypted).rejects.toThrow();
    }
  });
});
