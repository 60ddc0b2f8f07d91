import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { allow, Application, HelmRelease, HelmRepository, type ApplicationOptions } from '../../constructs/index.ts';
import type { SlipwayError } from '../../src/errors.ts';
import { errorsOf, testCluster, testNamespace } from '../support/cluster.ts';

type Declare = (app: Application, charts: HelmRepository) => void;

function declared(options: ApplicationOptions, declare: Declare) {
  const cluster = testCluster();
  const charts = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
  const app = new Application(testNamespace(cluster), 'site', options);
  new ApiObject(app, 'placeholder', { apiVersion: 'v1', kind: 'ConfigMap' });
  declare(app, charts);
  return cluster;
}

const errors = (declare: Declare, options: ApplicationOptions = {}): string[] =>
  errorsOf(() => declared(options, declare).tree()).map(shown);
const warnings = (declare: Declare, options: ApplicationOptions = {}): string[] =>
  declared(options, declare).assemble().warnings.map(shown);

function shown({ code, message, place }: SlipwayError): string {
  expect(place.source).toMatch(/^test\/constructs\/rules\.test\.ts:\d+:\d+$/);
  return `${code}: ${message}`;
}

const object = (app: Application, kind: string, rest: object): ApiObject =>
  new ApiObject(app, kind.toLowerCase(), { apiVersion: 'v1', kind, ...rest });

describe('a Secret in plain text', () => {
  test('is an error that does not show it', () => {
    const [error] = errors((app) => object(app, 'Secret', { stringData: { password: 'hunter2' } }));
    expect(error).toBe('synth/plaintext-secret: The stringData of this Secret would be committed in plain text.');
  });

  test('made by cdk8s-plus is one too', () => {
    expect(errors((app) => new kplus.Secret(app, 's', { stringData: { a: 'b' } }))).toHaveLength(1);
  });

  test('without values, for others to fill, is none', () => {
    expect(errors((app) => object(app, 'Secret', { type: 'Opaque' }))).toEqual([]);
  });
});

describe('a namespace that nobody makes', () => {
  test('is an error for an object in it, and for a release that goes there', () => {
    expect(
      errors((app, charts) => {
        object(app, 'ConfigMap', { metadata: { name: 'x', namespace: 'nowhere' } });
        new HelmRelease(app, 'site', { chart: charts.chart('x', '1.0.0'), targetNamespace: 'elsewhere' });
      }),
    ).toEqual([
      'synth/namespace: It is in the namespace nowhere, which nobody makes.',
      'synth/namespace: Its targetNamespace is the namespace elsewhere, which nobody makes.',
    ]);
  });

  test('is none if the release makes it, or if every cluster has it', () => {
    expect(
      errors((app, charts) => {
        object(app, 'ConfigMap', { metadata: { name: 'x', namespace: 'kube-system' } });
        const install = { createNamespace: true };
        new HelmRelease(app, 'site', { chart: charts.chart('x', '1.0.0'), targetNamespace: 'own', install });
      }),
    ).toEqual([]);
  });
});

describe('text that post-build substitution would eat', () => {
  const script = { data: { 'run.sh': 'echo ${HOME} ${HOST} $${KEPT} ${PORT:=80}' } };
  const postBuild = { substitute: { HOST: 'example.org' } };

  test('is an error where nothing gives it a value', () => {
    expect(errors((app) => object(app, 'ConfigMap', script), { postBuild })).toEqual([
      'synth/substitution: At /data/run.sh, ${HOME} would be substituted, and nothing here gives HOME.',
    ]);
  });

  test('is a warning where a ConfigMap or a Secret may give it', () => {
    const from = { substituteFrom: [{ kind: 'ConfigMap' as const, name: 'settings' }] };
    expect(warnings((app) => object(app, 'ConfigMap', script), { postBuild: { ...postBuild, ...from } })).toHaveLength(
      1,
    );
  });

  test('is left alone without postBuild, and in an object that is marked', () => {
    expect(errors((app) => object(app, 'ConfigMap', script))).toEqual([]);
    const annotations = { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' };
    expect(errors((app) => object(app, 'ConfigMap', { metadata: { annotations }, ...script }), { postBuild })).toEqual(
      [],
    );
  });
});

describe('timeouts that cannot work together', () => {
  test('are an error for a release that outlives the wait of its Application', () => {
    expect(
      errors((app, charts) => new HelmRelease(app, 'site', { chart: charts.chart('x', '1.0.0'), timeout: '10m' })),
    ).toEqual(['synth/timeout: The release may take 10m, but its Application gives up waiting for it after 5m.']);
  });

  test('are an error for a release whose time is Flux’s own, or that of one of its actions', () => {
    const declare =
      (options: object): Declare =>
      (app, charts) =>
        new HelmRelease(app, 'site', { chart: charts.chart('x', '1.0.0'), ...options });
    expect(errors(declare({}), { timeout: '2m' })).toEqual([
      'synth/timeout: The release may take 5m, but its Application gives up waiting for it after 2m.',
    ]);
    expect(errors(declare({ upgrade: { timeout: '30m' } }))).toEqual([
      'synth/timeout: The release may take 30m, but its Application gives up waiting for it after 5m.',
    ]);
    expect(errors(declare({}), { timeout: '2m', suspend: true })).toEqual([]);
  });

  test('are none if the Application has the time, or does not wait', () => {
    const declare: Declare = (app, charts) => {
      new HelmRelease(app, 'site', { chart: charts.chart('x', '1.0.0'), timeout: '1h30m' });
    };
    expect(errors(declare, { timeout: '2h' })).toEqual([]);
    expect(errors(declare, { wait: false })).toEqual([]);
  });

  test('are an error for a retry that comes later than the next turn', () => {
    expect(errors(() => undefined, { interval: '1m', retryInterval: '2m' })).toEqual([
      'synth/timeout: A failure would be tried again only after 2m, later than the next turn after 1m.',
    ]);
  });
});

describe('a reference by hand', () => {
  const spec = { path: './', prune: true, interval: '1h', sourceRef: { kind: 'GitRepository', name: 'test' } };
  const kustomization = (app: Application, rest: object): ApiObject =>
    new ApiObject(app, 'other', {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { namespace: 'flux-system' },
      spec: { ...spec, ...rest },
    });

  test('to what nobody declares is an error', () => {
    expect(errors((app) => kustomization(app, { dependsOn: [{ name: 'site' }, { name: 'sight' }] }))).toEqual([
      'synth/dangling-reference: /spec/dependsOn/1 names Kustomization/flux-system/sight, which nobody declares.',
    ]);
    expect(errors((app) => kustomization(app, { sourceRef: { kind: 'Bucket', name: 'test' } }))).toEqual([
      'synth/dangling-reference: /spec/sourceRef names Bucket/flux-system/test, which nobody declares.',
    ]);
  });
});

describe('what is legal but hurts', () => {
  const pod = (image: string) => ({ spec: { containers: [{ name: 'main', image }] } });

  test.each([
    ['nginx', true],
    ['nginx:latest', true],
    ['registry.example.org:5000/nginx', true],
    ['nginx:1.29', false],
    ['nginx:latest@sha256:0000000000000000000000000000000000000000000000000000000000000000', false],
  ])('the image %s is a warning: %s', (image, isWarning) => {
    expect(warnings((app) => object(app, 'Pod', pod(image)))).toHaveLength(isWarning ? 1 : 0);
  });

  test('an Application that is not pruned is a warning', () => {
    expect(warnings(() => undefined, { prune: false })).toEqual([
      'synth/no-prune: What is taken out of this Application stays in the cluster.',
    ]);
  });

  test('is silenced where it stands, or for all that is in a scope, with a reason', () => {
    expect(
      warnings((app) => {
        allow(object(app, 'Pod', pod('nginx')), 'synth/floating-tag', 'rebuilt every night');
      }),
    ).toEqual([]);
    expect(
      warnings((app) => {
        object(app, 'Pod', pod('nginx'));
        allow(app, 'synth/floating-tag', 'rebuilt every night');
      }),
    ).toEqual([]);
    expect(() => {
      allow(testCluster(), 'synth/floating-tag', ' ');
    }).toThrow('why');
  });
});
