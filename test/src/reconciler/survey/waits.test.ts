import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../../../src/kube/index.ts';
import { formatIdentity, type JsonObject } from '../../../../src/manifest/index.ts';
import { fluxObjects } from '../../../../src/reconciler/index.ts';

const READY = [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: '' }];

function flux(group: string, kind: string, name: string, spec: JsonObject, status: JsonObject = {}): KubeObject {
  const version = kind === 'HelmRelease' ? 'v2' : 'v1';
  return {
    apiVersion: `${group}.toolkit.fluxcd.io/${version}`,
    kind,
    metadata: { name, namespace: 'flux-system', uid: name, generation: 1 },
    spec,
    status,
  };
}

const repository = (status: JsonObject): KubeObject => flux('source', 'GitRepository', 'repo', {}, status);
const withArtifact = repository({ conditions: READY, artifact: { revision: 'main@sha1:bbbbbbbbbbbbbbbb' } });
const kustomization = (name: string, dependsOn: string[], status: JsonObject = {}): KubeObject =>
  flux(
    'kustomize',
    'Kustomization',
    name,
    { sourceRef: { kind: 'GitRepository', name: 'repo' }, dependsOn: dependsOn.map((one) => ({ name: one })) },
    status,
  );

function waitsOf(name: string, ...objects: readonly KubeObject[]): readonly string[] {
  const found = fluxObjects(objects).find(({ identity }) => identity.name === name);
  return (found?.waitsFor ?? []).map(({ identity, why }) => `${formatIdentity(identity)} ${why}`);
}

describe('what a Kustomization waits for', () => {
  test('is its source, which is not there or has nothing yet', () => {
    expect(waitsOf('apps', kustomization('apps', []))).toEqual(['GitRepository/flux-system/repo is not there']);
    const empty = repository({ observedGeneration: -1 });
    expect(waitsOf('apps', kustomization('apps', []), empty)).toEqual([
      'GitRepository/flux-system/repo has no artifact yet',
    ]);
  });

  test('is not a source that could not be fetched anew, since what it has is used', () => {
    const failing = repository({
      conditions: [{ ...READY[0], status: 'False' }],
      artifact: { revision: 'main@sha1:bbbbbbbbbbbbbbbb' },
    });
    expect(waitsOf('apps', kustomization('apps', []), failing)).toEqual([]);
  });

  test('is each dependency that is not there, not ready, or not at the revision of the source yet', () => {
    const objects = [
      withArtifact,
      kustomization('old', [], { conditions: READY, lastAppliedRevision: 'main@sha1:aaaaaaaaaaaaaaaa' }),
      kustomization('done', [], { conditions: READY, lastAppliedRevision: 'main@sha1:bbbbbbbbbbbbbbbb' }),
      kustomization('failing', [], { conditions: [{ ...READY[0], status: 'False' }] }),
    ];
    expect(waitsOf('apps', kustomization('apps', ['old', 'done', 'failing', 'gone']), ...objects)).toEqual([
      'Kustomization/flux-system/old is not at main@sha1:bbbbbbbb yet',
      'Kustomization/flux-system/failing is not ready',
      'Kustomization/flux-system/gone is not there',
    ]);
  });

  test('is nothing once it is ready or suspended', () => {
    expect(waitsOf('apps', kustomization('apps', ['gone'], { conditions: READY }))).toEqual([]);
    const suspended = { ...kustomization('apps', ['gone']), spec: { suspend: true } };
    expect(waitsOf('apps', suspended)).toEqual([]);
  });
});

describe('what a HelmRelease waits for', () => {
  const release = (spec: JsonObject): KubeObject => flux('helm', 'HelmRelease', 'web', spec);
  const chart = { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } };

  test('is the repository of its chart and its dependencies', () => {
    expect(waitsOf('web', release({ chart, dependsOn: [{ name: 'db', namespace: 'data' }] }))).toEqual([
      'HelmRepository/flux-system/charts is not there',
      'HelmRelease/data/db is not there',
    ]);
  });

  test('is not an OCI HelmRepository that is there, which has no artifact', () => {
    const charts = flux('source', 'HelmRepository', 'charts', { type: 'oci' });
    expect(waitsOf('web', release({ chart }), charts)).toEqual([]);
  });

  test('may be the artifact that chartRef names', () => {
    const spec = { chartRef: { kind: 'OCIRepository', name: 'chart' } };
    const oci = flux('source', 'OCIRepository', 'chart', {}, {});
    expect(waitsOf('web', release(spec), oci)).toEqual(['OCIRepository/flux-system/chart has no artifact yet']);
  });
});
