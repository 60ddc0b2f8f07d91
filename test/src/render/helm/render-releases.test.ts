import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { isObject, readDocuments } from '../../../../src/manifest/index.ts';
import { temporaryFolder, writeFiles } from '../../../support/folder.ts';
import { slipway } from '../../../support/project.ts';
import { describeWithTool } from '../../../support/tools.ts';

const base = temporaryFolder();
let count = 0;
let repository: string;

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.2.3\n',
  'values.yaml': 'host: default\nport: 80\n',
  'crds/crd.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.org\n',
  'templates/deployment.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\nspec:\n  template:\n    spec:\n      containers:\n        - name: main\n          image: nginx:1\n',
  'templates/config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  host: {{ required "host is needed" .Values.host | quote }}\n  port: {{ .Values.port | quote }}\n  kubernetes: {{ .Capabilities.KubeVersion.Version | quote }}\n  things: {{ .Capabilities.APIVersions.Has "example.org/v1/Thing" | quote }}\n',
  'templates/hook.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations: { helm.sh/hook: pre-install }\n',
};

const inFolder = (folder: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));

const release = (chart: string, more = ''): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: site
  namespace: web
spec:
${chart}${more}`;

const LOCAL = `  chart:
    spec:
      chart: ./charts/site
      sourceRef: { kind: GitRepository, name: flux-system, namespace: flux-system }
`;
const packaged = (version: string): string => `  chart:
    spec:
      chart: site
      version: "${version}"
      sourceRef: { kind: HelmRepository, name: somewhere }
`;

beforeEach(() => {
  count += 1;
  repository = path.join(base, String(count));
  writeFiles(repository, inFolder('charts/site', CHART));
});

function build(text: string, ...args: readonly string[]) {
  writeFiles(repository, { 'clusters/home/release.yaml': text });
  const { status, stderr } = slipway(repository, 'build', '--out', 'out', ...args);
  const file = path.join(repository, 'out/helmrelease/web/site.yaml');
  const content = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const index = JSON.parse(fs.readFileSync(path.join(repository, 'out/index.json'), 'utf8')) as Record<
    string,
    unknown
  >[];
  const objects = readDocuments(content)
    .map(({ value }) => value)
    .filter(isObject);
  return { status, stderr, objects, entry: index.find(({ kind }) => kind === 'HelmRelease') };
}

const of = (kind: string) => expect.objectContaining({ kind });

describeWithTool('helm', 'slipway build renders a HelmRelease', (helm) => {
  test.each([
    ['name', 'name: site', 'name: ../../../../escaped'],
    ['namespace', 'namespace: web', 'namespace: ../../../escaped'],
  ])('writes nothing outside of the folder, whatever %s a release has', (_what, from, to) => {
    const { status, stderr } = build(release(LOCAL).replace(from, to));
    expect([status, stderr]).toEqual([1, expect.stringContaining('render/bad-name')]);
    const written = fs.readdirSync(base, { recursive: true, encoding: 'utf8' });
    expect(written.filter((file) => file.includes('escaped'))).toEqual([]);
  });

  test('from a chart in the repository, in the order of apply, with CRDs and hooks', () => {
    const { status, objects, entry, stderr } = build(release(LOCAL, '  values: { host: example.org }\n'));
    expect([status, stderr.split('\n').at(-2)]).toEqual([0, '1 HelmReleases rendered, 0 failed, 0 skipped; 4 objects']);
    expect(objects).toEqual([
      of('CustomResourceDefinition'),
      expect.objectContaining({ metadata: expect.objectContaining({ name: 'hook' }) }),
      of('ConfigMap'),
      of('Deployment'),
    ]);
    expect(objects[2]).toMatchObject({
      metadata: {
        name: 'site',
        labels: { 'helm.toolkit.fluxcd.io/name': 'site', 'helm.toolkit.fluxcd.io/namespace': 'web' },
      },
      data: { host: 'example.org', port: '80' },
    });
    expect(objects[3]).toMatchObject({ metadata: { namespace: 'web' } });
    expect(entry).toEqual({
      kind: 'HelmRelease',
      namespace: 'web',
      name: 'site',
      path: 'charts/site',
      parent: 'flux-system/<sync>',
      status: 'built',
      reason: null,
      objects: 4,
      seconds: expect.any(Number),
      engine: 'helm',
    });
  });

  test('with values from a ConfigMap of the repository, its names, and a given Kubernetes', () => {
    writeFiles(repository, {
      'clusters/home/values.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: values, namespace: web }\ndata:\n  values.yaml: |\n    host: from-map\n    port: 81\n',
    });
    const more =
      '  targetNamespace: other\n  install: { crds: Skip, disableHooks: true }\n  valuesFrom: [{ kind: ConfigMap, name: values }]\n  values: { port: 82 }\n';
    const { objects } = build(release(LOCAL, more), '--kubernetes', '1.31');
    expect(objects).toMatchObject([
      {
        kind: 'ConfigMap',
        metadata: { name: 'other-site' },
        data: { host: 'from-map', port: '82', kubernetes: 'v1.31' },
      },
      { kind: 'Deployment', metadata: { namespace: 'other' } },
    ]);
  });

  test('with the API versions that charts are told besides', () => {
    const thingsOf = (...args: readonly string[]) => build(release(LOCAL), ...args).objects[2]?.data;
    expect(thingsOf()).toMatchObject({ things: 'false' });
    expect(thingsOf('--api-versions', 'example.org/v1,example.org/v1/Thing')).toMatchObject({ things: 'true' });
  });

  test('with its patches, images and common metadata, which its CRDs do not get', () => {
    const more = `  postRenderers:
    - kustomize:
        patches:
          - target: { kind: ConfigMap, name: site }
            patch: |
              - { op: replace, path: /data/host, value: patched }
        images: [{ name: nginx, newTag: "2" }]
  commonMetadata: { labels: { team: web } }
`;
    const { objects } = build(release(LOCAL, more));
    expect(objects).toMatchObject([
      { kind: 'CustomResourceDefinition' },
      { kind: 'ConfigMap', metadata: { name: 'hook', labels: { team: 'web' } } },
      { kind: 'ConfigMap', metadata: { labels: { team: 'web' } }, data: { host: 'patched' } },
      { kind: 'Deployment', spec: { template: { spec: { containers: [{ image: 'nginx:2' }] } } } },
    ]);
    expect(objects[0]?.metadata).not.toHaveProperty('labels.team');
    expect(objects[0]?.metadata).toHaveProperty(['labels', 'helm.toolkit.fluxcd.io/name'], 'site');
  });

  test('from a packaged chart of its name and version in --chart-dir or in the cache of helm', () => {
    const packages = path.join(repository, 'packages');
    fs.mkdirSync(packages);
    const home = { HOME: repository, PATH: '' };
    const made = spawnSync(helm, ['package', path.join(repository, 'charts/site'), '-d', packages], { env: home });
    expect(made.status).toBe(0);
    expect(build(release(packaged('1.2.3')), '--chart-dir', 'packages').entry).toMatchObject({
      status: 'built',
      path: 'site 1.2.3',
    });
    expect(build(release(packaged('1.2.4')), '--chart-dir', 'packages').entry).toMatchObject({ status: 'skipped' });
    expect(build(release(packaged('1.x')), '--chart-dir', 'packages').entry).toMatchObject({
      status: 'built',
      path: 'site 1.2.3',
    });
    expect(build(release(packaged('2.x')), '--chart-dir', 'packages').entry).toMatchObject({ status: 'skipped' });
    expect(build(release(packaged('1.x')), '--chart-dir', 'charts').entry).toMatchObject({ status: 'built' });
  });

  test('without the values of a Secret, and says so', () => {
    const { objects, stderr, entry } = build(release(LOCAL, '  valuesFrom: [{ kind: Secret, name: hidden }]\n'));
    expect(objects[2]).toMatchObject({ data: { host: 'default' } });
    expect(stderr).toContain('partial  HelmRelease/web/site: rendered without the values of Secret/hidden\n');
    expect(entry).toMatchObject({ unknownValues: ['Secret/hidden'] });
  });

  test('or fails with the sentence of helm, unless values that are not known may be why', () => {
    const broken = '  values: { host: "" }\n';
    const { status, stderr, entry } = build(release(LOCAL, broken));
    expect([status, entry?.status]).toEqual([1, 'failed']);
    expect(stderr).toMatch(
      /^error render\/helm-failed HelmRelease\/web\/site\n {2}helm refuses the release: .*host is needed/m,
    );
    const unsure = build(release(LOCAL, `${broken}  valuesFrom: [{ kind: Secret, name: hidden }]\n`));
    expect([unsure.status, unsure.entry?.status]).toEqual([0, 'skipped']);
  });

  test('and lets no chart see the environment or a file beside it', () => {
    writeFiles(repository, {
      'charts/site/templates/nosy.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: { name: nosy }\nstringData:\n  file: {{ .Files.Get "../../secret.txt" | quote }}\n',
      'secret.txt': 'hidden',
    });
    expect(build(release(LOCAL)).objects).toContainEqual(
      expect.objectContaining({ kind: 'Secret', stringData: { file: '' } }),
    );
  });
});

describe('slipway build', () => {
  test('skips a HelmRelease whose chart is not here, and names it', () => {
    const { status, stderr, entry } = build(release(packaged('9.9.9')));
    const reason = 'its chart site 9.9.9 is not here; --chart-dir DIR says where charts are';
    expect([status, entry]).toEqual([0, expect.objectContaining({ status: 'skipped', reason, engine: null })]);
    expect(stderr).toContain(`skipped  HelmRelease/web/site: ${reason}\n`);
  });

  test('says in one line of several HelmReleases that want nothing but their charts, and how to get these', () => {
    const second = release(packaged('2.0.0')).replace('name: site\n', 'name: second\n');
    const { stderr } = build(`${release(packaged('9.9.9'))}---\n${second}`);
    expect(stderr).toContain(
      'skipped  2 HelmReleases, since their charts are not here (site 2.0.0, site 9.9.9): `helm pull` these into a folder, and name that by --chart-dir; --no-helm does without\n',
    );
  });

  test.each(['../../etc', '-x', 'a/b'])('takes %j for no name of a packaged chart', (name) => {
    expect(build(release(packaged('1.0.0').replace('chart: site', `chart: "${name}"`))).entry).toMatchObject({
      reason: `${JSON.stringify(name)} is no name of a chart`,
    });
  });

  test('takes no chart from outside the repository', () => {
    const { entry } = build(release(LOCAL.replace('./charts/site', '../../charts')));
    expect(entry).toMatchObject({ status: 'skipped', reason: expect.stringContaining('has no chart in') });
  });

  test('with --no-helm leaves HelmReleases out', () => {
    expect(build(release(LOCAL), '--no-helm').entry).toBeUndefined();
  });
});
