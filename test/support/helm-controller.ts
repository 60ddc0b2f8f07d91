/** The real helm-controller, on the control plane that tests share, and charts that it is given. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { applyObject, createClient, getObject, type KubeClient, loadAccess } from '../../src/kube/index.ts';
import { isList, isObject, type JsonObject, readDocuments } from '../../src/manifest/index.ts';
import { findSandboxProgram, type SandboxStatus } from '../../src/sandbox/index.ts';
import { installKinds } from './reconciled.ts';

const POLL_MS = 100;

export const helmController = findSandboxProgram('helm-controller', process.env);

/** What helm recorded of a release: what it applied, and the hooks that it ran. */
export interface Recorded {
  readonly objects: readonly JsonObject[];
  readonly hooks: readonly JsonObject[];
}

export class HelmController {
  readonly client: KubeClient;
  readonly #namespace: string;
  readonly #log: string;
  readonly #child: ChildProcess;
  readonly #server: http.Server;
  readonly #archives = new Map<string, Buffer>();

  private constructor(client: KubeClient, namespace: string, log: string, child: ChildProcess, server: http.Server) {
    this.client = client;
    this.#namespace = namespace;
    this.#log = log;
    this.#child = child;
    this.#server = server;
  }

  /** @param folder for its log */
  static async start(sandbox: SandboxStatus, namespace: string, folder: string): Promise<HelmController> {
    const client = createClient(loadAccess({ env: {}, kubeconfig: sandbox.kubeconfig }), { env: {} });
    await installKinds(client);
    const log = path.join(folder, 'helm-controller.log');
    const output = fs.openSync(log, 'w');
    const quiet = ['--events-addr=', '--metrics-addr=0', '--health-addr=0'];
    const child = spawn(helmController ?? '', [...quiet, '--watch-all-namespaces=false'], {
      cwd: folder,
      stdio: ['ignore', output, output],
      env: { HOME: folder, KUBECONFIG: sandbox.kubeconfig, RUNTIME_NAMESPACE: namespace },
    });
    fs.closeSync(output);
    const server = http.createServer((request, response) => {
      const archive = controller.#archives.get(request.url ?? '');
      response.writeHead(archive === undefined ? 404 : 200).end(archive);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const controller = new HelmController(client, namespace, log, child, server);
    await controller.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    return controller;
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    this.#server.close();
    this.client.close();
  }

  async apply(object: JsonObject, subresource?: string): Promise<void> {
    await applyObject(this.client, object, { fieldManager: 'test', force: true, subresource });
  }

  /** Makes an OCIRepository, and says in its status what source-controller would: that it holds this chart. */
  async chart(source: JsonObject, archive: Buffer, revision: string): Promise<void> {
    await this.apply(source);
    const file = `/${createHash('sha256').update(archive).digest('hex')}.tgz`;
    this.#archives.set(file, archive);
    const { port } = this.#server.address() as AddressInfo;
    const { apiVersion, kind, metadata } = source;
    const now = new Date().toISOString();
    const artifact = {
      url: `http://127.0.0.1:${port}${file}`,
      path: file.slice(1),
      digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
      revision,
      lastUpdateTime: now,
      size: archive.length,
    };
    const ready = { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'held', lastTransitionTime: now };
    await this.apply(
      { apiVersion, kind, metadata, status: { observedGeneration: 1, artifact, conditions: [ready] } },
      'status',
    );
  }

  /** What is recorded of a release, once its HelmRelease is ready. */
  async released(name: string, release: string, storage = this.#namespace): Promise<Recorded> {
    const reference = { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease', namespace: this.#namespace, name };
    for (;;) {
      const status = (await getObject(this.client, reference))?.status;
      const conditions = isObject(status) && isList(status.conditions) ? status.conditions.filter(isObject) : [];
      const ready = conditions.find(({ type }) => type === 'Ready');
      if (ready?.status === 'True') break;
      if (
        conditions.some(({ type, status: is }) => type === 'Stalled' && is === 'True') ||
        this.#child.exitCode !== null
      ) {
        throw new Error(`${JSON.stringify(conditions)}\n${fs.readFileSync(this.#log, 'utf8').slice(-2000)}`);
      }
      await sleep(POLL_MS);
    }
    const record = await getObject(this.client, {
      group: '',
      kind: 'Secret',
      namespace: storage,
      name: `sh.helm.release.v1.${release}.v1`,
    });
    return readRecord(record ?? {});
  }
}

/** helm: storage/driver, decodeRelease. */
function readRecord({ data }: JsonObject): Recorded {
  const held = isObject(data) && typeof data.release === 'string' ? data.release : '';
  const text = gunzipSync(Buffer.from(Buffer.from(held, 'base64').toString('latin1'), 'base64')).toString('utf8');
  const record = JSON.parse(text) as { manifest: string; hooks?: readonly { manifest: string }[] };
  return {
    objects: objectsOf(record.manifest),
    hooks: (record.hooks ?? []).flatMap(({ manifest }) => objectsOf(manifest)),
  };
}

function objectsOf(manifest: string): readonly JsonObject[] {
  return readDocuments(manifest)
    .map(({ value }) => value)
    .filter(isObject);
}
