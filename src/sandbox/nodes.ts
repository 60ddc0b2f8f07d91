import { applyObject, createClient, deleteObject, listObjects, loadAccess } from '../kube/index.ts';
import type { JsonObject } from '../manifest/index.ts';

const LABEL = 'slipway.dev/sandbox-node';
const KIND = { group: '', kind: 'Node' };

/** Makes the cluster have as many simulated nodes: kwok finds them by itself. */
export async function setNodes(kubeconfig: string, count: number): Promise<void> {
  const client = createClient(loadAccess({ env: {}, kubeconfig }), { env: {} });
  try {
    const wanted = Array.from({ length: count }, (_, index) => `sandbox-${index + 1}`);
    const { objects } = await listObjects(client, KIND, { labelSelector: LABEL });
    const names = objects.map(({ metadata }) => metadata.name);
    const surplus = names.filter((name) => !wanted.includes(name));
    await Promise.all([
      ...wanted.map((name) => applyObject(client, node(name), { fieldManager: 'slipway-sandbox' })),
      ...surplus.map((name) => deleteObject(client, { ...KIND, namespace: '', name })),
    ]);
  } finally {
    client.close();
  }
}

function node(name: string): JsonObject {
  const size = { cpu: '64', memory: '512Gi', pods: '1000' };
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    [LABEL]: '',
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status: { allocatable: size, capacity: size } };
}
