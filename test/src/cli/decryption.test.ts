/** What build, diff and test make of what is encrypted, with a key and without, and that its values are nowhere. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { isObject, type JsonObject, readDocuments } from '../../../src/manifest/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { type Outcome, REPOSITORY } from '../../support/project.ts';
import { IDENTITY, OTHER_RECIPIENT, seal, secretText } from '../../support/sealed.ts';
import { describeWithTool } from '../../support/tools.ts';

const CANARY = 'c4n4ry-5e21fb';
const ENV_CANARY = 'c4n4ry-77aa01';
const MARK = /masked[0-9a-f]{18}/;
const NO_KEY = '';
const ALL = { kind: 'encrypted_regex', value: '.' } as const;
const base = temporaryFolder();
let count = 0;
let root: string;

const kustomization = (name: string, more = ''): string =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec:
  interval: 1h
  prune: true
  path: ./${name}
  sourceRef: { kind: GitRepository, name: flux-system }
${more}`;
const DECRYPTION = '  decryption: { provider: sops, secretRef: { name: sops-age } }\n';

beforeEach(async () => {
  count += 1;
  root = path.join(base, String(count));
  for (const folder of ['home', 'tmp', 'cache']) fs.mkdirSync(path.join(root, folder), { recursive: true });
  write({
    'clusters/home/secrets.yaml': kustomization('secrets', DECRYPTION),
    'secrets/login.yaml': await seal(
      secretText('login', { PASSWORD: CANARY }).replace('namespace: web', 'namespace: flux-system'),
    ),
    'clusters/home/site.yaml': kustomization(
      'site',
      `${DECRYPTION}  postBuild: { substituteFrom: [{ kind: Secret, name: login }] }\n`,
    ),
    'site/kustomization.yaml': 'resources: [config.yaml]\nsecretGenerator: [{ name: env, envs: [a.env] }]\n',
    'site/a.env': await seal(`A=${ENV_CANARY}\n`, { format: 'dotenv', rule: ALL }),
    'site/config.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: site, namespace: web }\ndata: { url: "https://${PASSWORD}.example" }\n',
  });
});

function write(files: Readonly<Record<string, string>>): void {
  writeFiles(path.join(root, 'repository'), files);
}

/** In a process of its own, which sees one key at most. */
function slipway(args: readonly string[], key = IDENTITY): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(REPOSITORY, 'bin/slipway.js'), ...args], {
    cwd: path.join(root, 'repository'),
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: path.join(root, 'home'),
      TMPDIR: path.join(root, 'tmp'),
      XDG_CACHE_HOME: path.join(root, 'cache'),
      ...(key !== NO_KEY && { SOPS_AGE_KEY: key }),
    },
  });
  return { status, stdout, stderr };
}

/** Files in which a value stands, as it is or in base64, those of the cache unpacked. */
function leaks(): string[] {
  const forms = [CANARY, ENV_CANARY].flatMap((value) => [value, Buffer.from(value).toString('base64').slice(0, -2)]);
  const files = fs.readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => {
      const bytes = fs.readFileSync(file);
      const texts = [bytes, unpacked(bytes)];
      return texts.some((text) => forms.some((form) => text.includes(form)));
    });
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}

function objectNamed(text: string, kind: string, name: RegExp): JsonObject {
  const objects = readDocuments(text).map(({ value }) => value);
  const found = objects.filter(isObject).find((one) => one.kind === kind && name.test(JSON.stringify(one.metadata)));
  if (found === undefined) throw new Error(`there is no ${kind} in ${text}`);
  return found;
}

describe('slipway build, with a key', () => {
  test('shows marks in place of what is encrypted, also where a variable puts it, and the same each time', () => {
    const { status, stdout, stderr } = slipway(['build']);
    expect([status, stderr]).toEqual([0, expect.stringContaining('3 Kustomizations built, 0 failed')]);
    const login = objectNamed(stdout, 'Secret', /"login"/);
    expect(login.sops).toBeUndefined();
    const mark = (login.stringData as Record<string, string>).PASSWORD ?? '';
    expect(mark).toMatch(MARK);
    expect(objectNamed(stdout, 'ConfigMap', /"site"/).data).toEqual({ url: `https://${mark}.example` });
    const made = objectNamed(stdout, 'Secret', /"env-/).data as Record<string, string>;
    expect(Buffer.from(made.A ?? '', 'base64').toString()).toMatch(MARK);
    expect(slipway(['build']).stdout).toBe(stdout);
  });

  test('leaves no value in any file, of the cache and of --out neither', () => {
    slipway(['build']);
    slipway(['build', '--out', 'out']);
    slipway(['diff', '.', '.']);
    slipway(['test']);
    expect(leaks()).toEqual([]);
    slipway(['build', '--show-secrets']);
    expect(leaks()).toEqual([]);
  });

  test('shows the values where --show-secrets asks for them, and writes them nowhere', () => {
    const { stdout } = slipway(['build', '--show-secrets']);
    expect((objectNamed(stdout, 'Secret', /"login"/).stringData as JsonObject).PASSWORD).toBe(CANARY);
    expect(objectNamed(stdout, 'ConfigMap', /"site"/).data).toEqual({ url: `https://${CANARY}.example` });
    const made = objectNamed(stdout, 'Secret', /"env-/).data as Record<string, string>;
    expect(Buffer.from(made.A ?? '', 'base64').toString()).toBe(ENV_CANARY);
    const { status, stderr } = slipway(['build', '--show-secrets', '--out', 'out']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('--show-secrets only prints')]);
  });

  test('fails where a MAC is broken, at the file and line', async () => {
    const sealed = await seal(secretText('edited', { a: 'b' }), { macOnlyEncrypted: false });
    write({ 'secrets/edited.yaml': sealed.replace('type: Opaque', 'type: Edited') });
    const { status, stderr } = slipway(['build']);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/error sops\/mac-mismatch secrets\/edited\.yaml:\d+:1 /),
    ]);
  });

  test('hides other values of Secrets too, but not what kustomize makes of the files', () => {
    write({ 'secrets/plain.yaml': secretText('plain', { a: 'plainly', b: '' }) });
    const { stdout } = slipway(['build']);
    expect(objectNamed(stdout, 'Secret', /"plain"/).stringData).toEqual({ a: 'masked00', b: '' });
    const built = slipway(['build', '--no-substitute']).stdout;
    expect(objectNamed(built, 'Secret', /"plain"/).stringData).toEqual({ a: 'plainly', b: '' });
    expect(objectNamed(built, 'Secret', /"login"/).sops).toBeDefined();
  });
});

describe('slipway build, without a key', () => {
  test('shows what is encrypted as it is in git, and a placeholder for a variable of it', () => {
    const { status, stdout, stderr } = slipway(['build'], NO_KEY);
    expect(status).toBe(0);
    expect(stderr).toContain('2 encrypted parts stay as in git, since no key here opens them');
    expect(objectNamed(stdout, 'Secret', /"login"/).sops).toBeDefined();
    expect(objectNamed(stdout, 'ConfigMap', /"site"/).data).toEqual({
      url: 'https://..PLACEHOLDER_PASSWORD...example',
    });
  });

  test('says of a variable that no Secret has a key for that it is not set', () => {
    write({
      'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: site }\ndata: { a: "${OTHER}" }\n',
    });
    const { status, stderr } = slipway(['build'], NO_KEY);
    expect([status, stderr]).toEqual([1, expect.stringContaining('flux/variable-not-set')]);
  });

  test('is not what a build with a key is given later, nor the other way round', () => {
    const without = slipway(['build'], NO_KEY).stdout;
    expect(slipway(['build']).stdout).toMatch(MARK);
    expect(slipway(['build'], NO_KEY).stdout).toBe(without);
  });
});

describe('slipway diff, with a key', () => {
  test('tells that a value changed, and nothing of it, and that one which is encrypted anew did not', async () => {
    fs.cpSync(path.join(root, 'repository'), path.join(root, 'before'), { recursive: true });
    expect(slipway(['diff', '../before', '.']).status).toBe(0);
    write({ 'site/a.env': await seal('A=c4n4ry-other\n', { format: 'dotenv', rule: ALL }) });
    const { status, stdout } = slipway(['diff', '../before', '.']);
    expect(status).toBe(1);
    expect(stdout).toContain('Secret/env-');
    expect(stdout).not.toContain('c4n4ry');
  });
});

describe('slipway test', () => {
  const findings = (key?: string): readonly string[] =>
    slipway(['test'], key)
      .stdout.split('\n')
      .filter((line) => /^(?:error|warning|note) /.test(line));

  test('finds nothing where everything is opened, and notes what it cannot open without a key', () => {
    expect(findings()).toEqual([]);
    expect(findings(NO_KEY)).toEqual([
      expect.stringMatching(/^warning test\/unknown-variables/),
      'note test/not-opened clusters/home/secrets.yaml:1:1 Kustomization/flux-system/secrets',
    ]);
  });

  test('finds what is encrypted to others than all else that the same Secret has to open, with and without a key', async () => {
    write({ 'secrets/odd.yaml': await seal(secretText('odd', { a: 'b' }), { recipients: [OTHER_RECIPIENT] }) });
    const odd = expect.stringMatching(/^error test\/odd-recipients secrets\/odd\.yaml:\d+:1 /);
    const closed = expect.stringMatching(/^warning test\/not-opened secrets\/odd\.yaml:\d+:1 /);
    expect(findings()).toEqual([odd, closed]);
    expect(findings(NO_KEY)).toEqual([
      expect.stringMatching(/^warning test\/unknown-variables/),
      odd,
      expect.stringMatching(/^note test\/not-opened/),
    ]);
  });

  test('finds values in plain text in an encrypted file, with and without a key', async () => {
    const sealed = await seal(secretText('leak', { a: 'b', c: 'd' }));
    write({ 'secrets/leak.yaml': sealed.replace(/c: ENC\[.*\]/, `c: ${CANARY}`) });
    const without = slipway(['test'], NO_KEY).stdout;
    expect(without).toMatch(/error sops\/plaintext secrets\/leak\.yaml:\d+:\d+ /);
    const { stdout } = slipway(['test']);
    expect(stdout).toMatch(/error sops\/plaintext secrets\/leak\.yaml:\d+:\d+ /);
    expect(without + stdout).not.toContain(CANARY);
  });

  test('finds generated Secrets whose sources nobody decrypts', () => {
    write({ 'clusters/home/site.yaml': kustomization('site', '  postBuild: { substitute: { PASSWORD: a } }\n') });
    write({
      'site/kustomization.yaml': 'resources: [config.yaml]\nsecretGenerator: [{ name: env, files: [a.env] }]\n',
    });
    expect(findings()).toEqual([expect.stringMatching(/^error test\/no-decryption site\/a\.env/)]);
  });
});

describeWithTool('kustomize', 'a build by the real kustomize of what is encrypted', () => {
  test('leaves no value in any file', () => {
    const { stdout } = slipway(['build', '--engine=kustomize']);
    expect(stdout).toMatch(MARK);
    expect(slipway(['build', '--engine=kustomize', '--show-secrets']).stdout).toContain(CANARY);
    expect(leaks()).toEqual([]);
  });
});
