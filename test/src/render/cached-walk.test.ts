import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../src/errors.ts';
import {
  cachedWalk,
  createDiskCache,
  createEngine,
  createKustomizeProgram,
  DiskTree,
  type Engine,
  MaskedValues,
  readGitTree,
  type RenderedText,
  type WalkOptions,
} from '../../../src/render/index.ts';
import { findKeyring, keyringOf } from '../../../src/sops/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { IDENTITY, seal, secretText } from '../../support/sealed.ts';

const base = temporaryFolder();
let count = 0;
let builds = 0;
let repository: string;
let cache: string;

const native = createEngine(createKustomizeProgram(undefined, undefined));
/** Counts what is built. */
const engine: Engine = {
  name: 'native',
  build: (tree, folder) => {
    builds += 1;
    return native.build(tree, folder);
  },
  trace: (tree, folder) => native.trace(tree, folder),
};

beforeEach(() => {
  count += 1;
  builds = 0;
  repository = path.join(base, `repository-${count}`);
  cache = path.join(base, `cache-${count}`);
  writeFiles(repository, {
    'entry/site.yaml':
      'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: site, namespace: flux-system }\nspec: { path: ./site, sourceRef: { kind: GitRepository, name: flux-system } }\n',
    'entry/broken.yaml':
      'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: broken, namespace: flux-system }\nspec: { path: ./nowhere, sourceRef: { kind: GitRepository, name: flux-system } }\n',
    'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\ndata: { a: "1" }\n',
  });
});

function render(more: Partial<WalkOptions> = {}): Promise<readonly RenderedText[]> {
  const options = { tree: new DiskTree(repository), entry: 'entry', engine, ...more };
  return cachedWalk(options, createDiskCache(cache));
}

const shown = async (walked: Promise<readonly RenderedText[]>): Promise<unknown> =>
  Promise.all(
    (await walked).map(async ({ name, objects, error, status, text, trace }) => {
      return { name, objects, status, code: error?.code, text: text(), parts: (await trace())?.objects };
    }),
  );

describe('a walk that is kept', () => {
  test('is what it was, without a build, where no file changed', async () => {
    const first = await shown(render());
    expect(builds).toBeGreaterThan(0);
    builds = 0;
    const again = await render();
    expect(builds).toBe(0);
    expect(again.find(({ name }) => name === 'broken')?.error).toBeInstanceOf(SlipwayError);
    expect(await shown(Promise.resolve(again))).toEqual(first);
  });

  test.each([
    ['a file is another', { 'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n' }],
    ['a file came', { 'site/more.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: more }\n' }],
    ['a folder came', { 'nowhere/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: found }\n' }],
  ])('is made anew where %s', async (_what, files) => {
    const first = await shown(render());
    writeFiles(repository, files);
    expect(await shown(render())).not.toEqual(first);
  });

  test('is, after a change of one file, built anew in the folders that take it alone, and both are kept', async () => {
    const before = await shown(render());
    builds = 0;
    writeFiles(repository, { 'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n' });
    const after = await shown(render());
    expect(builds).toBe(1);
    writeFiles(repository, {
      'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\ndata: { a: "1" }\n',
    });
    expect(await shown(render())).toEqual(before);
    writeFiles(repository, { 'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n' });
    expect(await shown(render())).toEqual(after);
    expect(builds).toBe(1);
  });

  test('of a commit needs none of its files', async () => {
    const git = (...args: readonly string[]): unknown => execFileSync('git', args, { cwd: repository });
    git('init', '-q');
    git('add', '-A');
    git('-c', 'user.name=me', '-c', 'user.email=me@example.org', 'commit', '-q', '-m', 'first');
    const first = await render({ tree: readGitTree(repository, 'HEAD') });
    const tree = readGitTree(repository, 'HEAD');
    fs.rmSync(path.join(repository, '.git'), { recursive: true });
    const again = await render({ tree });
    expect(again.map(({ name, objects }) => [name, objects])).toEqual(
      first.map(({ name, objects }) => [name, objects]),
    );
    expect(() => tree.read('site/config.yaml')).toThrow(SlipwayError);
  });

  test('is made anew where what was kept cannot be read', async () => {
    const first = await shown(render());
    for (const name of fs.readdirSync(cache)) fs.writeFileSync(path.join(cache, name), 'no gzip');
    expect(await shown(render())).toEqual(first);
  });

  test('is kept where nobody else can read it, and not at all with variables from outside', async () => {
    await render();
    for (const name of fs.readdirSync(cache)) expect(fs.statSync(path.join(cache, name)).mode & 0o077).toBe(0);
    fs.rmSync(cache, { recursive: true });
    await render({ variables: new Map([['PASSWORD', 'hunter2']]) });
    expect(fs.existsSync(cache)).toBe(false);
  });

  test('goes when the cache is larger than it may be, the longest unused first', () => {
    const small = createDiskCache(cache, 100);
    small.set('a', 'x'.repeat(10));
    fs.utimesSync(path.join(cache, 'a'), 1, 1);
    for (const key of ['b', 'c', 'd', 'e']) small.set(key, String(Math.PI).repeat(3));
    expect(small.get('a')).toBeUndefined();
    expect(small.get('e')).toBe(String(Math.PI).repeat(3));
  });
});

const KUSTOMIZATION = 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n';
const SOURCE = 'sourceRef: { kind: GitRepository, name: flux-system }';

describe('a walk that met variables', () => {
  const withVariables = (a: string, b: string): void => {
    const of = (name: string): string =>
      `${KUSTOMIZATION}metadata: { name: ${name}, namespace: flux-system }\n` +
      `spec: { path: ./${name}, ${SOURCE}, postBuild: { substituteFrom: [{ kind: ConfigMap, name: values }] } }\n`;
    writeFiles(repository, {
      'entry/a.yaml': of('a'),
      'entry/b.yaml': of('b'),
      'entry/values.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: values, namespace: flux-system }\n' +
        `data: { A: ${a}, B: ${b} }\n`,
      'a/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { a: "${A}" }\n',
      'b/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: b }\ndata: { b: "${B}" }\n',
    });
  };

  test('is built anew where one of them changed, and nowhere else', async () => {
    withVariables('one', 'one');
    await render();
    builds = 0;
    withVariables('one', 'two');
    const texts = (await render()).map(({ name, text }) => [name, text()]);
    // The entry and b.
    expect(builds).toBe(2);
    expect(Object.fromEntries(texts)).toMatchObject({
      a: expect.stringContaining('a: one') as unknown,
      b: expect.stringContaining('b: two') as unknown,
    });
  });

  test('still says which of them are not known', async () => {
    writeFiles(repository, {
      'entry/site.yaml':
        `${KUSTOMIZATION}metadata: { name: site, namespace: flux-system }\n` +
        `spec: { path: ./site, ${SOURCE}, postBuild: { substituteFrom: [{ kind: ConfigMap, name: of-the-cluster }] } }\n`,
      'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\ndata: { a: "${DOMAIN}" }\n',
    });
    const unknown = async (): Promise<unknown> =>
      (await render()).find(({ name }) => name === 'site')?.unknownVariables;
    expect(await unknown()).toEqual(['DOMAIN']);
    writeFiles(repository, { 'entry/more.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: more }\n' });
    builds = 0;
    expect(await unknown()).toEqual(['DOMAIN']);
    // The entry alone.
    expect(builds).toBe(1);
  });
});

describe('a walk that met something encrypted', () => {
  const withKey = (identity: string): Partial<WalkOptions> => ({ keyring: () => Promise.resolve(keyringOf(identity)) });
  const opened = (walked: readonly RenderedText[]): unknown =>
    walked.flatMap(({ encrypted }) => encrypted.map(({ isOpen }) => isOpen));
  const kept = (): string =>
    fs
      .readdirSync(cache)
      .map((name) => gunzipSync(fs.readFileSync(path.join(cache, name))).toString())
      .join('\n');

  beforeEach(async () => {
    writeFiles(repository, {
      'entry/site.yaml':
        `${KUSTOMIZATION}metadata: { name: site, namespace: flux-system }\n` +
        `spec: { path: ./site, ${SOURCE}, decryption: { provider: sops } }\n`,
      'site/secret.yaml': await seal(secretText('login', { password: 'correct horse' })),
    });
  });

  test('is kept for the same key, with marks in place of the values, and nothing of the key', async () => {
    const first = await render(withKey(IDENTITY));
    expect(opened(first)).toEqual([true]);
    builds = 0;
    const again = await render(withKey(IDENTITY));
    expect(builds).toBe(0);
    expect(again.map(({ text }) => text())).toEqual(first.map(({ text }) => text()));
    expect(kept()).toContain('masked');
    for (const secret of ['correct horse', Buffer.from('correct horse').toString('base64'), IDENTITY]) {
      expect(kept()).not.toContain(secret);
    }
  });

  test('is another with another key, and without one', async () => {
    const { generateX25519Identity } = await import('age-encryption');
    const stranger = withKey(await generateX25519Identity());
    expect(opened(await render(withKey(IDENTITY)))).toEqual([true]);
    expect(opened(await render(stranger))).toEqual([false]);
    expect(opened(await render(withKey('')))).toEqual([false]);
    expect(opened(await render(withKey(IDENTITY)))).toEqual([true]);
    expect(opened(await render())).toEqual([]);
  });

  test('of a commit is another with another key', async () => {
    const git = (...args: readonly string[]): unknown => execFileSync('git', args, { cwd: repository });
    git('init', '-q');
    git('add', '-A');
    git('-c', 'user.name=me', '-c', 'user.email=me@example.org', 'commit', '-q', '-m', 'first');
    const tree = readGitTree(repository, 'HEAD');
    expect(opened(await render({ tree, ...withKey(IDENTITY) }))).toEqual([true]);
    expect(opened(await render({ tree, ...withKey('') }))).toEqual([false]);
    expect(opened(await render({ tree, ...withKey(IDENTITY) }))).toEqual([true]);
  });

  test('is not kept where what a command gives would open it', async () => {
    const environment = { SOPS_AGE_KEY_CMD: `echo ${IDENTITY}` };
    const keyring = findKeyring({ environment, home: path.join(base, 'nobody') });
    const options = { keyring: () => Promise.resolve(keyring) };
    expect(opened(await render(options))).toEqual([true]);
    builds = 0;
    expect(opened(await render(options))).toEqual([true]);
    expect(builds).toBeGreaterThan(0);
    expect(kept()).not.toContain('masked');
  });

  test('tells what charts are to know of the values each time, where a HelmRelease takes any', async () => {
    const release = (more: string): string =>
      `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: a, namespace: web }\nspec: { interval: 1h${more} }\n`;
    const known = async (): Promise<boolean> => {
      const maskedValues = new MaskedValues();
      const texts = (await render({ ...withKey(IDENTITY), maskedValues })).map(({ text }) => text()).join('');
      return maskedValues.get(/masked[0-9a-f]+/.exec(texts)?.[0] ?? '') !== undefined;
    };
    writeFiles(repository, { 'site/release.yaml': release(', valuesFrom: [{ kind: Secret, name: login }]') });
    expect([await known(), await known()]).toEqual([true, true]);
    writeFiles(repository, { 'site/release.yaml': release('') });
    await known();
    builds = 0;
    await known();
    expect(builds).toBe(0);
  });

  test('asks for keys where something may be encrypted, and nowhere else', async () => {
    let asked = 0;
    const keyring = (): Promise<ReturnType<typeof keyringOf>> => {
      asked += 1;
      return Promise.resolve(keyringOf(IDENTITY));
    };
    await render({ keyring });
    expect(asked).toBeGreaterThan(0);
    writeFiles(repository, {
      'entry/site.yaml': `${KUSTOMIZATION}metadata: { name: site, namespace: flux-system }\nspec: { path: ./site, ${SOURCE} }\n`,
    });
    asked = 0;
    await render({ keyring });
    await render({ keyring });
    expect(asked).toBe(0);
  });
});
