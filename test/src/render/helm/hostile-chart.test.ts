import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from '@jest/globals';
import { DiskTree } from '../../../../src/render/index.ts';
import { createHelmProgram, type HelmLimits } from '../../../../src/render/helm/helm-program.ts';
import { temporaryFolder, writeFiles } from '../../../support/folder.ts';
import { renderedReleases } from '../../../support/releases.ts';
import { describeWithTool } from '../../../support/tools.ts';

const base = temporaryFolder();
let count = 0;
let folder: string;

beforeEach(() => {
  count += 1;
  folder = path.join(base, String(count));
});

const ABOUT = 'apiVersion: v2\nname: site\nversion: 1.0.0\n';
const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\n';

const release = (chart: object): string =>
  JSON.stringify({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'site', namespace: 'web' },
    spec: { chart: { spec: chart } },
  });
const LOCAL = { chart: 'site', sourceRef: { kind: 'GitRepository', name: 'flux-system' } };
const PACKAGED = { chart: 'site', version: '1.0.0', sourceRef: { kind: 'HelmRepository', name: 'charts' } };

const LIMITS: HelmLimits = { timeoutMs: 30_000, maxOutputBytes: 1024 * 1024, maxMemoryBytes: 1024 * 1024 * 1024 };

describeWithTool('helm', 'a hostile chart', (helm) => {
  /** The release of a chart with these files, in a repository in memory. */
  async function rendered(files: Readonly<Record<string, string>>) {
    const chart = Object.entries({ 'Chart.yaml': ABOUT, ...files }).map(
      ([file, text]) => [`site/${file}`, text] as const,
    );
    const [one] = await renderedReleases(helm, { 'entry/release.yaml': release(LOCAL), ...Object.fromEntries(chart) });
    return one;
  }

  /** What is thrown of a chart with this template, under limits. */
  function refusal(template: string, limits: Partial<HelmLimits>): unknown {
    const files = new Map(
      Object.entries({ 'Chart.yaml': ABOUT, 'templates/all.yaml': template }).map(([file, text]) => [
        file,
        Buffer.from(text),
      ]),
    );
    const input = {
      name: 'site',
      namespace: 'web',
      values: {},
      skipSchema: false,
      kubernetes: undefined,
      apiVersions: [],
    };
    try {
      createHelmProgram(helm, undefined, { ...LIMITS, ...limits }).template({ ...input, chart: { files } });
    } catch (error) {
      return error;
    }
    return undefined;
  }

  test('ends when it has made more than it may', () => {
    const template = '{{ range $i := until 60000 }}\n# {{ repeat 60 "x" }}\n{{ end }}\nkind: ConfigMap\n';
    expect(refusal(template, {})).toMatchObject({
      code: 'render/helm-too-large',
      message: 'The release is too large: helm makes more than 1 MiB of it.',
    });
  });

  (process.platform === 'linux' ? test : test.skip)('ends when it has taken more memory than it may', () => {
    expect(refusal('{{ len (until 1000000000) }}\n', {})).toMatchObject({
      code: 'render/helm-too-large',
      message: 'The release is too large: helm needs more than 1024 MiB of memory for it.',
    });
  });

  test('ends when its time is over', () => {
    const nested = '{{ range until 30000 }}{{ range until 30000 }}{{ range until 30000 }}{{ end }}{{ end }}{{ end }}\n';
    expect(refusal(nested, { timeoutMs: 1000 })).toMatchObject({
      code: 'render/helm-timeout',
      message: 'helm took longer than 1 s.',
    });
  });

  test('ends where it includes itself', () => {
    expect(refusal('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}\n', {})).toMatchObject({
      code: 'render/helm-failed',
    });
  });

  test('sees no cluster, no name server and no environment', async () => {
    const template = `${CONFIG}data:
  cluster: {{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }}
  address: {{ getHostByName "localhost" | quote }}
`;
    expect((await rendered({ 'templates/all.yaml': template }))?.objects).toMatchObject([
      { data: { cluster: '{}', address: '' } },
    ]);
    expect(await rendered({ 'templates/all.yaml': '{{ env "HOME" }}' })).toMatchObject({
      status: 'failed',
      error: { code: 'render/helm-failed', message: expect.stringContaining('function "env" not defined') },
    });
  });

  test('reads no file by a symlink, of the repository or of --chart-dir', async () => {
    writeFiles(folder, {
      'secret.txt': 'stolen',
      'repository/entry/release.yaml': release(LOCAL),
      'repository/site/Chart.yaml': ABOUT,
      'repository/site/templates/all.yaml': `${CONFIG}data: { file: {{ .Files.Get "link.txt" | quote }} }\n`,
    });
    fs.symlinkSync(path.join(folder, 'secret.txt'), path.join(folder, 'repository/site/link.txt'));
    fs.symlinkSync(folder, path.join(folder, 'repository/site/templates/all'));
    expect(new DiskTree(path.join(folder, 'repository')).read('site/link.txt')).toBeUndefined();
    const [one] = await renderedReleases(
      helm,
      { 'entry/release.yaml': release(PACKAGED) },
      { chartDir: path.join(folder, 'repository') },
    );
    expect(one?.objects).toMatchObject([{ data: { file: '' } }]);
  });

  /** A package with one file of this name beside a chart that is in order. */
  function archive(name: string, content: string | Buffer): Buffer {
    writeFiles(folder, { 'site/Chart.yaml': ABOUT, 'site/values.yaml': '{}\n', 'site/templates/all.yaml': CONFIG });
    fs.writeFileSync(path.join(folder, 'extra'), content);
    const transform = `--transform=s,^extra$,${name},`;
    const { status, stdout, stderr } = spawnSync('tar', ['-cPf', '-', transform, 'site', 'extra'], {
      cwd: folder,
      maxBuffer: 1024 * 1024 * 1024,
    });
    if (status !== 0) throw new Error(stderr.toString('utf8'));
    return gzipSync(stdout, { level: 1 });
  }

  async function packaged(content: Buffer, more: object = {}) {
    const charts = path.join(folder, 'charts');
    fs.mkdirSync(charts);
    fs.writeFileSync(path.join(charts, 'site-1.0.0.tgz'), content);
    const files = { 'entry/release.yaml': release({ ...PACKAGED, ...more }) };
    const [one] = await renderedReleases(helm, files, { chartDir: charts });
    fs.rmSync(charts, { recursive: true });
    return one;
  }

  test.each(['site/../../../escaped', '/tmp/slipway-escaped', '../escaped'])(
    'writes nothing outside by the name %s in a package',
    async (name) => {
      const content = archive(name, 'escaped');
      for (const more of [{}, { valuesFiles: ['values.yaml'] }]) {
        expect(await packaged(content, more)).toMatchObject({
          status: 'failed',
          error: { code: 'render/helm-bad-chart', message: expect.stringContaining('it holds the name') },
        });
      }
      expect(fs.readdirSync(folder, { recursive: true }).filter((file) => String(file).includes('escaped'))).toEqual(
        [],
      );
      expect(fs.existsSync('/tmp/slipway-escaped')).toBe(false);
    },
  );

  test('is refused where its package unpacks to more than it may, itself or by those in it', async () => {
    const zeros = Buffer.alloc(65 * 1024 * 1024);
    expect(await packaged(archive('site/zeros', zeros))).toMatchObject({ error: { code: 'render/helm-bad-chart' } });
    const inner = archive('site/zeros', zeros.subarray(0, 40 * 1024 * 1024));
    const outer = new Map([
      ['Chart.yaml', Buffer.from(ABOUT)],
      ['charts/one.tgz', inner],
      ['charts/two.tgz', inner],
    ]);
    const input = {
      name: 'site',
      namespace: 'web',
      values: {},
      skipSchema: false,
      kubernetes: undefined,
      apiVersions: [],
    };
    expect(() => createHelmProgram(helm, undefined).template({ ...input, chart: { files: outer } })).toThrow(
      'The chart cannot be read',
    );
  });

  test('makes helm read no file, and fetch nothing, by its schema', async () => {
    const asked: (string | undefined)[] = [];
    const server = http.createServer((request, response) => {
      asked.push(request.url);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const outside = path.join(base, 'outside.json');
    fs.writeFileSync(outside, '{ "required": ["stolen"] }');
    const references = [`http://127.0.0.1:${port}/x.json`, `file://${outside}`, outside.slice(1), '../x.json'];
    for (const reference of references) {
      const schema = JSON.stringify({ allOf: [{ $ref: reference }] });
      expect(await rendered({ 'templates/all.yaml': CONFIG, 'values.schema.json': schema })).toMatchObject({
        status: 'built',
        uncheckedSchema: reference,
      });
    }
    server.close();
    expect(asked).toEqual([]);
  });

  test('still has its values held against a schema that refers to itself', async () => {
    const schema = JSON.stringify({
      $schema: 'http://json-schema.org/draft-07/schema#',
      required: ['host'],
      definitions: { name: { type: 'string' } },
      properties: { host: { $ref: '#/definitions/name' } },
    });
    expect(await rendered({ 'templates/all.yaml': CONFIG, 'values.schema.json': schema })).toMatchObject({
      status: 'failed',
      error: { code: 'render/helm-schema', message: expect.stringContaining("missing property 'host'") },
    });
  });
});
