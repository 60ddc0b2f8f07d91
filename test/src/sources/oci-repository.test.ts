import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../src/manifest/index.ts';
import {
  readStored,
  fetchOciRepository,
  type OciArtifact,
  type OciSecrets,
  openStorage,
  parseOciRepository,
  pollOciRepository,
} from '../../../src/sources/index.ts';
import { readFiles, temporaryFolder, writeFiles } from '../../support/folder.ts';
import { FakeRegistry, sha256 } from '../../support/oci-registry.ts';
import { failureOf, filesOf, modesOf, secret } from './support.ts';

const scratch = temporaryFolder();
const storage = openStorage(temporaryFolder());
const CONTENT = 'application/vnd.cncf.flux.content.v1.tar+gzip';
const CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

/** Packed by the real tar. */
function pack(files: Record<string, string>, ...options: string[]): Buffer {
  const folder = fs.mkdtempSync(path.join(scratch, 'x-'));
  writeFiles(folder, files);
  return packFolder(folder, ...options);
}

function packFolder(folder: string, ...options: string[]): Buffer {
  const packed = spawnSync('tar', ['--create', '--gzip', ...options, '.'], { cwd: folder, maxBuffer: 1e8 });
  if (packed.status !== 0) throw new Error(packed.stderr.toString());
  return packed.stdout;
}

function spec(host: string, fields: Record<string, Json> = {}) {
  return parseOciRepository({
    metadata: { name: 'app', namespace: 'flux-system' },
    spec: { url: `oci://${host}/org/app`, interval: '1m', timeout: '10s', ...fields },
  });
}

async function fetchFrom(
  registry: FakeRegistry,
  fields: Record<string, Json> = {},
  secrets: OciSecrets = {},
): Promise<OciArtifact> {
  return fetchOciRepository(spec(registry.host, fields), secrets, { storage });
}

const registry = await new FakeRegistry({ pageSize: 2 }).start();
const one = registry.push('v1.0.0', [{ mediaType: CONTENT, bytes: pack({ 'a.yaml': '1', 'x.png': '' }) }], {
  'org.opencontainers.image.revision': 'main@sha1:abc',
});
const two = registry.push('1.1.0', [{ mediaType: CONTENT, bytes: pack({ 'a.yaml': '2' }) }]);
registry.push('2.0.0-rc.1', [{ mediaType: CONTENT, bytes: pack({ 'a.yaml': '3' }) }]);
const latest = registry.push('latest', [{ mediaType: CONTENT, bytes: pack({ 'a.yaml': '4' }) }]);
const chartBytes = pack({ 'chart/Chart.yaml': '' });
const chart = registry.push('1.0.9_build', [
  { mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov', bytes: Buffer.from('x') },
  { mediaType: CHART, bytes: chartBytes },
]);

describe('what spec.ref of an OCIRepository names', () => {
  test.each<[string, Record<string, Json>, string]>([
    ['latest where it says nothing', {}, `latest@${latest}`],
    ['a tag', { ref: { tag: 'v1.0.0' } }, `v1.0.0@${one}`],
    ['a digest before all', { ref: { digest: one, tag: 'latest', semver: '*' } }, one],
    ['the newest version of a range before a tag', { ref: { semver: '>=1.0.0', tag: 'latest' } }, `1.1.0@${two}`],
    ['the newest that the filter lets pass', { ref: { semver: '*', semverFilter: '^v' } }, `v1.0.0@${one}`],
    [
      'the version of a chart, whose + is a _',
      { ref: { semver: '1.0.9+build' }, layerSelector: { mediaType: CHART } },
      `1.0.9_build@${chart}`,
    ],
  ])('is %s', async (_, fields, revision) => {
    expect((await fetchFrom(registry, fields)).revision).toBe(revision);
    expect(await pollOciRepository(spec(registry.host, fields), {})).toBe(revision);
  });

  test.each<[Record<string, Json>, string]>([
    [{ ref: { tag: 'none' } }, 'sources/not-found'],
    [{ ref: { digest: `sha256:${'0'.repeat(64)}` } }, 'sources/not-found'],
    [{ ref: { semver: '>=9' } }, 'sources/semver-no-match'],
    [{ ref: { semver: '*', semverFilter: '(' } }, 'sources/spec-invalid'],
    [{ layerSelector: { mediaType: 'none' } }, 'sources/layer-missing'],
  ])('is refused where there is nothing of the kind: %j', async (fields, code) => {
    expect((await failureOf(fetchFrom(registry, fields))).code).toBe(code);
  });

  test('of an index is its image for linux/amd64', async () => {
    const images = await new FakeRegistry().start();
    const arm = images.push('arm', [{ mediaType: CONTENT, bytes: pack({ arm: '' }) }]);
    const amd = images.push('amd', [{ mediaType: CONTENT, bytes: pack({ amd: '' }) }]);
    const index = images.pushIndex('latest', [
      { digest: arm, platform: { os: 'linux', architecture: 'arm64' } },
      { digest: amd, platform: { os: 'linux', architecture: 'amd64' } },
    ]);
    const artifact = await fetchFrom(images);
    expect(artifact.revision).toBe(`latest@${index}`);
    expect(filesOf(artifact)).toEqual({ amd: '' });
  });
});

describe('what of a layer is in the artifact', () => {
  test('is its files, but what Flux leaves out; and its annotations are told', async () => {
    const artifact = await fetchFrom(registry, { ref: { tag: 'v1.0.0' } });
    expect(filesOf(artifact)).toEqual({ 'a.yaml': '1' });
    expect(artifact.metadata).toEqual({ 'org.opencontainers.image.revision': 'main@sha1:abc' });
    const all = await fetchFrom(registry, { ref: { tag: 'v1.0.0' }, ignore: 'a.yaml' });
    expect(filesOf(all)).toEqual({ 'x.png': '' });
  });

  test('is the layer itself where it is to be copied', async () => {
    const fields = { ref: { tag: '1.0.9_build' }, layerSelector: { mediaType: CHART, operation: 'copy' } };
    const artifact = await fetchFrom(registry, fields);
    const name = `${sha256(chartBytes).slice(7)}.tgz`;
    expect(modesOf(artifact)).toEqual({ [name]: '-' });
    expect(readStored(artifact.stored, name)).toEqual(chartBytes);
  });

  test.each(['ustar', 'gnu', 'pax', 'oldgnu', 'v7'])(
    'is unpacked from the format %s as tar packed it',
    async (format) => {
      const folder = fs.mkdtempSync(path.join(scratch, 'x-'));
      const long = format === 'v7' ? 'l'.repeat(60) : format === 'ustar' ? 'l'.repeat(120) : 'l'.repeat(250);
      writeFiles(folder, {
        [`${long.slice(0, 80)}/${long.slice(0, 90)}`]: 'long',
        'a b/ü.yaml': 'x'.repeat(1500),
        empty: '',
        run: '',
      });
      if (!['ustar', 'v7'].includes(format)) writeFiles(folder, { [long]: 'longer' });
      else fs.renameSync(path.join(folder, long.slice(0, 80)), path.join(folder, 'd'));
      fs.chmodSync(path.join(folder, 'run'), 0o755);
      fs.mkdirSync(path.join(folder, 'void'));
      const files = readFiles(folder);
      fs.symlinkSync('/etc/passwd', path.join(folder, 'link'));
      const formats = await new FakeRegistry().start();
      formats.push('latest', [{ mediaType: CONTENT, bytes: packFolder(folder, `--format=${format}`) }]);
      const artifact = await fetchFrom(formats);
      expect(filesOf(artifact)).toEqual(files);
      expect(modesOf(artifact)).toMatchObject({ run: 'x', void: 'd' });
    },
  );

  test.each<[string, Buffer]>([
    ['leads upwards', pack({ a: '' }, '--absolute-names', '--transform=s,./a,../a,')],
    ['is absolute', pack({ a: '' }, '--absolute-names', '--transform=s,./a,/tmp/slipway-evil,')],
    ['goes over a link', pack({ a: '' }, '--transform=s,./a,x\\\\a,')],
  ])('never has a name that %s', async (_, bytes) => {
    const evil = await new FakeRegistry().start();
    evil.push('latest', [{ mediaType: CONTENT, bytes }]);
    expect((await failureOf(fetchFrom(evil))).code).toBe('sources/archive-invalid');
    expect(fs.existsSync('/tmp/slipway-evil')).toBe(false);
  });

  test('is refused where it is no archive, or damaged', async () => {
    const whole = pack({ a: 'x'.repeat(5000) });
    const { stdout: plain } = spawnSync('gzip', ['--decompress'], { input: whole });
    const damaged = [
      Buffer.from('not gzip'),
      whole.subarray(0, 100),
      gzipSync(plain.subarray(0, 3000)),
      gzipSync(Buffer.alloc(700, 1)),
    ];
    for (const bytes of damaged) {
      const bad = await new FakeRegistry().start();
      bad.push('latest', [{ mediaType: CONTENT, bytes }]);
      expect((await failureOf(fetchFrom(bad))).code).toBe('sources/archive-invalid');
    }
  });

  test('is refused where it unpacks to more than it may', async () => {
    const bomb = await new FakeRegistry().start();
    bomb.push('latest', [{ mediaType: CONTENT, bytes: pack({ zeros: '\0'.repeat(5_000_000) }) }]);
    const limits = { maxBytes: 1_000_000, maxFiles: 10 };
    const error = await failureOf(fetchOciRepository(spec(bomb.host), {}, { storage, limits }));
    expect(error.code).toBe('sources/too-large');
    expect(fs.readdirSync(path.join(storage.folder, 'tmp'))).toEqual([]);
  });

  test('is held to its digest, and so is the manifest', async () => {
    const bytes = pack({ a: '' });
    const liar = await new FakeRegistry().start();
    const manifest = liar.push('latest', [{ mediaType: CONTENT, bytes }]);
    for (const other of [pack({ b: '' }), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('x')])]) {
      liar.corrupt(sha256(bytes), other);
      expect((await failureOf(fetchFrom(liar))).code).toBe('sources/digest-mismatch');
    }
    liar.corrupt(sha256(bytes), bytes);
    await fetchFrom(liar);
    liar.corrupt(manifest, Buffer.from('{"layers": []}'));
    expect((await failureOf(fetchFrom(liar))).code).toBe('sources/digest-mismatch');
  });
});

describe('a registry that wants credentials', () => {
  const login = (auths: Record<string, unknown>) => ({
    pull: [secret({ '.dockerconfigjson': JSON.stringify({ auths }) })],
  });
  const both = { username: 'ada', password: 'p:w' };
  const encoded = { auth: Buffer.from('ada:p:w').toString('base64') };

  test.each(['bearer', 'basic'] as const)('gets them by %s authentication', async (authentication) => {
    const guarded = await new FakeRegistry({ user: 'ada:p:w', authentication }).start();
    guarded.push('latest', [{ mediaType: CONTENT, bytes: pack({ a: '' }) }]);
    const { host } = guarded;
    for (const auths of [
      { [host]: both },
      { [`http://${host}/v1/`]: encoded },
      { [`${host}/org`]: both, [host]: { username: 'x', password: 'y' } },
    ]) {
      expect(filesOf(await fetchFrom(guarded, {}, login(auths)))).toEqual({ a: '' });
    }
    for (const auths of [
      {},
      { 'other.example.com': both },
      { [host]: { username: 'ada', password: 'x' } },
      { [`${host}/other`]: both },
    ]) {
      expect((await failureOf(fetchFrom(guarded, {}, login(auths)))).code).toBe('sources/auth-refused');
    }
  });

  test.each([{}, { '.dockerconfigjson': 'x' }, { '.dockerconfigjson': '[]' }])(
    'says that a Secret has none: %j',
    async (texts) => {
      const error = await failureOf(fetchFrom(registry, {}, { pull: [secret(texts as Record<string, string>)] }));
      expect(error.code).toBe('sources/secret-invalid');
    },
  );

  test('does not send them where its blobs are redirected to', async () => {
    const store = await new FakeRegistry().start();
    const bytes = pack({ a: '' });
    store.push('latest', [{ mediaType: CONTENT, bytes }]);
    const guarded = await new FakeRegistry({
      user: 'ada:p:w',
      instead: (request, response) => {
        if (!(request.url ?? '').includes('/blobs/')) return false;
        response.writeHead(307, { location: `http://${store.host}${request.url ?? ''}` }).end();
        return true;
      },
    }).start();
    guarded.push('latest', [{ mediaType: CONTENT, bytes }]);
    await fetchFrom(guarded, {}, login({ [guarded.host]: both }));
    expect(store.requests).toHaveLength(1);
    expect(store.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('the spec of an OCIRepository', () => {
  test.each([
    ['oci://ghcr.io/org/app', 'ghcr.io', 'org/app'],
    ['oci://docker.io/app', 'index.docker.io', 'library/app'],
    ['oci://org/app', 'index.docker.io', 'org/app'],
    ['oci://localhost:5000/a/b/c', 'localhost:5000', 'a/b/c'],
  ])('reads %s', (url, host, repository) => {
    expect(parseOciRepository({ spec: { url, interval: '1m' } }).image).toEqual({ host, repository });
  });

  test.each<[Record<string, Json>, string]>([
    [{ url: 'https://ghcr.io/org/app' }, 'sources/spec-invalid'],
    [{ url: 'oci://ghcr.io/org/app:tag' }, 'sources/spec-invalid'],
    [{ url: 'oci://ghcr.io/org/../app' }, 'sources/spec-invalid'],
    [{ url: 'oci://user@ghcr.io/org/app' }, 'sources/spec-invalid'],
    [{ ref: { digest: 'sha1:x' } }, 'sources/spec-invalid'],
    [{ ref: { tag: 'a/b' } }, 'sources/spec-invalid'],
    [{ ref: { semver: 'latest' } }, 'sources/semver-invalid'],
    [{ layerSelector: { operation: 'move' } }, 'sources/spec-invalid'],
    [{ provider: 'aws' }, 'sources/provider-unsupported'],
    [{ verify: { provider: 'cosign' } }, 'sources/verify-unsupported'],
  ])('is refused with %j', (fields, code) => {
    expect(() => spec('ghcr.io', fields)).toThrow(expect.objectContaining({ code }));
  });
});
