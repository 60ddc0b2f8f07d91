import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { applyObject, getObject, patchObject } from '../../../src/kube/index.ts';
import { isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { findBuiltTool } from '../../../src/programs.ts';
import type { FormatName } from '../../../src/sops/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { manifest, Reconciled, readyOf } from '../../support/reconciled.ts';
import { RealSops } from '../../support/real-sops.ts';

const OURS = 'decryption-ours';
const THEIRS = 'decryption-theirs';
const REVISION = 'main@sha1:0000000000000000000000000000000000000000';
const flux = findBuiltTool('kustomize-controller');
const program = findBuiltTool('sops');
const canRun = flux !== undefined && program !== undefined;
if (!canRun) process.stderr.write('skipped, as sops or kustomize-controller is not built: decryption beside Flux\n');

/** What one tree of encrypted files has, by the real sops, in every format and at every place that Flux decrypts. */
function encryptedTree(sops: RealSops): Record<string, string> {
  const sealed = (plain: string | Buffer, format: FormatName, rule: Readonly<Record<string, string>> = {}): string => {
    sops.writeConfig(rule);
    const bytes = sops.encrypt(Buffer.from(plain), format);
    if (bytes === undefined) throw new Error(sops.complaint);
    return bytes.toString();
  };
  const whole = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'whole' } };
  const inside = {
    'a.yaml': sealed('a: 1\nb: [x, "07"]\n', 'yaml'),
    'a.json': sealed('a: 1\n', 'yaml'),
    blob: sealed(Buffer.from([0, 255, 1]), 'binary'),
  };
  return {
    'app/kustomization.yaml': `resources: [whole.yaml, inside.yaml, patched.yaml]
secretGenerator:
  - name: made
    envs: [settings.env]
    files: [config.json, some.ini, key=blob.bin, .dockerconfigjson=docker.json]
patches: [{ path: patch.yaml }]
labels: [{ pairs: { added: by-kustomize } }]
`,
    'app/whole.yaml': sealed(
      manifest({ ...whole, stringData: { text: 'line\nline', number: '07', unicode: 'grüße', empty: '' } }),
      'yaml',
      { encrypted_regex: '^stringData$' },
    ),
    'app/inside.yaml': manifest({
      ...whole,
      metadata: { name: 'inside' },
      data: Object.fromEntries(
        Object.entries(inside).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      ),
    }),
    'app/patched.yaml': manifest({ ...whole, metadata: { name: 'patched' }, stringData: { kept: 'yes' } }),
    'app/patch.yaml': sealed(manifest({ ...whole, metadata: { name: 'patched' }, stringData: { put: 'in' } }), 'yaml', {
      encrypted_regex: '^stringData$',
    }),
    'app/settings.env': sealed('USER=admin\n# a comment\nPASSWORD=p w=d "quoted"\n', 'dotenv'),
    'app/config.json': sealed('{"a": {"b": [1, 2.5, true, null, "x"]}}', 'json'),
    'app/some.ini': sealed('[section]\nkey = value\nother = 1\n', 'ini'),
    'app/blob.bin': sealed(Buffer.from([0, 1, 2, 255, 10]), 'binary'),
    'app/docker.json': sealed('{"auths": {"example.org": {"auth": "YTpi"}}}', 'json'),
  };
}

describeWithControlPlane('a tree of encrypted files', (sandbox) => {
  const folder = temporaryFolder();

  (canRun ? test : test.skip)(
    'makes the same Secrets by the real kustomize-controller',
    async () => {
      const sops = await RealSops.start(program ?? '');
      const files = encryptedTree(sops);
      sops.stop();
      const cluster = await Reconciled.start(sandbox(), OURS, path.join(folder, 'ours'));
      const stops: (() => unknown)[] = [() => cluster.end()];
      try {
        const inNamespace = (namespace: string) => ({
          spec: { targetNamespace: namespace, decryption: { provider: 'sops', secretRef: { name: 'sops-age' } } },
        });
        const keys = (namespace: string): JsonObject => ({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'sops-age', namespace },
          stringData: { 'age.agekey': sops.identity },
        });
        await cluster.apply(keys(OURS));
        await cluster.push(files);
        await cluster.kustomization('app', inNamespace(OURS).spec);
        await cluster.ready('app');

        await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: THEIRS } });
        await cluster.apply(keys(THEIRS));
        const { artifact, stop } = await serveArtifact(files, path.join(folder, 'theirs'));
        stops.push(stop);
        const source = { group: 'source.toolkit.fluxcd.io', kind: 'GitRepository', namespace: THEIRS, name: 'source' };
        await applyObject(
          cluster.client,
          {
            apiVersion: 'source.toolkit.fluxcd.io/v1',
            kind: source.kind,
            metadata: { name: 'source', namespace: THEIRS },
            spec: { url: 'https://example.invalid/source.git', interval: '10m' },
          },
          { fieldManager: 'test' },
        );
        await patchObject(
          cluster.client,
          source,
          { status: { artifact } },
          { fieldManager: 'test', subresource: 'status' },
        );
        stops.push(startFlux(sandbox().kubeconfig, path.join(folder, 'theirs')));
        await cluster.apply({
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          kind: 'Kustomization',
          metadata: { name: 'app', namespace: THEIRS },
          spec: {
            path: './app',
            prune: true,
            interval: '10m',
            sourceRef: { kind: 'GitRepository', name: 'source' },
            ...inNamespace(THEIRS).spec,
          },
        });
        const theirs = { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', namespace: THEIRS, name: 'app' };
        let status: JsonObject = {};
        await cluster.until(
          'the Kustomization of Flux',
          async () => {
            const object = await getObject(cluster.client, theirs);
            status = isObject(object?.status) ? object.status : {};
            // Its conditions and the rest of its status come by two patches (pkg/runtime: patch.SerialPatcher).
            return readyOf(status).startsWith('True ') && status.inventory !== undefined;
          },
          () => JSON.stringify(status),
        );
        const ours = await cluster.getKustomization('app');
        const names = (of: unknown, namespace: string): readonly string[] =>
          JSON.stringify(of)
            .match(new RegExp(`${namespace}_[^"]+_Secret`, 'g'))
            ?.map((id) => id.split('_')[1] ?? '')
            .sort() ?? [];
        const made = names(ours?.status, OURS);
        expect(made).toHaveLength(4);
        expect(names(status, THEIRS)).toEqual(made);
        for (const name of made) {
          const secretOf = (namespace: string) =>
            getObject(cluster.client, { group: '', kind: 'Secret', namespace, name });
          const [mine, real] = [await secretOf(OURS), await secretOf(THEIRS)];
          expect([name, mine?.type, mine?.data]).toEqual([name, real?.type, real?.data]);
        }
        await cluster.deleteKustomization('app');
      } finally {
        for (const stop of stops.reverse()) await stop();
      }
    },
    120_000,
  );
});

/** An artifact as source-controller would serve it. */
async function serveArtifact(files: Readonly<Record<string, string>>, folder: string) {
  writeFiles(path.join(folder, 'source'), files);
  const archive = path.join(folder, 'source.tar.gz');
  const { status } = spawnSync('tar', ['czf', archive, '-C', path.join(folder, 'source'), '.']);
  expect(status).toBe(0);
  const bytes = fs.readFileSync(archive);
  const server = createServer((_request, response) => response.end(bytes)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const artifact = {
    digest,
    lastUpdateTime: '2026-01-01T00:00:00Z',
    path: 'source.tar.gz',
    revision: REVISION,
    url: `http://127.0.0.1:${port}/source.tar.gz`,
  };
  return { artifact, stop: () => server.close() };
}

/** Only for its namespace, and beside whoever else runs on the same control plane. */
function startFlux(kubeconfig: string, folder: string): () => Promise<void> {
  const log = fs.openSync(path.join(folder, 'kustomize-controller.log'), 'w');
  const args = ['--watch-all-namespaces=false', '--events-addr=', '--metrics-addr=0', '--health-addr=0'];
  const child = spawn(flux ?? '', args, {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: THEIRS },
  });
  fs.closeSync(log);
  return async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
}
