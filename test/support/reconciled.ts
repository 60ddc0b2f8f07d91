/** A reconciler of Flux's objects of one namespace, whose source is a folder, on the control plane that tests share. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConditions } from '../../src/flux/index.ts';
import {
  applyObject,
  createClient,
  deleteObject,
  getObject,
  type KubeClient,
  type KubeObject,
  listObjects,
  loadAccess,
  patchObject,
} from '../../src/kube/index.ts';
import { isObject, type JsonObject, readDocuments } from '../../src/manifest/index.ts';
import { type Change, DEFAULT_POLICY, type ReconcilerOptions, startReconciler } from '../../src/reconciler/index.ts';
import { createEngine, createKustomizeProgram } from '../../src/render/index.ts';
import type { SandboxStatus } from '../../src/sandbox/index.ts';
import { openStorage } from '../../src/sources/index.ts';
import { writeFiles } from './folder.ts';

const KUSTOMIZATION = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' };
const GIT_REPOSITORY = { group: 'source.toolkit.fluxcd.io', version: 'v1', kind: 'GitRepository' };
const CRDS = ['helm.toolkit.fluxcd.io', 'kustomize.toolkit.fluxcd.io', 'source.toolkit.fluxcd.io'];
const PATIENCE_MS = 30_000;

/** How it is started, where that is not the default. */
export interface ReconciledOptions extends Partial<Pick<ReconcilerOptions, 'policy' | 'defaultServiceAccount'>> {
  /** What its requests go through. */
  readonly through?: (client: KubeClient) => KubeClient;
}

export class Reconciled {
  readonly client: KubeClient;
  readonly namespace: string;
  /** All that was changed, as the audit log is told of it. */
  readonly changes: Change[] = [];
  readonly errors: unknown[] = [];
  readonly #folder: string;
  readonly #options: ReconciledOptions;
  #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #revisions = 0;

  private constructor(client: KubeClient, namespace: string, folder: string, options: ReconciledOptions) {
    this.client = client;
    this.namespace = namespace;
    this.#folder = folder;
    this.#options = options;
  }

  /** @param folder empty; holds the source and the artifacts */
  static async start(
    sandbox: SandboxStatus,
    namespace: string,
    folder: string,
    options: ReconciledOptions = {},
  ): Promise<Reconciled> {
    const client = createClient(loadAccess({ env: {}, kubeconfig: sandbox.kubeconfig }), { env: {} });
    await installKinds(client);
    const reconciled = new Reconciled(client, namespace, folder, options);
    await reconciled.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    fs.mkdirSync(reconciled.#source, { recursive: true });
    await reconciled.apply({
      ...apiOf(GIT_REPOSITORY),
      metadata: { name: 'source', namespace },
      spec: { url: 'https://example.invalid/source.git', interval: '10m' },
    });
    await reconciled.run();
    return reconciled;
  }

  get #source(): string {
    return path.join(this.#folder, 'source');
  }

  async run(): Promise<void> {
    const { ended } = await startReconciler({
      client: this.#options.through?.(this.client) ?? this.client,
      engine: createEngine(createKustomizeProgram(undefined, undefined)),
      storage: openStorage(path.join(this.#folder, 'storage')),
      audit: (change) => this.changes.push(change),
      policy: DEFAULT_POLICY,
      defaultServiceAccount: '',
      ...this.#options,
      folders: new Map([[`GitRepository/${this.namespace}/source`, this.#source]]),
      namespace: this.namespace,
      signal: this.#stop.signal,
      onError: (error) => this.errors.push(error),
    });
    this.#ended = ended;
  }

  /** Ends it; what it manages stays. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    this.#stop = new AbortController();
  }

  async end(): Promise<void> {
    await this.stop();
    this.client.close();
  }

  async apply(
    object: JsonObject,
    options: { readonly dryRun?: boolean; readonly subresource?: string; readonly fieldManager?: string } = {},
  ): Promise<KubeObject> {
    return (await applyObject(this.client, object, { fieldManager: 'test', force: true, ...options })).object;
  }

  /** Another revision: the files are written, and what is named undefined is deleted. */
  async push(files: Readonly<Record<string, string | undefined>>): Promise<void> {
    this.write(files);
    await this.request(GIT_REPOSITORY, 'source');
    await this.revision();
  }

  /** Changes the source, and tells nobody. */
  write(files: Readonly<Record<string, string | undefined>>): void {
    for (const [file, content] of Object.entries(files)) {
      if (content === undefined) fs.rmSync(path.join(this.#source, file), { recursive: true });
      else writeFiles(this.#source, { [file]: content });
    }
  }

  /** As `flux reconcile` does. */
  async request(kind: typeof KUSTOMIZATION, name: string): Promise<void> {
    const patch = {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': `test-${(this.#revisions += 1)}` } },
    };
    await patchObject(this.client, { ...kind, namespace: this.namespace, name }, patch, { fieldManager: 'test' });
  }

  /** Makes a Kustomization of a folder of the source. */
  async kustomization(name: string, spec: JsonObject = {}): Promise<void> {
    await this.apply({
      ...apiOf(KUSTOMIZATION),
      metadata: { name, namespace: this.namespace },
      spec: {
        path: `./${name}`,
        prune: true,
        interval: '10m',
        sourceRef: { kind: 'GitRepository', name: 'source' },
        ...spec,
      },
    });
  }

  async get(kind: string, name: string, group = ''): Promise<KubeObject | undefined> {
    return getObject(this.client, { group, kind, namespace: this.namespace, name });
  }

  async delete(kind: string, name: string, group = ''): Promise<void> {
    await deleteObject(this.client, { group, kind, namespace: this.namespace, name });
  }

  /** Until an object is no more. */
  async gone(kind: string, name: string, group = ''): Promise<void> {
    await this.until(`the end of ${kind} ${name}`, async () => (await this.get(kind, name, group)) === undefined);
  }

  /** Deletes a Kustomization, and waits until it is let go. */
  async deleteKustomization(name: string): Promise<void> {
    await this.delete(KUSTOMIZATION.kind, name, KUSTOMIZATION.group);
    await this.gone(KUSTOMIZATION.kind, name, KUSTOMIZATION.group);
  }

  async getKustomization(name: string): Promise<KubeObject | undefined> {
    return this.get(KUSTOMIZATION.kind, name, KUSTOMIZATION.group);
  }

  /** The status of a Kustomization once it is what is waited for. */
  async status(name: string, matches: (status: JsonObject, ready: string) => boolean): Promise<JsonObject> {
    let last: JsonObject = {};
    await this.until(
      `Kustomization ${name}`,
      async () => {
        const object = await this.getKustomization(name);
        last = isObject(object?.status) ? object.status : {};
        return matches(last, readyOf(last));
      },
      () => JSON.stringify(last),
    );
    return last;
  }

  /** Until a Kustomization is ready, of the newest revision of the source. */
  async ready(name: string): Promise<JsonObject> {
    const revision = await this.revision();
    return this.status(name, (status, ready) => status.lastAppliedRevision === revision && ready.startsWith('True '));
  }

  /** Until a Kustomization has failed for a reason. */
  async failed(name: string, reason: string): Promise<JsonObject> {
    return this.status(name, (_status, ready) => ready.startsWith(`False ${reason}: `));
  }

  /** Of the artifact of what the source holds now. */
  async revision(): Promise<unknown> {
    let revision: unknown;
    await this.until('the source', async () => {
      const object = await this.get('GitRepository', 'source', GIT_REPOSITORY.group);
      const status = isObject(object?.status) ? object.status : {};
      const annotations = isObject(object?.metadata.annotations) ? object.metadata.annotations : {};
      revision = isObject(status.artifact) ? status.artifact.revision : undefined;
      const isHandled = status.lastHandledReconcileAt === annotations['reconcile.fluxcd.io/requestedAt'];
      return revision !== undefined && isHandled;
    });
    return revision;
  }

  async until(what: string, isSo: () => boolean | Promise<boolean>, describe: () => string = () => ''): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > end) throw new Error(`${what} did not come to be as expected: ${describe()}`);
      await sleep(20);
    }
  }

  /** The messages of the events about a Kustomization. */
  async events(name: string): Promise<readonly string[]> {
    const { objects } = await listObjects(
      this.client,
      { group: '', version: 'v1', kind: 'Event' },
      { namespace: this.namespace },
    );
    return objects
      .filter(({ involvedObject }) => isObject(involvedObject) && involvedObject.name === name)
      .map(({ type, reason, message }) => [type, reason, message].filter((one) => typeof one === 'string').join(' '));
  }
}

/** The Ready condition as `True ReconciliationSucceeded: Applied revision: …`; '' where there is none. */
export function readyOf(status: JsonObject): string {
  return conditionOf(status, 'Ready');
}

export function conditionOf(status: JsonObject, type: string): string {
  const condition = parseConditions(status.conditions).find((one) => one.type === type);
  return condition === undefined ? '' : `${condition.status} ${condition.reason}: ${condition.message}`;
}

export function configMap(name: string, data: Readonly<Record<string, string>>, metadata: JsonObject = {}): string {
  return manifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data });
}

/** The text of a file that holds an object: JSON is YAML. */
export function manifest(object: JsonObject): string {
  return `${JSON.stringify(object)}\n`;
}

/** `kustomize.toolkit.fluxcd.io/<name>: <value>`, by which an object says how it is to be treated. */
export function says(name: string, value: string): JsonObject {
  return { [`kustomize.toolkit.fluxcd.io/${name}`]: value };
}

function apiOf({ group, version, kind }: typeof KUSTOMIZATION): JsonObject {
  return { apiVersion: `${group}/${version}`, kind };
}

/** Flux's kinds, as this project has them; all test files ask for the same. */
/** The kinds of Flux that a test of its objects needs. */
export async function installKinds(client: KubeClient): Promise<void> {
  const folder = path.join(import.meta.dirname, '../../imports/crds');
  const kinds: string[] = [];
  for (const file of fs.readdirSync(folder)) {
    for (const { value } of readDocuments(fs.readFileSync(path.join(folder, file)))) {
      const group = isObject(value) && isObject(value.spec) ? value.spec.group : undefined;
      if (!isObject(value) || typeof group !== 'string' || !CRDS.includes(group)) continue;
      const { object } = await applyObject(client, value, { fieldManager: 'test', force: true });
      kinds.push(object.metadata.name);
    }
  }
  for (const name of kinds) await established(client, name);
}

async function established(client: KubeClient, name: string): Promise<void> {
  const kind = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };
  for (;;) {
    const object = await getObject(client, { ...kind, namespace: '', name });
    if (conditionOf(isObject(object?.status) ? object.status : {}, 'Established').startsWith('True')) return;
    await sleep(50);
  }
}
