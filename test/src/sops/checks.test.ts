import { describe, expect, test } from '@jest/globals';
import type { SlipwayError } from '../../../src/errors.ts';
import {
  checkForFlux,
  checkRecipients,
  checkRule,
  checkSealed,
  checkShape,
  checkStanzas,
  checkValues,
  leavesOf,
  openSopsFile,
  plainEntries,
  plaintextOf,
  readPlain,
  readSopsFile,
  replacePlain,
  branch,
  warningsFor,
} from '../../../src/sops/index.ts';
import type { FormatName } from '../../../src/sops/index.ts';
import { fixture, keyring, postQuantumRecipient, recipient } from './fixtures.ts';

const source = fixture('secret.enc.yaml').toString();
const sealed = (text = source, format: FormatName = 'yaml') =>
  readSopsFile(Buffer.from(text), format, 'secrets/db.sops.yaml');
const codes = (findings: readonly SlipwayError[]) => findings.map(({ code }) => code);

describe('without a key', () => {
  test('nothing is wrong with a file of the real sops', () => {
    for (const [name, format] of [
      ['secret.enc.yaml', 'yaml'],
      ['values.enc.json', 'json'],
      ['app.enc.env', 'dotenv'],
      ['app.enc.ini', 'ini'],
      ['blob.enc.bin', 'binary'],
      ['pq.enc.yaml', 'yaml'],
    ] as const) {
      const file = readSopsFile(fixture(name), format);
      expect([...checkSealed(file), ...warningsFor(file)]).toEqual([]);
    }
  });

  test('each value is known to be encrypted, plain or empty, with its place', () => {
    const file = sealed(source.replace(/^( {4}username: ).*$/m, '$1""'));
    expect(
      leavesOf(file.documents, file.metadata).map(({ path, state, type }) => [path.join('.'), state, type]),
    ).toEqual([
      ['apiVersion', 'plain', 'str'],
      ['kind', 'plain', 'str'],
      ['metadata.name', 'plain', 'str'],
      ['metadata.namespace', 'plain', 'str'],
      ['type', 'plain', 'str'],
      ['stringData.username', 'empty', 'str'],
      ['stringData.password', 'sealed', 'str'],
    ]);
  });

  test('plain text where the rule wants ciphertext is found, with its line', () => {
    const findings = checkValues(sealed(source.replace(/^( {4}password: ).*$/m, '$1hunter2')));
    expect(codes(findings)).toEqual(['sops/plaintext']);
    expect(findings[0]?.place).toMatchObject({ file: 'secrets/db.sops.yaml', line: 10 });
    expect(JSON.stringify(findings)).not.toContain('hunter2');
    expect(codes(checkValues(sealed(source.replace(/^( {4}password: ).*$/m, '$17'))))).toEqual(['sops/plaintext']);
  });

  test('a broken ciphertext is found', () => {
    expect(codes(checkValues(sealed(source.replace(/^( {4}password: ENC\[AES256_GCM,data:)./m, '$1_'))))).toEqual([
      'sops/bad-ciphertext',
    ]);
  });

  test('keys that are missing, undeclared, empty, plain or no text are found, each with its remedy', () => {
    const shape = { under: [['stringData']], keys: ['username', 'password'], name: 'db' };
    expect(checkShape(sealed(), shape)).toEqual([]);
    const missing = checkShape(sealed(), { ...shape, keys: ['username', 'password', 'token'] });
    expect(codes(missing)).toEqual(['sops/key-missing']);
    expect(missing[0]?.remedy).toBe('Put it in: slipway secrets add db.');
    expect(codes(checkShape(sealed(), { ...shape, keys: ['username'] }))).toEqual(['sops/key-undeclared']);
    expect(codes(checkShape(sealed(), { ...shape, under: [['data']] }))).toEqual(['sops/keys-missing']);
    const empty = source.replace(/^( {4}username: ).*$/m, '$1""');
    expect(codes(checkShape(sealed(empty), shape))).toEqual(['sops/empty-value']);
    expect(checkShape(sealed(empty), { ...shape, mayBeEmpty: ['username'] })).toEqual([]);
    const number = source.replace(/^( {4}username: .*type:)str\]$/m, '$1int]');
    expect(codes(checkShape(sealed(number), shape))).toEqual(['sops/not-text']);
    const uncovered = source.replace('^(data|stringData)$', '^data$');
    expect(codes(checkShape(sealed(uncovered), shape))).toEqual(['sops/not-covered', 'sops/not-covered']);
  });

  test('recipients that differ from the rule are found', () => {
    const key = (id: string) => ({ kind: 'age', id }) as const;
    expect(checkRecipients(sealed(), [[key(recipient)]])).toEqual([]);
    const drift = checkRecipients(sealed(), [[key(postQuantumRecipient)]]);
    expect(codes(drift)).toEqual(['sops/recipient-missing', 'sops/recipient-undeclared']);
    expect(drift[0]?.remedy).toContain('slipway secrets updatekeys secrets/db.sops.yaml');
    expect(codes(checkRecipients(sealed(), []))).toEqual(['sops/recipients']);
  });

  test('a stanza that is cut off, or of another kind than its recipient, is found', () => {
    expect(codes(checkStanzas(sealed(source.replace(/^( {12}[A-Za-z0-9+/=]+\n)/m, ''))))).toEqual(['sops/stanza']);
    expect(codes(checkStanzas(sealed(source.replace(recipient, postQuantumRecipient))))).toEqual(['sops/stanza']);
    expect(checkStanzas(readSopsFile(fixture('pq.enc.yaml'), 'yaml'))).toEqual([]);
  });

  test('a rule that is not the creation rule’s is found', () => {
    const rule = { kind: 'encrypted_regex', value: '^(data|stringData)$' } as const;
    expect(checkRule(sealed(), { rule, macOnlyEncrypted: true })).toEqual([]);
    expect(codes(checkRule(sealed(), { rule, macOnlyEncrypted: false }))).toEqual(['sops/rule']);
    expect(codes(checkRule(sealed(), { rule: { ...rule, value: '^data$' }, macOnlyEncrypted: true }))).toEqual([
      'sops/rule',
    ]);
    const invalid = source.replace('^(data|stringData)$', '(?!data)');
    expect(codes(checkRule(sealed(invalid), { rule, macOnlyEncrypted: true }))).toEqual(['sops/regex']);
  });

  test('what Flux would not recognise or decrypt is found', () => {
    expect(codes(checkForFlux(sealed(source.replace(/^( {4}mac: )(.*)$/m, '$1"$2"'))))).toEqual(['sops/mac-unseen']);
    expect(codes(checkForFlux(sealed(source.replace(/^ {4}mac: .*\n/m, ''))))).toEqual(['sops/mac-missing']);
    expect(codes(checkForFlux(sealed(`${source}---\na: b\n`)))).toEqual(['sops/multi-document']);
    const compact = JSON.stringify(JSON.parse(fixture('values.enc.json').toString()));
    expect(codes(checkForFlux(sealed(compact, 'json')))).toEqual(['sops/mac-unseen']);
  });
});

describe('the plain part of a file whose MAC covers encrypted values alone', () => {
  const wanted = (text: string) => readPlain(Buffer.from(text), 'yaml')[0] ?? branch([]);
  const moved = wanted(
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: other\n  namespace: ai-ml\n  labels:\n    a: b\ntype: Opaque\n',
  );

  test('stays byte for byte where it is as wanted, whatever the order', () => {
    const file = sealed();
    const same = wanted('kind: Secret\napiVersion: v1\ntype: Opaque\nmetadata:\n  name: db\n  namespace: apps\n');
    expect(replacePlain(file, same)).toBe(file.bytes);
    expect(replacePlain(file, plainEntries(file))).toBe(file.bytes);
  });

  test('is replaced, with the ciphertext and the sops block as they were, and the file still verifies', async () => {
    const bytes = replacePlain(sealed(), moved);
    const tail = source.slice(source.indexOf('stringData:'));
    expect(bytes.toString()).toBe(
      `apiVersion: v1\nkind: Secret\nmetadata:\n    name: other\n    namespace: ai-ml\n    labels:\n        a: b\ntype: Opaque\n${tail}`,
    );
    const opened = await openSopsFile(readSopsFile(bytes, 'yaml'), keyring());
    expect(plaintextOf(opened).toString()).toContain('password: correct horse');
  });

  test('needs a key where the MAC covers it, or where it stands among what is encrypted', () => {
    const covered = sealed(source.replace(/^ {4}mac_only_encrypted: true\n/m, ''));
    expect(() => replacePlain(covered, moved)).toThrow('the file’s MAC covers it');
    expect(() => replacePlain(sealed(), wanted('metadata:\n  annotations:\n    data: x\n'))).toThrow(
      'only a key can change it',
    );
    expect(() => replacePlain(sealed(), wanted('stringData: {}\n'))).toThrow('only a key can change it');
  });
});
