import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createObject } from '../../../src/kube/index.ts';
import { isList, isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { findSandboxProgram } from '../../../src/sandbox/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { configMap, Reconciled } from '../../support/reconciled.ts';

const NAMESPACE = 'field-managers-test';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

describeWithControlPlane('an object that others made before', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const object = (name: string, data: JsonObject, metadata: JsonObject = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...local, ...metadata },
    data,
  });
  const managersOf = async (name: string) => {
    const managedFields = (await cluster.get('ConfigMap', name))?.metadata.managedFields;
    return isList(managedFields) ? managedFields.filter(isObject).map((one) => [one.manager, one.operation]) : [];
  };
  const OURS = ['kustomize-controller', 'Apply'];
  /** What git has of it, and what becomes of it then. */
  const takeOver = async (name: string) => {
    await cluster.push({ [`${name}/a.yaml`]: configMap(name, { git: '1' }, local) });
    await cluster.kustomization(name);
    await cluster.ready(name);
    return cluster.get('ConfigMap', name);
  };

  test.each(['kubectl-client-side-apply', 'kubectl-create', 'before-first-apply', 'kustomize-controller'])(
    'by the manager %s becomes as git has it, and what git lacks goes',
    async (fieldManager) => {
      const name = `of-${fieldManager}`;
      const metadata = { annotations: { [LAST_APPLIED]: '{}', own: 'x' }, labels: { 'fluxcd.io/sync-gc-mark': 'x' } };
      await createObject(cluster.client, object(name, { git: '0', own: 'x' }, metadata), { fieldManager });
      const taken = await takeOver(name);
      expect(taken?.data).toEqual({ git: '1' });
      expect(taken?.metadata.annotations).toBeUndefined();
      expect(taken?.metadata.labels).not.toHaveProperty(['fluxcd.io/sync-gc-mark']);
      expect(await managersOf(name)).toEqual([OURS]);
    },
  );

  test("by another manager becomes as git has it, and what git lacks stays that manager's", async () => {
    await createObject(cluster.client, object('of-others', { git: '0', own: 'x' }), { fieldManager: 'operator' });
    const taken = await takeOver('of-others');
    expect(taken?.data).toEqual({ git: '1', own: 'x' });
    expect(await managersOf('of-others')).toEqual([OURS, ['operator', 'Update']]);
  });

  const kubectl = findSandboxProgram('kubectl', process.env);
  if (kubectl === undefined) process.stderr.write('skipped, as kubectl is not here: taking over from kubectl apply\n');
  (kubectl === undefined ? describe.skip : describe)('by the real kubectl apply', () => {
    test.each([
      ['', []],
      [' --server-side', ['--server-side']],
    ])('%s becomes as git has it, and what git lacks goes', async (_title, options) => {
      const name = `applied${options.length === 0 ? '' : '-server-side'}`;
      writeFiles(folder, { 'object.json': JSON.stringify(object(name, { git: '0', own: 'x' })) });
      const { kubeconfig } = sandbox();
      const args = ['apply', `--kubeconfig=${kubeconfig}`, ...options, `--filename=${folder}/object.json`];
      const applied = spawnSync(kubectl ?? '', args, { encoding: 'utf8' });
      expect(applied.stderr).toBe('');
      expect(await managersOf(name)).not.toEqual([OURS]);
      const taken = await takeOver(name);
      expect(taken?.data).toEqual({ git: '1' });
      expect(taken?.metadata.annotations).toBeUndefined();
      expect(await managersOf(name)).toEqual([OURS]);
    });
  });
});
