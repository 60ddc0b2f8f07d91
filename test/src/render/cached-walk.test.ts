import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../src/errors.ts';
import {
  cachedWalk,
  createDiskCache,
  createEngine,
  createKustomizeProgram,
  DiskTree,
  type Engine,
  readGitTree,
  type RenderedText,
  type WalkOptions,
} from '../../../src/render/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

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
