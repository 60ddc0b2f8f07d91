import { expect, test } from '@jest/globals';
import { MemoryTree } from '../../../src/flux/index.ts';
import { formatIdentity, identityOf } from '../../../src/manifest/index.ts';
import { planBootstrap } from '../../../src/reconciler/index.ts';
import { createEngine, createKustomizeProgram, walk } from '../../../src/render/index.ts';

const ROOT = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: cluster, namespace: flux-system }
spec:
  path: ./cluster
  interval: 10m
  prune: true
  sourceRef: { kind: GitRepository, name: cluster }
  postBuild: { substituteFrom: [{ kind: Secret, name: places }] }
`;

async function planOf(url: string) {
  const tree = new MemoryTree(
    Object.entries({
      'cluster/root.yaml': ROOT,
      'cluster/source.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: cluster, namespace: flux-system }
spec: { url: "${url}", interval: 10m }
`,
    }),
  );
  const engine = createEngine(createKustomizeProgram(undefined, undefined));
  return planBootstrap(await walk({ tree, entry: 'cluster', engine }));
}

const names = (objects: readonly Parameters<typeof identityOf>[0][]) =>
  objects.map((one) => formatIdentity(identityOf(one)));

test('a bare cluster begins with the first Kustomization and its source', async () => {
  const { seeds, unknown } = await planOf('https://example.org/cluster.git');
  expect(names(seeds)).toEqual(['GitRepository/flux-system/cluster', 'Kustomization/flux-system/cluster']);
  expect(unknown).toEqual([]);
});

test('what holds a variable that only the cluster knows is not applied with a placeholder in it', async () => {
  const { seeds, unknown } = await planOf('https://${HOST}/cluster.git');
  expect(names(seeds)).toEqual(['Kustomization/flux-system/cluster']);
  expect(unknown.map(formatIdentity)).toEqual(['GitRepository/flux-system/cluster']);
});
