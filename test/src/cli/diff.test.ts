import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { readFiles, temporaryFolder, writeFiles } from '../../support/folder.ts';
import { slipway } from '../../support/project.ts';

const base = temporaryFolder();
let count = 0;
let repository: string;

const kustomization = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: site, namespace: flux-system }
spec:
  prune: true
  path: ./site
  sourceRef: { kind: GitRepository, name: flux-system }
`;
const configMap = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config, namespace: web }\ndata:\n  a: "${value}"\n`;

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=me', '-c', 'user.email=me@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...who, ...args], { cwd: repository, encoding: 'utf8', stdio: 'pipe' });
}

beforeEach(() => {
  count += 1;
  repository = path.join(base, String(count));
  writeFiles(repository, {
    'clusters/home/site.yaml': kustomization,
    'site/config.yaml': configMap('1'),
    'site/claim.yaml': 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data, namespace: web }\n',
  });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
});

describe('slipway diff', () => {
  test('compares the working tree with where the branch began, danger first, and ends with 1', () => {
    git('checkout', '-q', '-b', 'change');
    writeFiles(repository, { 'site/config.yaml': configMap('2') });
    git('commit', '-q', '-a', '-m', 'second');
    fs.rmSync(path.join(repository, 'site/claim.yaml'));
    const { status, stdout, stderr } = slipway(repository, 'diff');
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout.replace(/^[0-9a-f]{7} → /, '')).toBe(`working tree

! data-loss  PersistentVolumeClaim/web/data
    It is deleted, and its volume may be deleted with it.

flux-system/site
  ~ ConfigMap/web/config  (site/config.yaml:1:1)
      data.a: 1 → 2  (line 5)
  - PersistentVolumeClaim/web/data  (was site/claim.yaml:1:1)

0 added, 1 changed, 1 removed; 1 to look at
`);
  });

  test('warns once of what does not build on both sides, and by side of what does on one', () => {
    writeFiles(repository, { 'site/kustomization.yaml': 'resources: [config.yaml, gone.yaml]\n' });
    git('add', '-A');
    git('commit', '-q', '-m', 'broken');
    expect(slipway(repository, 'diff', 'HEAD', '.').stderr.match(/^.*warning /gm)).toEqual([
      'HEAD, working tree: warning ',
    ]);
    expect(slipway(repository, 'diff', 'HEAD~1', '.').stderr.match(/^.*warning /gm)).toEqual([
      'working tree: warning ',
    ]);
  });

  test('says that nothing changes, and ends with 0', () => {
    writeFiles(repository, { 'README.md': 'new\n' });
    expect(slipway(repository, 'diff', 'HEAD')).toMatchObject({ status: 0, stdout: 'The cluster stays as it is.\n' });
  });

  test('compares revisions and folders, and changes neither', () => {
    const other = path.join(base, `other-${count}`);
    fs.cpSync(repository, other, { recursive: true });
    writeFiles(other, { 'site/config.yaml': configMap('3') });
    const before = readFiles(repository);
    expect(slipway(repository, 'diff', 'main', other).stdout).toContain('data.a: 1 → 3  (line 5)\n');
    expect(readFiles(repository)).toEqual(before);
  });

  test('prints JSON, markdown and a page of HTML, with what the repository says escaped', () => {
    writeFiles(repository, { 'site/config.yaml': configMap('<script>```') });
    const json = JSON.parse(slipway(repository, 'diff', 'HEAD', '-o', 'json').stdout) as { changes: unknown[] };
    expect(json.changes).toEqual([
      expect.objectContaining({
        change: 'changed',
        kind: 'ConfigMap',
        name: 'config',
        kustomization: 'flux-system/site',
        place: { file: 'site/config.yaml', line: 1, column: 1 },
        differences: [
          {
            pointer: '/data/a',
            before: '1',
            after: '<script>```',
            place: { file: 'site/config.yaml', line: 5, column: 6 },
          },
        ],
      }),
    ]);
    const markdown = slipway(repository, 'diff', 'HEAD', '-o', 'markdown').stdout;
    expect(markdown).toContain('### What this does to the cluster\n');
    expect(markdown.match(/```/g)).toHaveLength(2);
    const html = slipway(repository, 'diff', 'HEAD', '-o', 'html').stdout;
    expect(html).toContain(
      '<th scope="row">data.a <small>line 5</small></th><td data-side="before">1</td><td data-side="after">&lt;script&gt;```</td>',
    );
    expect(html).not.toMatch(/<script|https?:/);
  });

  test.each([
    [['nowhere'], 'There is no revision "nowhere" in git, and no folder of that name.'],
    [['HEAD', '--entry=clusters/nowhere'], 'The repository has no folder "clusters/nowhere" for an entry.'],
    [['--output=yaml'], "There is no output format 'yaml'."],
    [['a', 'b', 'c'], 'There is one operand too many: c.'],
  ])('with %j is wrong use', (args, message) => {
    const { status, stderr } = slipway(repository, 'diff', ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
