import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  Application,
  Cluster,
  EncryptedConfigMap,
  EncryptedManifest,
  EncryptedSecret,
  Namespace,
  allow,
  type ClusterOptions,
} from '../../../constructs/index.ts';
import { DEMO_RECIPIENT } from '../../../constructs/index.ts';
import { errorsOf, fileText } from '../../support/cluster.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { IDENTITY, OTHER_RECIPIENT, RECIPIENT, seal, secretText } from '../../support/sealed.ts';
import { describeWithTool } from '../../support/tools.ts';

const base = temporaryFolder();
const FILE = 'apps/web/site/app/secret-db.sops.yaml';
const SOURCE = 'secrets/web/db.sops.yaml';
const PLAIN = secretText('db', { username: 'me', password: 'correct horse' });
let count = 0;
let project: string;
let cluster: Cluster;
let app: Application;

function make(options: Partial<ClusterOptions> = {}): void {
  const repository = { url: 'https://git.example.org/test.git' };
  cluster = new Cluster('test', { repository, project, ageRecipients: [RECIPIENT], ...options });
  app = new Application(new Namespace(cluster, 'web'), 'site');
}

beforeEach(() => {
  count += 1;
  project = path.join(base, String(count));
  fs.mkdirSync(project);
  make();
});

const declare = (options: Partial<ConstructorParameters<typeof EncryptedSecret>[2]> = {}) =>
  new EncryptedSecret(app, 'db', { keys: ['username', 'password'], ...options });

/** Codes and places of what is wrong. */
const problems = () => errorsOf(() => cluster.tree()).map(({ code, place }) => [code, place.file, place.line]);

describe('an EncryptedSecret', () => {
  test('ships its file byte for byte where that says what is declared', async () => {
    const sealed = await seal(PLAIN);
    writeFiles(project, { [SOURCE]: sealed });
    declare();
    expect(fileText(cluster, FILE)).toBe(sealed);
    expect(fileText(cluster, 'apps/web/site/app/kustomization.yaml')).toContain('- ./secret-db.sops.yaml\n');
  });

  test('is named as other objects where it bears the name of its Application', async () => {
    writeFiles(project, { 'secrets/web/site.sops.yaml': await seal(secretText('site', { a: '1' })) });
    new EncryptedSecret(app, 'site', { keys: ['a'] });
    expect(cluster.tree().has('apps/web/site/app/secret.sops.yaml')).toBe(true);
  });

  test('brings its own name, labels and type, and leaves every line of ciphertext as it is', async () => {
    const sealed = await seal(secretText('old-name', { username: 'me', password: 'correct horse' }));
    writeFiles(project, { [SOURCE]: sealed });
    declare({ labels: { team: 'web' }, type: 'kubernetes.io/basic-auth', immutable: true });
    const text = fileText(cluster, FILE);
    expect(text.slice(0, text.indexOf('stringData:'))).toBe(
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: web\n  labels:\n    team: web\ntype: kubernetes.io/basic-auth\nimmutable: true\n',
    );
    expect(text.slice(text.indexOf('stringData:'))).toBe(sealed.slice(sealed.indexOf('stringData:')));
  });

  test('cannot bring another name where the MAC covers it, and says how to change the file', async () => {
    writeFiles(project, {
      '.sops.yaml': `creation_rules:\n  - encrypted_regex: ^(data|stringData)$\n    age: ${RECIPIENT}\n`,
      [SOURCE]: await seal(secretText('old-name', { username: 'me', password: 'x' }), { macOnlyEncrypted: false }),
    });
    declare();
    const [error, ...more] = errorsOf(() => cluster.tree());
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      code: 'sops/plain-sealed',
      remedy: expect.stringContaining(`slipway secrets edit ${SOURCE}`),
    });
  });

  test('makes the tree twice the same, and asks for no key', async () => {
    writeFiles(project, { [SOURCE]: await seal(PLAIN) });
    declare();
    const first = fileText(cluster, FILE);
    make();
    declare();
    expect(fileText(cluster, FILE)).toBe(first);
  });

  test('has what applies it decrypt', async () => {
    const simple = await seal(secretText('x', { a: '1' }));
    writeFiles(project, {
      [SOURCE]: await seal(PLAIN),
      'secrets/web/x.sops.yaml': simple,
      'secrets/flux-system/y.sops.yaml': simple,
    });
    declare();
    const decryption = '  decryption:\n    provider: sops\n    secretRef:\n      name: sops-age\n';
    expect(fileText(cluster, 'apps/web/site/ks.yaml')).toContain(decryption);
    expect(fileText(cluster, 'flux/apps.yaml')).not.toContain('decryption');
    expect(fileText(cluster, 'flux/config/cluster.yaml')).not.toContain('decryption');
    new EncryptedSecret(app.parent, 'x', { keys: ['a'] });
    expect(fileText(cluster, 'flux/apps.yaml')).toContain(decryption);
    new EncryptedSecret(cluster.flux, 'y', { keys: ['a'] });
    expect(fileText(cluster, 'flux/config/cluster.yaml')).toContain(decryption);
  });

  test('leaves a decryption that the author gave', async () => {
    writeFiles(project, {
      [SOURCE]: await seal(PLAIN),
      'secrets/web/other.sops.yaml': await seal(secretText('other', { a: '1' })),
    });
    declare();
    const other = new Application(app.parent, 'other', {
      decryption: { provider: 'sops', secretRef: { name: 'mine' } },
    });
    new EncryptedSecret(other, 'other', { keys: ['a'] });
    expect(fileText(cluster, 'apps/web/other/ks.yaml')).toContain('secretRef:\n      name: mine\n');
  });

  test('of the cluster lies in flux/config, under the name that it is given', async () => {
    writeFiles(project, {
      [SOURCE]: await seal(PLAIN),
      'secrets/flux-system/cluster.sops.yaml': await seal(secretText('cluster', { a: '1' })),
    });
    declare();
    new EncryptedSecret(cluster.flux, 'cluster', { keys: ['a'], file: 'secrets.yaml' });
    expect(fileText(cluster, 'flux/config/kustomization.yaml')).toContain('- ./cluster.yaml\n  - ./secrets.yaml\n');
    expect(fileText(cluster, 'flux/config/secrets.yaml')).toContain('  namespace: flux-system\n');
    expect(cluster.creationRules()).toContain('path_regex: ^kubernetes/flux/config/secrets\\.yaml$\n');
  });

  test('takes values that stand encoded under data, too', async () => {
    writeFiles(project, { [SOURCE]: await seal(PLAIN.replace('stringData', 'data')) });
    declare();
    expect(problems()).toEqual([]);
  });

  test('may be shipped more than once out of one file', async () => {
    writeFiles(project, { [SOURCE]: await seal(PLAIN) });
    declare();
    const elsewhere = new Application(new Namespace(cluster, 'other'), 'second');
    new EncryptedSecret(elsewhere, 'db', { keys: ['username', 'password'], source: SOURCE });
    expect(fileText(cluster, 'apps/other/second/app/secret-db.sops.yaml')).toContain('  namespace: other\n');
  });
});

describe('a SOPS file that is not what is declared', () => {
  test('is asked for with the command that makes it, where it is missing', () => {
    declare();
    expect(errorsOf(() => cluster.tree()).map(({ code, message, remedy }) => [code, message, remedy])).toEqual([
      ['synth/secret-missing', `Its SOPS file ${SOURCE} does not exist.`, `slipway secrets add ${SOURCE}`],
    ]);
  });

  test('is left out where that is asked for, and that is said', () => {
    declare();
    const { tree, warnings } = cluster.assemble({ allowMissing: true });
    expect(tree.has(FILE)).toBe(false);
    expect(warnings).toMatchObject([
      { code: 'synth/secret-missing', message: expect.stringContaining('left out of the tree') },
    ]);
  });

  test('first needs recipients, where nobody named one', () => {
    make({ ageRecipients: [] });
    declare();
    expect(errorsOf(() => cluster.tree())[0]?.remedy).toMatch(
      /ageRecipients.*slipway secrets keygen.*slipway secrets add/,
    );
  });

  const change = (from: string | RegExp, to: string) => (text: string) => {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`nothing to change: ${String(from)}`);
    return changed;
  };
  test.each<[string, (text: string) => string, string, number | undefined]>([
    ['plain text', () => PLAIN, 'sops/not-encrypted', undefined],
    ['a value in plain text', change(/password: ENC.*/, 'password: hunter2'), 'sops/plaintext', 9],
    ['a broken value', change(/(password: ENC\[AES256_GCM,data:)/, '$1!'), 'sops/bad-ciphertext', 9],
    ['a key too few', change(/ {2}password: ENC.*\n/, ''), 'sops/key-missing', undefined],
    ['a key too many', change(/( {2})password: (ENC.*)\n/, '$&$1more: $2\n'), 'sops/key-undeclared', 10],
    ['a number', change(/(password: .*),type:str\]/, '$1,type:int]'), 'sops/not-text', 9],
    ['an empty value', change(/password: ENC.*/, 'password: ""'), 'sops/empty-value', 9],
    ['a MAC in quotes', change(/mac: (ENC.*)/, 'mac: "$1"'), 'sops/mac-unseen', undefined],
    ['no MAC', change(/ {2}mac: ENC.*\n/, ''), 'sops/mac-missing', undefined],
    [
      'a time without quotes',
      change(/lastmodified: "(.*)"/, 'lastmodified: $1'),
      'sops/lastmodified-unquoted',
      undefined,
    ],
    [
      'the marks of a merge',
      change(/( {2}mac: .*)\n/, '<<<<<<< a\n$1\n=======\n$1\n>>>>>>> b\n'),
      'sops/merge-conflict',
      undefined,
    ],
    [
      'a second document',
      (text) => `${text.slice(0, text.indexOf('sops:'))}---\na: 1\n${text.slice(text.indexOf('sops:'))}`,
      '*',
      undefined,
    ],
    ['a stanza that is cut off', change(/ {8}-----END AGE ENCRYPTED FILE-----\n/, ''), 'sops/stanza', undefined],
    [
      'another rule',
      change('encrypted_regex: ^(data|stringData)$', 'encrypted_regex: ^(data|stringData)'),
      'sops/rule',
      undefined,
    ],
    ['nothing', () => '', '*', undefined],
  ])('is an error with its place: %s', async (_what, mangle, code, line) => {
    writeFiles(project, { [SOURCE]: mangle(await seal(PLAIN)) });
    declare();
    const errors = errorsOf(() => cluster.tree());
    expect(errors.length).toBeGreaterThan(0);
    if (code !== '*') expect(errors.map((error) => error.code)).toContain(code);
    for (const error of errors) {
      expect(error.place.file).toBe(SOURCE);
      expect(error.remedy).toBeTruthy();
      expect(`${error.message} ${error.remedy ?? ''}`).not.toMatch(/hunter2|correct horse/);
    }
    if (line !== undefined) expect(errors.map(({ place }) => place.line)).toContain(line);
  });

  test('is refused where it is encrypted to others than the cluster', async () => {
    writeFiles(project, { [SOURCE]: await seal(PLAIN, { recipients: [OTHER_RECIPIENT] }) });
    declare();
    expect(problems().map(([code]) => code)).toEqual(['sops/recipient-missing', 'sops/recipient-undeclared']);
  });

  test('is held to a .sops.yaml that a person wrote, and that to the recipients of the cluster', async () => {
    const rule = (recipient: string) =>
      `creation_rules:\n  - encrypted_regex: ^(data|stringData)$\n    mac_only_encrypted: true\n    age: ${recipient}\n`;
    writeFiles(project, { [SOURCE]: await seal(PLAIN), '.sops.yaml': rule(RECIPIENT) });
    declare();
    expect(problems()).toEqual([]);
    writeFiles(project, { '.sops.yaml': rule(OTHER_RECIPIENT) });
    expect(problems()).toEqual([
      ['sops/recipient-missing', SOURCE, undefined],
      ['sops/recipient-undeclared', SOURCE, expect.any(Number)],
      ['sops/recipient-missing', '.sops.yaml', 2],
    ]);
  });

  test('is refused where a symlink leads out of the project', async () => {
    writeFiles(base, { [`outside-${count}.yaml`]: await seal(PLAIN) });
    fs.mkdirSync(path.join(project, 'secrets/web'), { recursive: true });
    fs.symlinkSync(path.join(base, `outside-${count}.yaml`), path.join(project, SOURCE));
    declare();
    expect(problems().map(([code]) => code)).toEqual(['synth/secret-source']);
  });

  test.each(['../elsewhere.sops.yaml', '/etc/passwd'])('cannot be %s', (source) => {
    declare({ source });
    expect(problems().map(([code]) => code)).toEqual(['synth/secret-source']);
  });

  test('is refused where a value is longer or shorter than declared, which its ciphertext shows', async () => {
    writeFiles(project, { [SOURCE]: await seal(PLAIN) });
    declare({ keys: { username: { maxLength: 1 }, password: { minLength: 32 } } });
    expect(errorsOf(() => cluster.tree()).map(({ code, message }) => [code, message])).toEqual([
      ['sops/length', 'The value of stringData.username has 2 bytes, and is declared with at most 1.'],
      ['sops/length', 'The value of stringData.password has 13 bytes, and is declared with at least 32.'],
    ]);
  });

  test('may have an empty value where that is declared', async () => {
    writeFiles(project, { [SOURCE]: await seal(secretText('db', { username: '', password: 'x' })) });
    declare({ keys: { username: { mayBeEmpty: true }, password: {} } });
    expect(problems()).toEqual([]);
  });
});

describe('what is declared of a Secret', () => {
  test.each([
    [{ keys: [] }, 'synth/secret-key'],
    [{ keys: ['a b'] }, 'synth/secret-key'],
    [{ keys: ['..'] }, 'synth/secret-key'],
    [{ keys: ['tls.crt'], type: 'kubernetes.io/tls' }, 'synth/secret-type'],
  ])('is refused as the API server would: %j', (options, code) => {
    new EncryptedSecret(app, 'other', options);
    expect(problems().map(([found]) => found)).toEqual([code, 'synth/secret-missing']);
  });

  test('names a key for an environment variable, one that is declared', () => {
    const secret = declare();
    expect(new EncryptedSecret(app, 'a', { keys: ['x'] }).key('x')).toEqual({ name: 'a', key: 'x' });
    expect(secret.key('password')).toEqual({ name: 'db', key: 'password' });
  });
});

describe('an EncryptedConfigMap', () => {
  test('has its values under data', async () => {
    const plain = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: web\ndata:\n  a: text\n';
    const sealed = await seal(plain);
    writeFiles(project, { 'secrets/web/c.sops.yaml': sealed });
    new EncryptedConfigMap(app, 'c', { keys: ['a'] });
    expect(fileText(cluster, 'apps/web/site/app/configmap-c.sops.yaml')).toBe(sealed);
  });
});

describe('an EncryptedManifest', () => {
  const plain =
    'apiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: t\n  namespace: web\nspec:\n  url: x\n  token: sesame\n';
  const rule = { kind: 'encrypted_regex', value: '^(token)$' } as const;
  const thing = (encrypted: readonly string[]) =>
    new EncryptedManifest(app, 't', { apiVersion: 'example.org/v1', kind: 'Thing', encrypted });

  test('ships its file byte for byte, and has a creation rule of its own', async () => {
    const sealed = await seal(plain, { rule });
    writeFiles(project, { 'secrets/web/t.sops.yaml': sealed });
    thing(['spec.token']);
    expect(fileText(cluster, 'apps/web/site/app/thing-t.sops.yaml')).toBe(sealed);
    expect(cluster.creationRules()).toContain(
      '  - path_regex: ^secrets/web/t\\.sops\\.yaml$\n    encrypted_regex: ^(token)$\n',
    );
  });

  test('is refused where something else is encrypted, or less, or where it is another object', async () => {
    writeFiles(project, { 'secrets/web/t.sops.yaml': await seal(plain.replace('name: t', 'name: u'), { rule }) });
    thing(['spec.url', 'spec.token']);
    expect(problems().map(([code]) => code)).toEqual(['sops/other-object', 'sops/key-missing', 'sops/rule']);
  });
});

describe('the demo recipient', () => {
  test('is warned of, once, until the author says why it is right', () => {
    cluster = new Cluster('test', {
      repository: { url: 'https://git.example.org/test.git' },
      project,
      ageRecipients: [DEMO_RECIPIENT],
    });
    expect(cluster.assemble().warnings.map(({ code }) => code)).toEqual(['synth/demo-recipient']);
    allow(cluster, 'synth/demo-recipient', 'a trial');
    expect(cluster.assemble().warnings).toEqual([]);
  });
});

describeWithTool('sops', 'what ships is', (program) => {
  test('decrypted by the real sops, also where its plain part was replaced', async () => {
    writeFiles(project, { [SOURCE]: await seal(PLAIN), 'keys.txt': `${IDENTITY}\n` });
    declare({ labels: { team: 'web' } });
    writeFiles(project, { 'out.yaml': fileText(cluster, FILE) });
    const env = { PATH: process.env.PATH, HOME: project, SOPS_AGE_KEY_FILE: path.join(project, 'keys.txt') };
    const { status, stdout } = spawnSync(program, ['-d', 'out.yaml'], { cwd: project, env, encoding: 'utf8' });
    const plain = PLAIN.replace('namespace: web\n', 'namespace: web\n  labels:\n    team: web\n');
    expect([status, stdout.replaceAll('    ', '  ')]).toEqual([0, plain.replaceAll('"', '')]);
  });
});
