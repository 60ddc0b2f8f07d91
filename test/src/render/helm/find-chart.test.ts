import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MemoryTree } from '../../../../src/flux/index.ts';
import type { JsonObject } from '../../../../src/manifest/index.ts';
import { temporaryFolder, writeFiles } from '../../../support/folder.ts';
import { helmTemplate, renderedReleases, type Surroundings, withOrigin } from '../../../support/releases.ts';
import { describeWithTool } from '../../../support/tools.ts';

const base = temporaryFolder();
const packages = path.join(base, 'packages');
let count = 0;

/** A chart that shows its values and its version. */
const CHART: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.2.3\n',
  'values.yaml': 'host: default\nport: 80\n',
  'values-production.yaml': 'host: production\n',
  'templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels: { chart: "{{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}" }
data: {{ .Values | toYaml | nindent 2 }}
`,
};

const inFolder = (folder: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));

const object = (apiVersion: string, kind: string, name: string, spec: JsonObject): string =>
  `---\n${JSON.stringify({ apiVersion, kind, metadata: { name, namespace: 'web' }, spec })}\n`;
const release = (spec: JsonObject): string => object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'site', spec);
const source = (kind: string, spec: JsonObject): string => object('source.toolkit.fluxcd.io/v1', kind, 'site', spec);

const ofGit = (chart: string, more: JsonObject = {}): JsonObject => ({
  chart: { spec: { chart, sourceRef: { kind: 'GitRepository', name: 'flux-system' }, ...more } },
});
const ofRepository = (version: string, more: JsonObject = {}): JsonObject => ({
  chart: { spec: { chart: 'site', version, sourceRef: { kind: 'HelmRepository', name: 'charts' }, ...more } },
});

describeWithTool('helm', 'the chart of a HelmRelease', (helm) => {
  let folder: string;

  beforeAll(() => {
    writeFiles(base, inFolder('site', CHART));
    spawnSync(helm, ['package', path.join(base, 'site'), '-d', packages], { env: { HOME: base, PATH: '' } });
  });

  beforeEach(() => {
    count += 1;
    folder = path.join(base, String(count));
  });

  async function rendered(
    spec: JsonObject,
    files: Readonly<Record<string, string | Buffer>> = {},
    how: Surroundings = {},
  ) {
    const { objects = '', ...rest } = files;
    const tree = { 'entry/all.yaml': `${release(spec)}${objects.toString()}`, ...rest };
    const [one] = await renderedReleases(helm, tree, how);
    return one;
  }

  /** What helm makes of a chart in a folder on disk, with these arguments. */
  function expected(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
    writeFiles(folder, files);
    return withOrigin(helmTemplate(helm, base, 'site', folder, '-n', 'web', ...args), 'site', 'web');
  }

  const production = ['-f', path.join(base, 'site/values-production.yaml')];

  test('has the values of its valuesFiles in place of its own, by paths from the root of a git repository', async () => {
    const files = { ...inFolder('charts/site', CHART), 'production.yaml': 'host: production\n' };
    const both = await rendered(
      ofGit('./charts/site', { valuesFiles: ['charts/site/values.yaml', './production.yaml'] }),
      files,
    );
    expect(both?.objects).toEqual(expected(CHART, ...production));
    const one = await rendered(ofGit('./charts/site', { valuesFiles: ['production.yaml'] }), files);
    expect(one?.objects).toEqual(expected({ ...CHART, 'values.yaml': 'host: production\n' }));
  });

  test('has those of a packaged chart by paths from its own root', async () => {
    const spec = ofRepository('1.2.3', { valuesFiles: ['values.yaml', 'values-production.yaml'] });
    expect((await rendered(spec, {}, { chartDir: packages }))?.objects).toEqual(expected(CHART, ...production));
  });

  test('fails where a file of valuesFiles is missing, unless that is ignored', async () => {
    const more = { valuesFiles: ['values.yaml', 'other.yaml'] };
    expect(await rendered(ofRepository('1.2.3', more), {}, { chartDir: packages })).toMatchObject({
      status: 'failed',
      error: { code: 'render/helm-values-file', message: 'The chart has no values file "other.yaml".' },
    });
    const ignored = await rendered(
      ofRepository('1.2.3', { ...more, ignoreMissingValuesFiles: true }),
      {},
      { chartDir: packages },
    );
    expect(ignored?.objects).toEqual(expected(CHART));
    expect(await rendered(ofGit('site', { valuesFiles: ['../outside.yaml'] }), inFolder('site', CHART))).toMatchObject({
      error: { code: 'render/helm-values-file' },
    });
  });

  test('may lie packaged in a git repository, or in another source that is given', async () => {
    const archive = fs.readFileSync(path.join(packages, 'site-1.2.3.tgz'));
    expect((await rendered(ofGit('charts/site.tgz'), { 'charts/site.tgz': archive }))?.objects).toEqual(
      expected(CHART),
    );
    const bucket = { chart: { spec: { chart: 'site', sourceRef: { kind: 'Bucket', name: 'charts' } } } };
    const sources = new Map([['Bucket/web/charts', new MemoryTree(Object.entries(inFolder('site', CHART)))]]);
    expect((await rendered(bucket, {}, { sources }))?.objects).toEqual(expected(CHART));
    expect(await rendered(bucket)).toMatchObject({
      status: 'skipped',
      reason: 'its source Bucket/web/charts is not here; --source Bucket/web/charts=DIR says where it is',
    });
  });

  test('is taken from what helm 4 downloaded, which it keeps by digest', async () => {
    const archive = fs.readFileSync(path.join(packages, 'site-1.2.3.tgz'));
    const digest = createHash('sha256').update(archive).digest('hex');
    const file = path.join(folder, 'cache/content', digest.slice(0, 2), `${digest}.chart`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, archive);
    const how = { env: { HELM_CACHE_HOME: path.join(folder, 'cache') } };
    expect((await rendered(ofRepository('1.2.3'), {}, how))?.objects).toEqual(expected(CHART));
    expect(await rendered(ofRepository('1.2.4'), {}, how)).toMatchObject({ status: 'skipped' });
  });

  test('is that of the HelmChart which chartRef names, in its namespace', async () => {
    const spec = { chart: 'site', version: 'v1.2.3', sourceRef: { kind: 'HelmRepository', name: 'charts' } };
    const files = { objects: source('HelmChart', spec) };
    const found = await rendered({ chartRef: { kind: 'HelmChart', name: 'site' } }, files, { chartDir: packages });
    expect(found?.objects).toEqual(expected(CHART));
  });

  test('of an OCIRepository is that of its tag, with the beginning of its digest in the version where that is known', async () => {
    const chartRef = { kind: 'OCIRepository', name: 'site' };
    const url = 'oci://registry.example.org/charts/site';
    const of = (ref: JsonObject) =>
      rendered({ chartRef }, { objects: source('OCIRepository', { url, ref }) }, { chartDir: packages });
    expect((await of({ tag: '1.2.3' }))?.objects).toEqual(expected(CHART));
    const digest = `sha256:0123456789abcdef${'0'.repeat(48)}`;
    expect((await of({ tag: '1.2.3', digest }))?.objects).toEqual(
      expected({ ...CHART, 'Chart.yaml': CHART['Chart.yaml']?.replace('1.2.3', '1.2.3+0123456789ab') ?? '' }),
    );
    expect((await of({ semver: '1.x' }))?.objects).toEqual(expected(CHART));
    expect(await of({ semver: '2.x' })).toMatchObject({ status: 'skipped', reason: expect.stringContaining('"2.x"') });
  });

  test('of an ExternalArtifact is the folder that an ArtifactGenerator copies together', async () => {
    const generator = object('source.extensions.fluxcd.io/v1beta1', 'ArtifactGenerator', 'charts', {
      sources: [{ alias: 'repo', kind: 'GitRepository', name: 'flux-system' }],
      artifacts: [{ name: 'site', copy: [{ from: '@repo/charts/site/**', to: '@artifact/site/' }] }],
    });
    const files = { objects: generator, ...inFolder('charts/site', CHART) };
    const found = await rendered({ chartRef: { kind: 'ExternalArtifact', name: 'site' } }, files);
    expect(found?.objects).toEqual(expected(CHART));
  });

  const COMMON = {
    'Chart.yaml': 'apiVersion: v2\nname: common\nversion: 2.0.1\n',
    'templates/common.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: common }\n',
  };
  const dependsOn = (repository: string, version: string): Record<string, string> => ({
    ...CHART,
    'Chart.yaml': `${CHART['Chart.yaml'] ?? ''}dependencies:\n  - { name: common, version: "${version}", repository: "${repository}" }\n`,
  });

  test('has a chart of the same repository that it depends on by file://', async () => {
    const files = {
      ...inFolder('charts/site', dependsOn('file://../common', '2.x')),
      ...inFolder('charts/common', COMMON),
    };
    const found = await rendered(ofGit('charts/site'), files);
    expect(found?.objects).toEqual(
      expected({ ...dependsOn('file://../common', '2.x'), ...inFolder('charts/common', COMMON) }),
    );
    expect(found?.objects).toHaveLength(2);
  });

  test.each([
    ['file://../common', '3.x', 'the one in "charts/common" has the version 2.0.1'],
    ['file://../../../../common', '2.x', 'there is no chart in "charts/site/../../../../common" of the same source'],
  ])('fails where the repository has no such chart: %s %s', async (repository, version, why) => {
    const files = { ...inFolder('charts/site', dependsOn(repository, version)), ...inFolder('charts/common', COMMON) };
    expect(await rendered(ofGit('charts/site'), files)).toMatchObject({
      status: 'failed',
      error: {
        code: 'render/helm-dependency',
        message: `The chart depends on a chart "common" that does not fit: ${why}.`,
      },
    });
  });

  test('has others that it depends on, in the version of its Chart.lock, from where packaged charts are', async () => {
    const repository = 'https://charts.example.org';
    const chart = {
      ...dependsOn(repository, '2.x'),
      'Chart.lock': `dependencies:\n  - { name: common, version: 2.0.1, repository: "${repository}" }\n`,
    };
    writeFiles(base, inFolder('common', COMMON));
    const charts = path.join(folder, 'charts');
    spawnSync(helm, ['package', path.join(base, 'common'), '-d', charts], { env: { HOME: base, PATH: '' } });
    const found = await rendered(ofGit('site'), inFolder('site', chart), { chartDir: charts });
    expect(found?.objects).toHaveLength(2);
    expect(found?.objects).toEqual(expected({ ...chart, ...inFolder('charts/common', COMMON) }));
    expect(await rendered(ofGit('site'), inFolder('site', chart))).toMatchObject({
      status: 'skipped',
      reason:
        'it depends on a chart that it does not hold, and its chart common 2.0.1 is not here; --chart-dir DIR says where charts are',
    });
  });
});
