import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { Application, HelmRelease, HelmRepository, OCIRepository, type Cluster } from '../../constructs/index.ts';
import type { SlipwayError } from '../../src/errors.ts';
import { errorsOf, testCluster, testNamespace } from '../support/cluster.ts';

type Declare = (app: Application, cluster: Cluster) => void;

function declared(declare: Declare): Cluster {
  const cluster = testCluster();
  declare(new Application(testNamespace(cluster), 'site', { timeout: '10m' }), cluster);
  return cluster;
}

const errors = (declare: Declare): string[] => errorsOf(() => declared(declare).tree()).map(shown);
const warnings = (declare: Declare): string[] => declared(declare).assemble().warnings.map(shown);

function shown({ code, message, remedy, place }: SlipwayError): string {
  expect(place.source).toMatch(/^test\/constructs\/workload-rules\.test\.ts:\d+:\d+$/);
  return `${code}: ${message} ${remedy ?? ''}`;
}

const CONTAINER = { name: 'site', image: 'nginx:1.29', resources: { limits: { memory: '64Mi' } } };

const workload = (app: Application, spec: object, kind = 'Deployment', apiVersion = 'apps/v1'): ApiObject =>
  new ApiObject(app, `${kind}-site`, { apiVersion, kind, metadata: { name: 'site' }, spec });

const deployment = (app: Application, pod: object, labels: object = { app: 'site' }): ApiObject =>
  workload(app, { selector: { matchLabels: { app: 'site' } }, template: { metadata: { labels }, spec: pod } });

describe('a workload that the API server would refuse', () => {
  test('for a selector that its own Pods do not match', () => {
    const pod = { containers: [CONTAINER] };
    expect(errors((app) => deployment(app, pod, { app: 'sight' }))).toEqual([
      'synth/selector: Its selector asks for app=site, and its Pods have app=sight. Give `spec.template.metadata.labels` all that `spec.selector.matchLabels` asks for.',
    ]);
    expect(errors((app) => deployment(app, pod, {}))).toEqual([
      'synth/selector: Its selector asks for app=site, and its Pods have no such label. Give `spec.template.metadata.labels` all that `spec.selector.matchLabels` asks for.',
    ]);
    expect(errors((app) => deployment(app, pod, { app: 'site', more: 'x' }))).toEqual([]);
  });

  test('for a volume that is mounted and not there', () => {
    const volumeMounts = [{ name: 'date', mountPath: '/data' }];
    const pod = { initContainers: [{ ...CONTAINER, name: 'before', volumeMounts }], containers: [CONTAINER] };
    expect(errors((app) => deployment(app, { ...pod, volumes: [{ name: 'data', emptyDir: {} }] }))).toEqual([
      'synth/volume: The container before mounts the volume date, which its Pod does not have. Declare it, or write one of these: data.',
    ]);
    expect(errors((app) => deployment(app, pod))).toEqual([
      'synth/volume: The container before mounts the volume date, which its Pod does not have. Declare it in `volumes`.',
    ]);
  });

  test('not for a volume that is a claim of its StatefulSet', () => {
    const labels = { app: 'site' };
    const container = { ...CONTAINER, volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const spec = {
      serviceName: 'site',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    };
    expect(errors((app) => workload(app, spec, 'StatefulSet'))).toEqual([]);
  });

  test.each([
    ['memory', '512Mi', '256Mi', true],
    ['memory', '0.5Gi', '512Mi', false],
    ['memory', '1e9', '1G', false],
    ['memory', '1Gi', '1G', true],
    ['cpu', '1500m', '1', true],
    ['cpu', 1, '1000m', false],
    ['cpu', '${CPU}', '1', false],
  ])('for %s: a request of %s under a limit of %s: %s', (resource, request, limit, isWrong) => {
    const resources = { requests: { [resource]: request }, limits: { memory: '1Gi', [resource]: limit } };
    expect(
      errors((app) => deployment(app, { containers: [{ ...CONTAINER, resources }] })).filter(isAboutResources),
    ).toEqual(
      isWrong
        ? [
            `synth/resources: The container site asks for ${request} of ${resource}, and may have ${limit} at most. Raise the limit, or ask for less.`,
          ]
        : [],
    );
  });

  test('for a port that is none', () => {
    const ports = [{ containerPort: 80_800 }];
    expect(errors((app) => deployment(app, { containers: [{ ...CONTAINER, ports }] }))).toEqual([
      'synth/port: The containerPort 80800 is no port. Write a number from 1 to 65535.',
    ]);
    expect(errors((app) => workload(app, { ports: [{ port: 0, targetPort: 'http' }] }, 'Service', 'v1'))).toEqual([
      'synth/port: The port 0 is no port. Write a number from 1 to 65535.',
    ]);
  });
});

const isAboutResources = (text: string): boolean => text.startsWith('synth/resources');

describe('a schedule', () => {
  const cronJob =
    (schedule: string): Declare =>
    (app) => {
      const template = { spec: { restartPolicy: 'Never', containers: [CONTAINER] } };
      workload(app, { schedule, jobTemplate: { spec: { template } } }, 'CronJob', 'batch/v1');
    };

  test.each([
    ['0 25 * * *', 'the hour 25 is not from 0 to 23'],
    ['0 3 * *', 'it has 4 fields in place of 5'],
    ['0 0 3 * * *', 'it has 6 fields in place of 5'],
    ['* * * * 7', 'the weekday 7 is not from 0 to 6'],
    ['* * 0 * *', 'the day of the month 0 is not from 1 to 31'],
    ['* 5-3 * * *', 'the hour 5-3 ends before it begins'],
    ['*/0 * * * *', 'a step of 0 leads nowhere'],
    ['0 3 * foo *', '"foo" is no month'],
    ['@nightly', 'it is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly'],
    ['TZ=UTC 0 3 * * *', 'the time zone has a field of its own, `timeZone`'],
  ])('%j is an error', (schedule, reason) => {
    expect(errors(cronJob(schedule))).toEqual([
      `synth/schedule: "${schedule}" is no schedule: ${reason}. Write minute, hour, day of the month, month and weekday, such as \`30 3 * * *\`, or a word such as \`@daily\`.`,
    ]);
  });

  test.each(['0 3 * * *', '*/5,7 1-3 ? jan-DEC Mon-fri', '5/15 * * * 0', '@daily', '@every 1h30m'])(
    '%j is none',
    (schedule) => {
      expect(errors(cronJob(schedule))).toEqual([]);
    },
  );
});

describe('a version that moves by itself', () => {
  const charts = (cluster: Cluster) => new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
  const release =
    (version?: string): Declare =>
    (app, cluster) => {
      const chart = { ...charts(cluster).chart('site', '1.0.0'), version };
      new HelmRelease(app, 'site', { chart });
    };

  test('of a chart is a warning', () => {
    const moves =
      "synth/floating-version: The chart site has no version, so Flux installs the newest at any time. Name a version, or a digest. Or say why it is right: allow(construct, 'synth/floating-version', 'the reason').";
    expect(warnings(release())).toEqual([moves]);
    expect(warnings(release('*'))).toEqual([moves]);
    expect(warnings(release('1.x'))).toEqual([]);
  });

  test('of an artifact is a warning', () => {
    const artifact =
      (options: object): Declare =>
      (app, cluster) => {
        new OCIRepository(cluster, 'site', { url: 'oci://registry.example.org/site', tag: '1.0.0', ...options });
        deployment(app, { containers: [CONTAINER] });
      };
    expect(warnings(artifact({ tag: 'latest' }))).toEqual([
      "synth/floating-version: Its tag latest may point to another artifact tomorrow. Name a version, or a digest. Or say why it is right: allow(construct, 'synth/floating-version', 'the reason').",
    ]);
  });
});

describe('two objects that are one to Flux or to Helm', () => {
  const release = (app: Application, cluster: Cluster, name: string, options: object): void => {
    const charts = new HelmRepository(cluster, `charts-${name}`, { url: 'https://charts.example.org' });
    new HelmRelease(app, name, { chart: charts.chart('site', '1.0.0'), ...options });
  };

  test('are an error: two HelmReleases of one Helm release', () => {
    expect(
      errors((app, cluster) => {
        release(app, cluster, 'one', { releaseName: 'site' });
        release(app, cluster, 'site', {});
      }),
    ).toEqual([
      expect.stringMatching(
        /^synth\/same-release: Two HelmReleases are the Helm release site in web; the other one, HelmRelease\/web\/one, is made in test\S+:\d+:\d+\. Give one of them another `releaseName`\.$/,
      ),
    ]);
  });

  test('are none in namespaces of their own', () => {
    expect(
      errors((app, cluster) => {
        release(app, cluster, 'one', { releaseName: 'site', storageNamespace: 'default' });
        release(app, cluster, 'site', {});
        release(app, cluster, 'two', { targetNamespace: 'default' });
      }),
    ).toEqual([]);
  });

  const kustomization = (app: Application, name: string, spec: object): ApiObject =>
    new ApiObject(app, name, {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name, namespace: 'flux-system' },
      spec: {
        interval: '1h',
        prune: true,
        path: './deploy',
        sourceRef: { kind: 'GitRepository', name: 'test' },
        ...spec,
      },
    });

  test('are an error: two Kustomizations that apply one folder', () => {
    expect(
      errors((app) => {
        kustomization(app, 'one', {});
        kustomization(app, 'two', { path: 'deploy/' });
      }),
    ).toEqual([
      expect.stringMatching(
        /^synth\/same-folder: Two Kustomizations apply \.\/deploy of GitRepository\/flux-system\/test, and so own the same objects; the other one, Kustomization\/flux-system\/one, is made in \S+\. Take one of them out, or give each a `path` or a `targetNamespace` of its own\.$/,
      ),
    ]);
  });

  test('are none where each makes other objects of the folder', () => {
    expect(
      errors((app) => {
        kustomization(app, 'one', {});
        kustomization(app, 'two', { targetNamespace: 'default' });
        kustomization(app, 'three', { postBuild: { substitute: { A: 'b' } } });
      }),
    ).toEqual([]);
  });

  test('are an error: Kustomizations by hand that wait for each other', () => {
    expect(
      errors((app) => {
        kustomization(app, 'one', { dependsOn: [{ name: 'two' }] });
        kustomization(app, 'two', { path: './other', dependsOn: [{ name: 'one' }] });
      }),
    ).toEqual([
      'synth/dependency-cycle: These wait for each other: Kustomization/flux-system/one → Kustomization/flux-system/two → Kustomization/flux-system/one. Take one of these out of the `dependsOn` of the other.',
    ]);
  });
});
