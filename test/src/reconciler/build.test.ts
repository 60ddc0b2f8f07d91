import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { getObject } from '../../../src/kube/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, manifest, Reconciled, readyOf, says } from '../../support/reconciled.ts';

const NAMESPACE = 'build-test';
const TARGET = 'build-test-target';

describeWithControlPlane('what a Kustomization builds', (sandbox) => {
  const folder = temporaryFolder();
  let cluster: Reconciled;
  const local = { namespace: NAMESPACE };

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: TARGET } });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const variables = async (kind: string, name: string, data: Record<string, string>, labels: JsonObject = {}) =>
    cluster.apply({
      apiVersion: 'v1',
      kind,
      metadata: { name, ...local, labels },
      [kind === 'Secret' ? 'stringData' : 'data']: data,
    });

  test('has variables of ConfigMaps and Secrets put in, where later ones win and those in line win over all', async () => {
    await variables('ConfigMap', 'first', { a: 'first', b: 'first', c: 'first', d: 'first' });
    await variables('Secret', 'second', { b: 'second', c: 'second' });
    await cluster.push({
      'variables/a.yaml': configMap('variables', { all: '${a} ${b} ${c} ${d:=default} ${e:=default}' }, local),
    });
    await cluster.kustomization('variables', {
      postBuild: {
        substitute: { c: 'inline' },
        substituteFrom: [
          { kind: 'ConfigMap', name: 'first' },
          { kind: 'Secret', name: 'second' },
          { kind: 'ConfigMap', name: 'nowhere', optional: true },
        ],
      },
    });
    await cluster.ready('variables');
    expect(await cluster.get('ConfigMap', 'variables')).toMatchObject({
      data: { all: 'first second inline first default' },
    });
  });

  test('waits for a ConfigMap of variables that is not there, by its name', async () => {
    await cluster.push({ 'awaited/a.yaml': configMap('awaited', { key: '${key}' }, local) });
    await cluster.kustomization('awaited', {
      postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'awaited-variables' }] },
    });
    const status = await cluster.failed('awaited', 'BuildFailed');
    expect(readyOf(status)).toContain('ConfigMap awaited-variables');
    await variables('ConfigMap', 'awaited-variables', { key: 'value' });
    await cluster.ready('awaited');
    expect(await cluster.get('ConfigMap', 'awaited')).toMatchObject({ data: { key: 'value' } });
  });

  test.each(['ConfigMap', 'Secret'])('follows a %s of variables whose label asks for it', async (kind) => {
    const name = `followed-${kind.toLowerCase()}`;
    const watched = { 'reconcile.fluxcd.io/watch': 'Enabled' };
    await variables(kind, `${name}-variables`, { key: '1' }, watched);
    await cluster.push({ [`${name}/a.yaml`]: configMap(name, { key: 'value-${key}' }, local) });
    await cluster.kustomization(name, { postBuild: { substituteFrom: [{ kind, name: `${name}-variables` }] } });
    await cluster.ready(name);
    await variables(kind, `${name}-variables`, { key: '2' }, watched);
    const changed = () => cluster.changes.filter(({ object, cause }) => object.name === name && cause === 'config');
    await cluster.until('the change', () => changed().length > 0);
    expect(changed().map(({ fields }) => fields)).toEqual([['/data/key']]);
    expect(await cluster.get('ConfigMap', name)).toMatchObject({ data: { key: 'value-2' } });
  });

  test('fails where a variable is not set, and the objects stay as they are', async () => {
    await cluster.push({ 'strict/a.yaml': configMap('strict', { key: '1' }, local) });
    const postBuild = { substitute: { other: 'x' } };
    await cluster.kustomization('strict', { postBuild });
    const before = await cluster.ready('strict');
    await cluster.push({ 'strict/a.yaml': configMap('strict', { key: '${unset}' }, local) });
    const status = await cluster.failed('strict', 'BuildFailed');
    expect(readyOf(status)).toContain('unset');
    expect(status.inventory).toEqual(before.inventory);
    expect(await cluster.get('ConfigMap', 'strict')).toMatchObject({ data: { key: '1' } });
  });

  test('has no variables put in where an object says substitute: disabled, and none without postBuild', async () => {
    const metadata = { ...local, annotations: says('substitute', 'disabled') };
    await cluster.push({
      'literal/a.yaml': configMap('literal', { key: '${key}' }, metadata),
      'plain/a.yaml': configMap('plain', { key: '${key}' }, local),
    });
    await cluster.kustomization('literal', { postBuild: { substitute: { key: 'value' } } });
    await cluster.kustomization('plain');
    await cluster.ready('literal');
    await cluster.ready('plain');
    expect(await cluster.get('ConfigMap', 'literal')).toMatchObject({ data: { key: '${key}' } });
    expect(await cluster.get('ConfigMap', 'plain')).toMatchObject({ data: { key: '${key}' } });
  });

  test('goes into the targetNamespace, under names with prefix and suffix', async () => {
    await cluster.push({ 'target/a.yaml': configMap('named', {}, local) });
    await cluster.kustomization('target', { targetNamespace: TARGET, namePrefix: 'pre-', nameSuffix: '-suf' });
    const status = await cluster.ready('target');
    expect(status.inventory).toEqual({ entries: [{ id: `${TARGET}_pre-named-suf__ConfigMap`, v: 'v1' }] });
    const reference = { group: '', kind: 'ConfigMap', namespace: TARGET, name: 'pre-named-suf' };
    expect(await getObject(cluster.client, reference)).toBeDefined();
  });

  test('has the labels and annotations of commonMetadata, over its own', async () => {
    const metadata = { ...local, labels: { team: 'own', kept: 'x' }, annotations: { note: 'own' } };
    await cluster.push({ 'common/a.yaml': configMap('common', {}, metadata) });
    await cluster.kustomization('common', {
      commonMetadata: { labels: { team: 'common' }, annotations: { note: 'common' } },
    });
    await cluster.ready('common');
    expect((await cluster.get('ConfigMap', 'common'))?.metadata).toMatchObject({
      labels: { team: 'common', kept: 'x', ...says('name', 'common') },
      annotations: { note: 'common' },
    });
  });

  test('has the patches and components of its spec', async () => {
    const deployment = manifest({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'patched', ...local },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'patched' } },
        template: {
          metadata: { labels: { app: 'patched' } },
          spec: { containers: [{ name: 'main', image: 'app:1' }] },
        },
      },
    });
    const component = {
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      commonAnnotations: { by: 'c' },
    };
    await cluster.push({
      'patched/app/a.yaml': deployment,
      'patched/component/kustomization.yaml': manifest(component),
    });
    await cluster.kustomization('patched', {
      path: './patched/app',
      components: ['../component'],
      patches: [{ patch: '[{"op":"add","path":"/spec/minReadySeconds","value":7}]', target: { kind: 'Deployment' } }],
    });
    await cluster.ready('patched');
    expect(await cluster.get('Deployment', 'patched', 'apps')).toMatchObject({
      metadata: { annotations: { by: 'c' } },
      spec: { minReadySeconds: 7 },
    });
  });

  test('of a folder that is not there fails, and prunes nothing', async () => {
    await cluster.push({ 'moved/a.yaml': configMap('moved', {}, local) });
    await cluster.kustomization('moved');
    await cluster.ready('moved');
    await cluster.push({ 'moved/a.yaml': undefined, moved: undefined });
    const status = await cluster.failed('moved', 'ArtifactFailed');
    expect(readyOf(status)).toContain('moved');
    expect(await cluster.get('ConfigMap', 'moved')).toBeDefined();
  });

  test('of files that are no objects, or do not build, fails with the file, and prunes nothing', async () => {
    await cluster.push({ 'broken/a.yaml': configMap('broken', {}, local) });
    await cluster.kustomization('broken');
    await cluster.ready('broken');
    await cluster.push({ 'broken/b.yaml': 'replicas: 1\n' });
    expect(readyOf(await cluster.failed('broken', 'BuildFailed'))).toContain('b.yaml');
    await cluster.push({ 'broken/kustomization.yaml': 'resources: [nowhere.yaml]\n' });
    const status = await cluster.status('broken', (_status, ready) => ready.includes('nowhere.yaml'));
    expect(readyOf(status)).toContain('False BuildFailed: ');
    expect(await cluster.get('ConfigMap', 'broken')).toBeDefined();
  });

  test('is nothing where the spec asks for something that is not carried out, which is named', async () => {
    await cluster.push({ 'uncovered/a.yaml': configMap('uncovered', {}, local) });
    await cluster.kustomization('uncovered', { decryption: { provider: 'sops', serviceAccountName: 'reader' } });
    const status = await cluster.failed('uncovered', 'FeatureGateDisabled');
    expect(conditionOf(status, 'Stalled')).toContain('spec.decryption.serviceAccountName');
    expect(await cluster.get('ConfigMap', 'uncovered')).toBeUndefined();
  });

  test('of an encrypted Secret without spec.decryption fails, and shows no part of it', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'sealed', ...local },
      data: { key: 'ENC[AES256_GCM,data:c2VjcmV0,iv:aXY=,tag:dGFn,type:str]' },
      sops: { mac: 'ENC[AES256_GCM,data:bWFj,iv:aXY=,tag:dGFn,type:str]', version: '3.13.2' },
    };
    await cluster.push({ 'sealed/a.yaml': manifest(secret) });
    await cluster.kustomization('sealed');
    const ready = readyOf(await cluster.failed('sealed', 'BuildFailed'));
    expect(ready).toContain(`Secret/${NAMESPACE}/sealed is SOPS encrypted, configuring decryption is required`);
    expect(ready).not.toContain('c2VjcmV0');
    expect(await cluster.get('Secret', 'sealed')).toBeUndefined();
  });
});
