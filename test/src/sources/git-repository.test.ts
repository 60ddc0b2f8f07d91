import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../src/manifest/index.ts';
import {
  collectGarbage,
  fetchGitRepository,
  findArtifact,
  type GitArtifact,
  type GitFetchOptions,
  type GitSecrets,
  openStorage,
  snapshotWorkingTree,
  type Storage,
  fetchUnlessKnown,
} from '../../../src/sources/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { gitHost, GitWork } from '../../support/git-repository.ts';
import { failureOf, filesOf, gitRepository, modesOf } from './support.ts';

const host = await gitHost();
const storage = openStorage(temporaryFolder());
const outside = temporaryFolder();
const scratch = temporaryFolder();
const newFolder = () => fs.mkdtempSync(path.join(scratch, 'own-'));

const app = new GitWork(host.root, 'app');
const first = app.commit({ 'a.yaml': 'a: 1\n', 'apps/web/b.yaml': 'b: 2\n', 'apps-old/c.yaml': 'c: 3\n' });
app.git('tag', 'v1.0.0');
app.git('branch', 'feature/x');
app.git('update-ref', 'refs/pull/7/head', first);
const second = app.commit({ 'a.yaml': 'a: 2\n' });
app.git('tag', '--annotate', '--message=two', 'v1.1.0');
app.git('tag', 'v2.0.0-rc.1');
app.git('tag', 'v1.0.5+b');
app.git('checkout', '--quiet', 'feature/x');
const third = app.commit({ 'feature.yaml': 'f: 3\n' });
app.git('tag', 'v1.0.5+a');
app.git('checkout', '--quiet', 'main');
app.git('update-ref', 'refs/slipway-test/loose', app.git('commit-tree', '-m', 'of no branch', `${second}^{tree}`));
const loose = app.git('rev-parse', 'refs/slipway-test/loose');

async function fetchApp(
  spec: Record<string, Json>,
  options: Partial<GitFetchOptions> = {},
  secrets: GitSecrets = {},
): Promise<GitArtifact> {
  return fetchGitRepository(gitRepository(`${host.url}/app`, spec), secrets, { storage, ...options });
}

function files(artifact: GitArtifact): string[] {
  return Object.keys(filesOf(artifact)).sort();
}

describe('what spec.ref names', () => {
  test.each([
    ['a branch', { branch: 'main' }, `main@sha1:${second}`],
    ['a branch with a slash', { branch: 'feature/x' }, `feature/x@sha1:${third}`],
    ['a tag', { tag: 'v1.0.0' }, `v1.0.0@sha1:${first}`],
    ['an annotated tag, by its commit', { tag: 'v1.1.0' }, `v1.1.0@sha1:${second}`],
    ['the newest version of a range', { semver: '1.x' }, `v1.1.0@sha1:${second}`],
    ['a pre-release that is asked for', { semver: '>=2.0.0-0' }, `v2.0.0-rc.1@sha1:${second}`],
    ['the newer commit of two builds of a version', { semver: '~1.0.5' }, `v1.0.5+a@sha1:${third}`],
    ['a branch by its whole name', { name: 'refs/heads/main' }, `refs/heads/main@sha1:${second}`],
    ['a tag by its whole name', { name: 'refs/tags/v1.1.0' }, `refs/tags/v1.1.0@sha1:${second}`],
    ['the commit of a tag', { name: 'refs/tags/v1.1.0^{}' }, `refs/tags/v1.1.0^{}@sha1:${second}`],
    ['a pull request', { name: 'refs/pull/7/head' }, `refs/pull/7/head@sha1:${first}`],
    ['a commit', { commit: first }, `sha1:${first}`],
    ['a commit of a branch', { commit: first, branch: 'main' }, `main@sha1:${first}`],
    ['a commit before a name', { commit: first, name: 'refs/heads/main' }, `sha1:${first}`],
    ['a name before a tag', { name: 'refs/heads/main', tag: 'v1.0.0' }, `refs/heads/main@sha1:${second}`],
    ['a tag before a range', { tag: 'v1.0.0', semver: '*' }, `v1.0.0@sha1:${first}`],
    ['a range before a branch', { semver: '*', branch: 'main' }, `v1.1.0@sha1:${second}`],
  ])('may be %s', async (_, ref, revision) => {
    const artifact = await fetchApp({ ref });
    expect(artifact.revision).toBe(revision);
    const content = filesOf(artifact)['a.yaml'];
    expect(content).toBe(revision.endsWith(second) ? 'a: 2\n' : 'a: 1\n');
  });

  test('is the branch master where it says nothing', async () => {
    const old = new GitWork(host.root, 'old', 'master');
    const commit = old.commit({ 'a.yaml': '' });
    const artifact = await fetchGitRepository(gitRepository(`${host.url}/old`), {}, { storage });
    expect(artifact.revision).toBe(`master@sha1:${commit}`);
  });

  test.each([
    [{ branch: 'none' }, 'sources/ref-missing'],
    [{ tag: 'v9' }, 'sources/ref-missing'],
    [{ name: 'refs/pull/8/head' }, 'sources/ref-missing'],
    [{ semver: '>=9' }, 'sources/semver-no-match'],
    [{ commit: 'a'.repeat(40) }, 'sources/commit-missing'],
    [{ commit: third, branch: 'main' }, 'sources/commit-missing'],
    [{ commit: loose }, 'sources/commit-missing'],
    [{ commit: first, branch: 'none' }, 'sources/ref-missing'],
  ])('is refused where there is nothing of the kind: %j', async (ref, code) => {
    expect((await failureOf(fetchApp({ ref }))).code).toBe(code);
  });

  test('is shown beside what there is where it is missing', async () => {
    const error = await failureOf(fetchApp({ ref: { branch: 'none' } }));
    expect(error.remedy).toContain('feature/x, main');
    expect(error.place.object).toBe('GitRepository/flux-system/app');
  });

  test('is nothing in an empty repository', async () => {
    new GitWork(host.root, 'empty');
    const empty = gitRepository(`${host.url}/empty`);
    expect((await failureOf(fetchGitRepository(empty, {}, { storage }))).code).toBe('sources/repository-empty');
  });
});

describe('a fetch', () => {
  test('tells who made the commit, and when', async () => {
    const { commit } = await fetchApp({ ref: { tag: 'v1.0.0' } });
    expect(commit).toMatchObject({
      hash: first,
      message: 'change',
      author: { name: 'Ada', email: 'ada@example.com', at: Date.UTC(2026, 0, 1, 0, 1) },
    });
  });

  test('takes over a commit that was pushed since', async () => {
    const moving = new GitWork(host.root, 'moving');
    const spec = gitRepository(`${host.url}/moving`, { ref: { branch: 'main' } });
    moving.commit({ 'a.yaml': '1', 'gone.yaml': '' });
    await fetchGitRepository(spec, {}, { storage });
    fs.rmSync(path.join(moving.folder, 'gone.yaml'));
    const commit = moving.commit({ 'a.yaml': '2' });
    const artifact = await fetchGitRepository(spec, {}, { storage });
    expect(artifact.revision).toBe(`main@sha1:${commit}`);
    expect(filesOf(artifact)).toEqual({ 'a.yaml': '2' });
  });

  test('takes over what an artifact has already of what the next commit holds', async () => {
    const own = openStorage(newFolder());
    const moving = new GitWork(host.root, 'mostly-the-same');
    const spec = gitRepository(`${host.url}/mostly-the-same`, { ref: { branch: 'main' } });
    moving.commit({ 'a.yaml': '1', 'apps/b.yaml': 'b' });
    const before = await fetchGitRepository(spec, {}, { storage: own });
    moving.git('mv', 'apps/b.yaml', 'moved.yaml');
    moving.commit({ 'a.yaml': '2', 'run.sh': 'b' });
    fs.chmodSync(path.join(moving.folder, 'run.sh'), 0o755);
    moving.commit({});
    const after = await fetchGitRepository(spec, {}, { storage: own });
    expect(filesOf(after)).toEqual({ 'a.yaml': '2', 'moved.yaml': 'b', 'run.sh': 'b' });
    expect(modesOf(after)).toMatchObject({ 'moved.yaml': '-', 'run.sh': 'x' });
    expect(findArtifact(openStorage(own.folder), after.digest)).toEqual(after.stored);
    // What was collected, or is gone, is read from git anew.
    collectGarbage(own, new Set([after.digest]), Date.now() + 3_600_000);
    expect(fs.existsSync(before.stored.file)).toBe(false);
    fs.rmSync(after.stored.file);
    moving.commit({ 'c.yaml': 'c' });
    const last = await fetchGitRepository(spec, {}, { storage: own });
    expect(filesOf(last)).toEqual({ 'a.yaml': '2', 'moved.yaml': 'b', 'run.sh': 'b', 'c.yaml': 'c' });
  });

  test('takes over history that was written anew', async () => {
    const moving = new GitWork(host.root, 'rewritten');
    const spec = gitRepository(`${host.url}/rewritten`, { ref: { branch: 'main' } });
    moving.commit({ 'a.yaml': '1' });
    await fetchGitRepository(spec, {}, { storage });
    const commit = moving.commit({ 'a.yaml': '2' }, '--amend');
    expect((await fetchGitRepository(spec, {}, { storage })).revision).toBe(`main@sha1:${commit}`);
  });

  test('may run beside others of the same repository', async () => {
    const revisions = await Promise.all(
      ['main', 'main', 'feature/x', 'main'].map(async (branch) => (await fetchApp({ ref: { branch } })).revision),
    );
    expect(revisions).toEqual([
      `main@sha1:${second}`,
      `main@sha1:${second}`,
      `feature/x@sha1:${third}`,
      `main@sha1:${second}`,
    ]);
  });

  test('fetches anew where what it fetched before is broken', async () => {
    const own = openStorage(newFolder());
    await fetchApp({ ref: { branch: 'main' } }, { storage: own });
    const [cache = ''] = fs.readdirSync(path.join(own.folder, 'git'));
    fs.rmSync(path.join(own.folder, 'git', cache, 'objects'), { recursive: true });
    expect((await fetchApp({ ref: { branch: 'main' } }, { storage: own })).revision).toBe(`main@sha1:${second}`);
  });

  test('leaves nothing behind but the artifact and what makes the next fetch small', async () => {
    const own = openStorage(newFolder());
    await fetchApp({ ref: { branch: 'main' } }, { storage: own });
    await failureOf(fetchApp({ ref: { branch: 'none' } }, { storage: own }));
    expect(fs.readdirSync(path.join(own.folder, 'tmp'))).toEqual([]);
    expect(fs.readdirSync(path.join(own.folder, 'artifacts'))).toHaveLength(1);
    expect(fs.readdirSync(path.join(own.folder, 'git'))).toHaveLength(1);
  });

  test('gives the same artifact for the same files, whatever the revision', async () => {
    const [byBranch, byTag] = [await fetchApp({ ref: { branch: 'main' } }), await fetchApp({ ref: { tag: 'v1.1.0' } })];
    expect(byTag.digest).toBe(byBranch.digest);
    expect(byTag.stored.file).toBe(byBranch.stored.file);
    expect((await fetchApp({ ref: { tag: 'v1.0.0' } })).digest).not.toBe(byBranch.digest);
  });

  test('refuses what is larger than its limits', async () => {
    const many = failureOf(fetchApp({ ref: { branch: 'main' } }, { limits: { maxBytes: 1e6, maxFiles: 2 } }));
    expect((await many).code).toBe('sources/too-large');
    const own = openStorage(newFolder());
    const large = failureOf(
      fetchApp({ ref: { branch: 'main' } }, { storage: own, limits: { maxBytes: 5, maxFiles: 9 } }),
    );
    expect((await large).code).toBe('sources/too-large');
  });

  test('ends when it is called off', async () => {
    const reason = new Error('called off');
    await expect(fetchApp({ ref: { branch: 'main' } }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('polling', () => {
  const fetchNew = async (ref: Json, known: string, own: Storage) =>
    fetchUnlessKnown(gitRepository(`${host.url}/app`, { ref }), {}, known, { storage: own });

  test.each<[Record<string, Json>, string]>([
    [{ branch: 'main' }, `main@sha1:${second}`],
    [{ tag: 'v1.1.0' }, `v1.1.0@sha1:${second}`],
    [{ semver: '1.x' }, `v1.1.0@sha1:${second}`],
    [{ name: 'refs/pull/7/head' }, `refs/pull/7/head@sha1:${first}`],
  ])('fetches nothing where the reference still means what is known: %j', async (ref, revision) => {
    const own = openStorage(fs.mkdtempSync(path.join(scratch, 'own-')));
    expect(await fetchNew(ref, revision, own)).toBeUndefined();
    expect(fs.readdirSync(path.join(own.folder, 'git'))).toEqual([]);
    expect(await fetchNew(ref, 'main@sha1:other', own)).toMatchObject({ revision });
  });

  test.each<[Record<string, Json>]>([[{ commit: first }], [{ semver: '~1.0.5' }]])(
    'fetches where only that can tell: %j',
    async (ref) => {
      const { revision } = await fetchApp({ ref });
      expect(await fetchNew(ref, revision, storage)).toMatchObject({ revision });
    },
  );
});

describe('what of a repository is in its artifact', () => {
  const all = new GitWork(host.root, 'all');
  fs.symlinkSync('/etc/passwd', path.join(all.folder, 'link'));
  fs.symlinkSync(outside, path.join(all.folder, 'folder-link'));
  writeFiles(all.folder, { 'run.sh': '#!/bin/sh\n', 'large.bin': 'x'.repeat(300_000) });
  fs.chmodSync(path.join(all.folder, 'run.sh'), 0o755);
  all.commit({
    '.gitattributes': '*.txt text eol=crlf filter=evil export-ignore\n',
    'text.txt': 'one\ntwo\n',
    'empty.yaml': '',
    'picture.png': '',
    '.github/workflows/ci.yaml': '',
    'docs/readme.md': '',
    'docs/.sourceignore.md': '',
    'only-picture/a.png': '',
  });
  const fetchAll = async (spec: Record<string, Json> = {}) =>
    fetchGitRepository(gitRepository(`${host.url}/all`, { ref: { branch: 'main' }, ...spec }), {}, { storage });

  test('is every regular file as it was committed, but what Flux leaves out; no links, and nothing of git’s filters', async () => {
    const artifact = await fetchAll();
    expect(files(artifact)).toEqual([
      'docs/.sourceignore.md',
      'docs/readme.md',
      'empty.yaml',
      'large.bin',
      'run.sh',
      'text.txt',
    ]);
    expect(filesOf(artifact)).toMatchObject({ 'text.txt': 'one\ntwo\n', 'large.bin': 'x'.repeat(300_000) });
    expect(modesOf(artifact)).toMatchObject({ 'run.sh': 'x', 'text.txt': '-', 'only-picture': 'd' });
    expect(artifact).toMatchObject({ files: 6, size: 300_000 + 18 });
  });

  test('is what spec.ignore leaves, which puts the defaults out of use', async () => {
    const artifact = await fetchAll({ ignore: '/*\n!/docs\n!*.png\n' });
    expect(files(artifact)).toEqual(['docs/.sourceignore.md', 'docs/readme.md', 'only-picture/a.png', 'picture.png']);
  });

  test('is what the .sourceignore files leave, the inner ones last, and spec.ignore after them', async () => {
    const ignoring = new GitWork(host.root, 'ignoring');
    ignoring.commit({
      '.sourceignore': '*.md\n',
      'a.md': '',
      'b.yaml': '',
      'inner/.sourceignore': '!*.md\nb.yaml\n',
      'inner/a.md': '',
      'inner/b.yaml': '',
      'inner/c.yaml': '',
    });
    const spec = (more: Record<string, Json>) =>
      gitRepository(`${host.url}/ignoring`, { ref: { branch: 'main' }, ...more });
    const artifact = await fetchGitRepository(spec({}), {}, { storage });
    expect(files(artifact)).toEqual(['.sourceignore', 'b.yaml', 'inner/.sourceignore', 'inner/a.md', 'inner/c.yaml']);
    const again = await fetchGitRepository(spec({ ignore: 'c.yaml\n' }), {}, { storage });
    expect(files(again)).toEqual(['.sourceignore', 'b.yaml', 'inner/.sourceignore', 'inner/a.md']);
  });

  test('is what begins with a path of spec.sparseCheckout', async () => {
    const artifact = await fetchApp({ ref: { branch: 'main' }, sparseCheckout: ['./apps'] });
    expect(files(artifact)).toEqual(['apps-old/c.yaml', 'apps/web/b.yaml']);
    const narrow = await fetchApp({ ref: { branch: 'main' }, sparseCheckout: ['apps/'] });
    expect(files(narrow)).toEqual(['apps/web/b.yaml']);
    const error = await failureOf(fetchApp({ ref: { branch: 'main' }, sparseCheckout: ['app'] }));
    expect(error.code).toBe('sources/sparse-path-missing');
  });

  test('is also what spec.include takes from other artifacts', async () => {
    const other = await otherArtifact();
    const include = [
      { repository: { name: 'other' }, fromPath: 'deploy', toPath: 'vendor/other' },
      { repository: { name: 'other' } },
    ];
    const artifact = await fetchApp({ ref: { tag: 'v1.0.0' }, include }, { includes: [other, other] });
    expect(files(artifact)).toEqual([
      'a.yaml',
      'apps-old/c.yaml',
      'apps/web/b.yaml',
      'other/deploy/d.yaml',
      'other/e.yaml',
      'vendor/other/d.yaml',
    ]);
    expect(filesOf(artifact)).toMatchObject({ 'other/deploy/d.yaml': 'd', 'vendor/other/d.yaml': 'd' });
  });

  test.each([
    [{ fromPath: 'none', toPath: 'x' }],
    [{ fromPath: 'deploy', toPath: 'apps' }],
    [{ fromPath: 'deploy', toPath: 'a.yaml' }],
    [{ fromPath: 'deploy', toPath: 'a.yaml/x' }],
    [{ fromPath: 'deploy', toPath: '../..' }],
  ])('is refused where an include has no place or no source: %j', async (paths) => {
    const include = [{ repository: { name: 'other' }, ...paths }];
    const error = await failureOf(
      fetchApp({ ref: { branch: 'main' }, include }, { includes: [await otherArtifact()] }),
    );
    expect(error.code).toBe('sources/include-failed');
  });

  test('never lies outside of it', async () => {
    const evil = new GitWork(host.root, 'evil');
    evil.commit({ 'a.yaml': '' });
    const blob = evil.git('rev-parse', 'HEAD:a.yaml');
    const inner = rawTree(evil, [['100644', 'passwd', blob]]);
    const outer = rawTree(evil, [['40000', '..', inner]]);
    evil.git('update-ref', 'refs/heads/main', evil.git('commit-tree', '-m', 'evil', outer));
    const spec = gitRepository(`${host.url}/evil`, { ref: { branch: 'main' } });
    expect((await failureOf(fetchGitRepository(spec, {}, { storage }))).code).toBe('sources/path-refused');
    expect(fs.existsSync(path.join(storage.folder, 'passwd'))).toBe(false);
  });
});

async function otherArtifact() {
  const folder = newFolder();
  writeFiles(folder, { 'deploy/d.yaml': 'd', 'e.yaml': '' });
  return (await snapshotWorkingTree(folder, { storage })).stored;
}

/** A tree object that git itself would not make. */
function rawTree(work: GitWork, entries: readonly (readonly [mode: string, name: string, hash: string])[]): string {
  const bytes = entries.flatMap(([mode, name, hash]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(hash, 'hex')]);
  const file = path.join(work.folder, '.git', 'tree');
  fs.writeFileSync(file, Buffer.concat(bytes));
  return work.git('hash-object', '-t', 'tree', '-w', '--literally', file);
}

describe('submodules', () => {
  const library = new GitWork(host.root, 'library');
  const nested = new GitWork(host.root, 'nested');
  nested.commit({ 'n.yaml': 'n: 1\n' });
  library.commit({ 'old.yaml': '' });
  library.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', '../nested', 'deep');
  const pinned = library.commit({ 'l.yaml': 'l: 1\n' });
  library.commit({ 'l.yaml': 'l: 2\n' });
  const parent = new GitWork(host.root, 'parent');
  parent.commit({
    'p.yaml': '',
    '.gitmodules': `[submodule "lib"]\n\tpath = vendor/lib\n\turl = ../library\n\tupdate = !touch ${outside}/ran\n`,
  });
  parent.git('update-index', '--add', '--cacheinfo', `160000,${pinned},vendor/lib`);
  parent.git('commit', '--quiet', '--message=submodule');

  const spec = (more: Record<string, Json>) =>
    gitRepository(`${host.url}/parent`, { ref: { branch: 'main' }, ...more });

  test('are empty folders where spec.recurseSubmodules is not set', async () => {
    const artifact = await fetchGitRepository(spec({}), {}, { storage });
    expect(files(artifact)).toEqual(['p.yaml']);
    expect(modesOf(artifact)).toMatchObject({ 'vendor/lib': 'd' });
  });

  test('are followed, theirs too, at the commits that are pinned', async () => {
    const artifact = await fetchGitRepository(spec({ recurseSubmodules: true }), {}, { storage });
    expect(filesOf(artifact)).toEqual({
      'p.yaml': '',
      'vendor/lib/l.yaml': 'l: 1\n',
      'vendor/lib/old.yaml': '',
      'vendor/lib/deep/n.yaml': 'n: 1\n',
    });
    expect(fs.readdirSync(outside)).toEqual([]);
  });

  test.each([
    ['file:///etc', 'sources/submodule-failed'],
    ['ext::sh -c true', 'sources/submodule-failed'],
    ['../not-there', 'sources/not-found'],
    ['--upload-pack=true', 'sources/submodule-failed'],
    ['-oProxyCommand=true:x', 'sources/submodule-failed'],
  ])('are refused from %s', async (url, code) => {
    const bad = new GitWork(host.root, `bad-${Buffer.from(url).toString('hex')}`);
    bad.commit({ '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = "${url}"\n` });
    bad.git('update-index', '--add', '--cacheinfo', `160000,${pinned},lib`);
    bad.git('commit', '--quiet', '--message=submodule');
    const name = path.basename(bad.folder);
    const bad1 = gitRepository(`${host.url}/${name}`, { ref: { branch: 'main' }, recurseSubmodules: true });
    const error = await failureOf(fetchGitRepository(bad1, {}, { storage }));
    expect(error.code).toBe(code);
    expect(error.message).toContain('The submodule "lib"');
  });
});
