import { describe, expect, test } from '@jest/globals';
import { ApiObject, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import {
  Application,
  GitRepository,
  applyMode,
  forceReplace,
  neverDecrypt,
  neverPrune,
  neverReconcile,
  neverSubstitute,
} from '../../constructs/index.ts';
import { fileText, testCluster, testNamespace } from '../support/cluster.ts';

describe('a switch of Flux', () => {
  test('is an annotation of the object, whatever library made it', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const config = new ApiObject(app, 'site', { apiVersion: 'v1', kind: 'ConfigMap' });
    expect(neverPrune(config)).toBe(config);
    for (const never of [neverSubstitute, neverDecrypt, neverReconcile]) never(config);
    forceReplace(config);
    applyMode(config, 'Merge');
    neverPrune(new kplus.PersistentVolumeClaim(app, 'data'));
    expect(fileText(cluster, 'apps/web/site/app/configmap.yaml')).toContain(`  annotations:
    kustomize.toolkit.fluxcd.io/decrypt: disabled
    kustomize.toolkit.fluxcd.io/force: enabled
    kustomize.toolkit.fluxcd.io/prune: disabled
    kustomize.toolkit.fluxcd.io/reconcile: disabled
    kustomize.toolkit.fluxcd.io/ssa: Merge
    kustomize.toolkit.fluxcd.io/substitute: disabled
`);
    expect(fileText(cluster, 'apps/web/site/app/persistentvolumeclaim-data.yaml')).toContain('prune: disabled');
  });

  test('of an Application or a source is on the object that it stands for', () => {
    const cluster = testCluster();
    const app = neverPrune(new Application(testNamespace(cluster), 'site'));
    new ApiObject(app, 'site', { apiVersion: 'v1', kind: 'ConfigMap' });
    neverPrune(new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git' }));
    expect(fileText(cluster, 'apps/web/site/ks.yaml')).toContain('prune: disabled');
    expect(fileText(cluster, 'apps/web/site/app/configmap.yaml')).not.toContain('prune: disabled');
    expect(fileText(cluster, 'flux/repositories/git/site.yaml')).toContain('prune: disabled');
  });

  test('of a construct of many objects is on each', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const many = new Chart(app, 'many', { namespace: 'web' });
    for (const name of ['one', 'two'])
      new ApiObject(many, name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    neverPrune(many);
    for (const name of ['one', 'two']) {
      expect(fileText(cluster, `apps/web/site/app/configmap-${name}.yaml`)).toContain('prune: disabled');
    }
  });
});
