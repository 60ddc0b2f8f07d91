/** Server-side apply by this client and by kubectl, on one control plane of this machine. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyObject, createClient, deleteObject, getObject, type KubeClient, loadAccess } from '../src/kube/index.ts';
import type { JsonObject } from '../src/manifest/index.ts';
import { down, findSandboxProgram, up } from '../src/sandbox/index.ts';

const SIZE = 300;
const ROUNDS = 5;
const CONCURRENCIES = [1, 20, 64];
const WAYS = ['new', 'unchanged', 'dry run'] as const;
const FIELD_MANAGER = 'bench';

export async function benchKube(log: (line: string) => void): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  try {
    const { kubeconfig } = await up(path.join(folder, 'sandbox'), { env: process.env, log: () => undefined });
    const cleaner = createClient(loadAccess({ env: {}, kubeconfig }), { env: {} });
    const best = new Map<string, number[]>();
    const note = (title: string, figures: readonly number[]): void => {
      best.set(
        title,
        (best.get(title) ?? figures).map((figure, index) => Math.min(figure, figures[index] ?? figure)),
      );
    };
    // In turn, so that what else the machine does meets all alike.
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const concurrency of CONCURRENCIES) {
        const namespace = `client-${round}-${concurrency}`;
        const figures = await measureClient(kubeconfig, namespace, concurrency);
        await removeNamespace(cleaner, namespace);
        note(`this client, ${concurrency} at once`, figures);
      }
      const figures = measureKubectl(kubeconfig, folder, `kubectl-${round}`);
      if (figures !== undefined) note('`kubectl apply --server-side`', figures);
      await removeNamespace(cleaner, `kubectl-${round}`);
      log(`round ${round}`);
    }
    cleaner.close();
    const rows = [...best].map(([title, figures]) => row(`${SIZE} objects, ${title}`, figures));
    return [`| | ${WAYS.map((way) => `${way} s`).join(' | ')} |`, '| --- | --- | --- | --- |', ...rows].join('\n');
  } finally {
    await down(path.join(folder, 'sandbox'));
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function measureClient(kubeconfig: string, namespace: string, concurrency: number): Promise<number[]> {
  const client = createClient(loadAccess({ env: {}, kubeconfig }), { env: {}, concurrency });
  const objects = manifests(SIZE, namespace);
  // Connected and acquainted with the kinds, as a reconciler is.
  await applyObject(client, namespaceObject(namespace), { fieldManager: FIELD_MANAGER });
  await getObject(client, { group: 'apps', kind: 'Deployment', namespace, name: 'none' });
  const figures: number[] = [];
  for (const way of WAYS) {
    const started = performance.now();
    const options = { fieldManager: FIELD_MANAGER, force: true, dryRun: way === 'dry run' };
    await Promise.all(objects.map((object) => applyObject(client, object, options)));
    figures.push((performance.now() - started) / 1000);
  }
  client.close();
  return figures;
}

/**
 * The API server looks at all addresses of Services whenever it gives one (ipallocator: Allocator.Used), and
 * kube-controller-manager answers each Deployment with a ReplicaSet: a figure taken while the objects of earlier ones
 * stand, or are still worked on, is of those.
 */
async function removeNamespace(client: KubeClient, name: string): Promise<void> {
  const namespace = { group: '', kind: 'Namespace', namespace: '', name };
  await deleteObject(client, namespace);
  while ((await getObject(client, namespace)) !== undefined) await sleep(100);
}

/** With its client-side limit off, as it is on any API server with priority and fairness. */
function measureKubectl(kubeconfig: string, folder: string, namespace: string): number[] | undefined {
  const kubectl = findSandboxProgram('kubectl', process.env);
  if (kubectl === undefined) return undefined;
  const file = path.join(folder, `${namespace}.json`);
  const items = [namespaceObject(namespace), ...manifests(SIZE, namespace)];
  fs.writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return WAYS.map((way) => {
    const args = ['apply', '--server-side', '--force-conflicts', '--filename', file];
    const started = performance.now();
    const { status, stderr } = spawnSync(kubectl, way === 'dry run' ? [...args, '--dry-run=server'] : args, {
      env: { KUBECONFIG: kubeconfig, HOME: folder },
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (status !== 0) throw new Error(stderr);
    return (performance.now() - started) / 1000;
  });
}

/** A third each of Deployments without replicas, Services and ConfigMaps. */
function manifests(size: number, namespace: string): JsonObject[] {
  return Array.from({ length: size }, (_, index) => {
    const name = `app-${Math.floor(index / 3)}`;
    const metadata = { name, namespace, labels: { app: name } };
    if (index % 3 === 0) return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: name } };
    if (index % 3 === 1) {
      const spec = { selector: { app: name }, ports: [{ port: 80, protocol: 'TCP' }] };
      return { apiVersion: 'v1', kind: 'Service', metadata, spec };
    }
    const template = {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'example.org/app:1.0.0', ports: [{ containerPort: 80 }] }] },
    };
    const spec = { replicas: 0, selector: { matchLabels: { app: name } }, template };
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
  });
}

function namespaceObject(name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function row(title: string, figures: readonly number[]): string {
  return `| ${title} | ${figures.map((figure) => figure.toFixed(2)).join(' | ')} |`;
}
