import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { slipway } from '../../support/project.ts';

const base = temporaryFolder();
let count = 0;
let repository: string;

const kustomization = (name: string, folder: string, more = ''): string =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${name}
  namespace: flux-system
spec:
  path: ${folder}
  sourceRef: { kind: GitRepository, name: flux-system }
${more}`;

beforeEach(() => {
  count += 1;
  repository = path.join(base, String(count));
  writeFiles(repository, {
    'clusters/home/apps.yaml': kustomization(
      'apps',
      './apps',
      '  patches:\n    - target: { kind: Kustomization }\n      patch: |\n        - { op: add, path: /spec/targetNamespace, value: web }\n',
    ),
    'apps/site/ks.yaml': kustomization(
      'site',
      './apps/site/app',
      '  postBuild: { substitute: { HOST: example.org } }\n',
    ),
    'apps/site/kustomization.yaml': 'resources: [ks.yaml]\n',
    'apps/site/app/deployment.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: site\nspec:\n  replicas: 1\n',
    'apps/site/app/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: site\ndata:\n  host: ${HOST}\n',
  });
});

describe('slipway build', () => {
  test('finds the entry and prints the objects of each Kustomization, patched by its parent, in the order of apply', () => {
    const { status, stdout, stderr } = slipway(repository, 'build');
    expect([status, stderr]).toEqual([0, '3 Kustomizations built, 0 failed, 0 skipped; 4 objects\n']);
    expect(stdout.indexOf('kind: ConfigMap')).toBeLessThan(stdout.indexOf('kind: Deployment'));
    expect(stdout).toContain(
      'data:\n  host: example.org\nkind: ConfigMap\nmetadata:\n  name: site\n  namespace: web\n',
    );
  });

  test('writes a file a Kustomization and an index', () => {
    expect(slipway(repository, 'build', '--entry', 'clusters/home', '--out', 'out', '--no-substitute').status).toBe(0);
    const out = path.join(repository, 'out');
    expect(fs.readFileSync(path.join(out, 'kustomization/flux-system/site.yaml'), 'utf8')).toContain('host: ${HOST}\n');
    const index = JSON.parse(fs.readFileSync(path.join(out, 'index.json'), 'utf8')) as Record<string, unknown>[];
    expect(index.map(({ seconds, ...entry }) => ({ ...entry, timed: typeof seconds }))).toEqual([
      {
        kind: 'Kustomization',
        namespace: 'flux-system',
        name: '<sync>',
        path: './clusters/home',
        parent: null,
        status: 'built',
        reason: null,
        objects: 1,
        engine: 'native',
        timed: 'number',
      },
      expect.objectContaining({ name: 'apps', parent: 'flux-system/<sync>', objects: 1 }),
      expect.objectContaining({ name: 'site', parent: 'flux-system/apps', path: './apps/site/app', objects: 2 }),
    ]);
  });

  test('names the Kustomization that fails, goes on with the others, and ends with 1', () => {
    writeFiles(repository, { 'apps/broken.yaml': 'a: [\n' });
    const { status, stderr } = slipway(repository, 'build');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error \S+ apps\/broken\.yaml:\d+:\d+ Kustomization\/flux-system\/apps\n/);
    expect(stderr).toContain('2 Kustomizations built, 1 failed, 0 skipped');
  });

  test('takes variables that only the cluster has, and says which are missing', () => {
    writeFiles(repository, {
      'apps/site/ks.yaml': kustomization(
        'site',
        './apps/site/app',
        '  postBuild: { substituteFrom: [{ kind: Secret, name: vars }] }\n',
      ),
    });
    const without = slipway(repository, 'build');
    expect(without.stdout).toContain('host: ..PLACEHOLDER_HOST..\n');
    expect(without.stderr).toContain('One variable has no value here (HOST)');
    expect(slipway(repository, 'build', '--cluster-var', 'HOST=home.lan').stdout).toContain('host: home.lan\n');
  });

  test('skips what comes from another source, unless it is told where that is', () => {
    writeFiles(repository, {
      'apps/other.yaml': kustomization('other', './deploy').replace('name: flux-system }', 'name: other }'),
      'apps/source.yaml':
        'apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: other\n  namespace: flux-system\nspec: {}\n',
      'elsewhere/deploy/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: elsewhere\n',
    });
    const skipped = slipway(repository, 'build');
    expect([skipped.status, skipped.stderr.split('\n')[0]]).toEqual([
      0,
      'skipped  Kustomization/flux-system/other: its source GitRepository/flux-system/other is not here; --source GitRepository/flux-system/other=DIR says where it is',
    ]);
    const found = slipway(repository, 'build', '--source', 'GitRepository/flux-system/other=elsewhere');
    expect(found.stdout).toContain('name: elsewhere\n');
  });

  test.each([
    ['name', 'name: site', 'name: ../../../../escaped'],
    ['namespace', 'namespace: flux-system', 'namespace: ../../../escaped'],
  ])('writes nothing outside of the folder, whatever %s a manifest has', (_what, from, to) => {
    const text = kustomization('site', './apps/site/app').replace(from, to);
    writeFiles(repository, { 'apps/site/ks.yaml': text });
    const before = fs.readdirSync(base, { recursive: true }).length;
    const { status, stderr } = slipway(repository, 'build', '--out', 'deep/out');
    expect([status, stderr]).toEqual([1, expect.stringContaining('error render/bad-name')]);
    const written = fs.readdirSync(base, { recursive: true, encoding: 'utf8' });
    expect(written.filter((file) => file.includes('escaped'))).toEqual([]);
    const inside = fs.readdirSync(path.join(repository, 'deep'), { recursive: true });
    expect(written).toHaveLength(before + 1 + inside.length);
  });

  test('explains what made an object, with the line of each part', () => {
    const { status, stdout } = slipway(repository, 'build', '--explain', 'configmap/web/site');
    expect([status, stdout]).toEqual([
      0,
      `ConfigMap/web/site
  resource    apps/site/app/config.yaml:1:1
  namespace   clusters/home/apps.yaml:12:58
              sets metadata.namespace
  variable    \${HOST} of spec.postBuild.substitute, apps/site/ks.yaml:9:36
  applied by  Kustomization/flux-system/site, apps/site/ks.yaml:1:1
`,
    ]);
    const json = JSON.parse(
      slipway(repository, 'build', '--explain', 'ConfigMap/site', '-o', 'json').stdout,
    ) as unknown;
    expect(json).toEqual([
      expect.objectContaining({
        object: 'ConfigMap/web/site',
        kustomization: 'flux-system/site',
        kustomizationAt: { file: 'apps/site/ks.yaml', line: 1, column: 1 },
      }),
    ]);
  });

  test('leads to the line of TypeScript for what synth wrote, in its own project alone', () => {
    const root = path.resolve(import.meta.dirname, '../../..');
    const own = slipway(root, 'build', '--explain', 'HelmRelease/ai-ml/milvus').stdout;
    expect(own).toMatch(/made by cluster\/ai-ml\/data\.ts:\d+:\d+, called from .*main\.ts:\d+:\d+\n/);
    const elsewhere = slipway(repository, 'build', root, '--explain', 'HelmRelease/ai-ml/milvus').stdout;
    expect(elsewhere).toContain('  resource    kubernetes/apps/ai-ml/milvus/app/helmrelease.yaml:3:1\n');
    expect(elsewhere).not.toContain('made by');
  });

  test('proposes objects of that name where there is none to explain', () => {
    const { status, stderr } = slipway(repository, 'build', '--explain', 'Service/web/site');
    expect([status, stderr]).toEqual([
      1,
      'error render/unknown-object\n  No Kustomization and no rendered HelmRelease makes an object "Service/web/site".\n  There are Kustomization/flux-system/site, ConfigMap/web/site, Deployment/web/site.\n',
    ]);
  });

  test.each([
    [['--entry', 'nowhere'], 'The repository has no folder "nowhere" for an entry.'],
    [['--entry', '../..'], 'The repository has no folder "../.." for an entry.'],
    [['--engine', 'helm'], 'There is no engine "helm": it is native or kustomize.'],
    [['--cluster-var', 'HOST'], '--cluster-var takes NAME=VALUE, and this is "HOST".'],
    [['nowhere'], 'There is no folder'],
  ])('with %j is wrong use', (args, message) => {
    const { status, stderr } = slipway(repository, 'build', ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
