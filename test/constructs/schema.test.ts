import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import type { Namespace } from '../../constructs/index.ts';
import { allow, Application, Cluster, HelmRelease, HelmRepository } from '../../constructs/index.ts';
import { formatError } from '../../src/errors.ts';
import { errorsOf, testCluster, testNamespace } from '../support/cluster.ts';
import { temporaryFolder, writeFiles } from '../support/folder.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: object;
  readonly [field: string]: unknown;
}

let count = 0;

function object(scope: Application | Namespace, manifest: Manifest): ApiObject {
  count += 1;
  return new ApiObject(scope, `${manifest.kind.toLowerCase()}-${count}`, manifest);
}

function site(cluster = testCluster()): Application {
  return new Application(testNamespace(cluster), 'site');
}

function clusterOf({ node }: Application): Cluster {
  if (node.root instanceof Cluster) return node.root;
  throw new Error('not in a cluster');
}

/** Each error on the lines that a person sees but for the file of this test. */
function shown(app: Application): string[] {
  const errors = errorsOf(() => clusterOf(app).tree());
  return errors.map((error) => {
    expect(error.place.source).toMatch(/^test\/constructs\/schema\.test\.ts:\d+:\d+$/);
    const [head = '', message = '', , remedy = ''] = formatError(error).split('\n');
    return [head, message, remedy].map((line) => line.trim()).join(' | ');
  });
}

const CONTAINERS = [{ name: 'site', image: 'nginx:1.29', resources: { limits: { memory: '64Mi' } } }];
const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'site' } };

describe('an object that the API server would refuse', () => {
  test('is an error for each thing that is wrong with it, all at once', () => {
    const app = site();
    const [container] = CONTAINERS;
    object(app, {
      ...POD,
      spec: { containers: [{ ...container, port: [], env: { A: 'b' } }], restartPolicy: 'Sometimes' },
    });
    expect(shown(app)).toEqual([
      'error schema/unknown-field Pod/web/site | There is no field spec.containers[0].port in Pod of v1. | Write ports.',
      'error schema/wrong-type Pod/web/site | spec.containers[0].env must be a list, and is a map. | Make it a list.',
      'error schema/invalid-value Pod/web/site | spec.restartPolicy must be one of "Always", "Never" or "OnFailure", and is "Sometimes". | Write "Always", "Never" or "OnFailure".',
    ]);
  });

  test('of Flux is one too', () => {
    const cluster = testCluster();
    const app = site(cluster);
    const charts = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    new HelmRelease(app, 'site', { chart: charts.chart('site', '1.0.0'), interval: '1 hour' });
    expect(shown(app)).toEqual([
      'error schema/invalid-value HelmRelease/web/site | spec.interval must fit the pattern ^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$, and is "1 hour". | Write a duration with its units, such as 30s, 10m or 1h.',
    ]);
  });

  test('may stand with a reason', () => {
    const app = site();
    const pod = object(app, { ...POD, spec: { containers: CONTAINERS, newField: true } });
    allow(pod, 'schema/unknown-field', 'Kubernetes 1.36 has it');
    expect(shown(app)).toEqual([]);
  });

  test('is told once of a label that is no text', () => {
    const app = site();
    object(app, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels: { a: 1 } } });
    expect(shown(app)).toEqual([
      'error synth/metadata ConfigMap/web/x | The value of the label a must be text: put it into quotes. | Give another one: the API server would refuse the object.',
    ]);
  });

  test('is none where post-build substitution gives the value', () => {
    const app = new Application(testNamespace(), 'site', { postBuild: { substitute: { UID_: '1000' } } });
    object(app, { ...POD, spec: { containers: CONTAINERS, securityContext: { runAsUser: '${UID_}' } } });
    expect(shown(app)).toEqual([]);
  });

  test('is one where substitution is switched off for it', () => {
    const app = new Application(testNamespace(), 'site', { postBuild: { substitute: { UID_: '1000' } } });
    const metadata = { name: 'site', annotations: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } };
    object(app, { ...POD, metadata, spec: { containers: CONTAINERS, securityContext: { runAsUser: '${UID_}' } } });
    expect(shown(app)).toEqual([
      'error schema/wrong-type Pod/web/site | spec.securityContext.runAsUser must be a whole number, and is text. | Write a whole number.',
    ]);
  });
});

describe('a kind', () => {
  test('that Kubernetes 1.35 does not serve is an error', () => {
    const app = site();
    object(app, { apiVersion: 'networking.k8s.io/v1beta1', kind: 'Ingress' });
    object(app, { apiVersion: 'app/v1', kind: 'Deployment' });
    object(app, { apiVersion: 'networking.k8s.oi/v1', kind: 'Ingress' });
    object(app, { apiVersion: 'v1', kind: 'ConfgMap' });
    object(app, { apiVersion: 'kustomize.toolkit.fluxcd.io/v1beta2', kind: 'Kustomization', spec: {} });
    expect(shown(app).map((text) => text.replace(/ \S+\/web\/\S+ /, ' '))).toEqual([
      'error schema/not-served | Kubernetes 1.35 does not serve Ingress of networking.k8s.io/v1beta1: it was removed in 1.22. | Write apiVersion: networking.k8s.io/v1, and look at what that version changed.',
      'error schema/not-served | Kubernetes 1.35 has no kind Deployment in app/v1. | Write apiVersion: apps/v1.',
      'error schema/not-served | Kubernetes 1.35 has no kind Ingress in networking.k8s.oi/v1. | Write apiVersion: networking.k8s.io/v1.',
      'error schema/not-served | Kubernetes 1.35 has no kind ConfgMap in v1. | Write kind: ConfigMap.',
      'error schema/not-served | Flux has no kind Kustomization in kustomize.toolkit.fluxcd.io/v1beta2. | Write apiVersion: kustomize.toolkit.fluxcd.io/v1.',
    ]);
  });

  test('is judged by the release that the cluster runs', () => {
    const cluster = new Cluster('test', {
      repository: { url: 'https://x.example.org/a.git' },
      kubernetesVersion: '1.24.3',
    });
    const app = site(cluster);
    object(app, { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget' });
    object(app, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      spec: { maxReplicas: 1, scaleTargetRef: { kind: 'x', name: 'x' } },
    });
    object(app, { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema' });
    expect(shown(app)).toEqual([
      expect.stringContaining(
        'Kubernetes 1.24 does not serve FlowSchema of flowcontrol.apiserver.k8s.io/v1: it came with 1.29.',
      ),
    ]);
  });

  test('of which nothing is known is not judged', () => {
    const app = site();
    object(app, { apiVersion: 'example.org/v1', kind: 'Database', size: -1 });
    expect(shown(app)).toEqual([]);
  });
});

test.each(['1', '2.0', 'latest', ''])('%j is no release of Kubernetes', (kubernetesVersion) => {
  const options = { repository: { url: 'https://x.example.org/a.git' }, kubernetesVersion };
  expect(errorsOf(() => new Cluster('test', options))).toMatchObject([
    {
      code: 'synth/kubernetes-version',
      message: `There is no Kubernetes ${JSON.stringify(kubernetesVersion)}.`,
      remedy: 'Write the release as `kubectl version` has it, for example `1.35`.',
    },
  ]);
});

describe('a custom resource', () => {
  const definition = (scope: string): Manifest => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'databases.example.org' },
    spec: {
      group: 'example.org',
      names: { kind: 'Database', plural: 'databases' },
      scope,
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } } },
            },
          },
        },
      ],
    },
  });
  const database = (metadata: object = {}): Manifest => ({
    apiVersion: 'example.org/v1',
    kind: 'Database',
    metadata: { name: 'db', ...metadata },
    spec: { size: 0, sise: 1 },
  });

  test('is held to the definition in the tree, wherever that stands', () => {
    const app = site();
    object(app, database());
    object(app, definition('Namespaced'));
    expect(shown(app)).toEqual([
      'error schema/invalid-value Database/web/db | spec.size must be at least 1, and is 0. | Write a number of at least 1.',
      'error schema/unknown-field Database/web/db | There is no field spec.sise in Database of example.org/v1. | Write size.',
    ]);
  });

  describe('whose definition is brought by others', () => {
    const project = temporaryFolder();
    const given = (...customResourceDefinitions: string[]): Application =>
      site(
        new Cluster('test', { repository: { url: 'https://x.example.org/a.git' }, project, customResourceDefinitions }),
      );
    writeFiles(project, {
      'crds/databases.yaml': JSON.stringify(definition('Namespaced')),
      'other/config.yaml': 'a: b\n',
      'list.json': JSON.stringify({ items: [definition('Namespaced')] }),
      'broken.json': '{',
    });

    test.each(['crds', 'crds/databases.yaml', 'list.json'])('is held to that one, out of %s', (path) => {
      const app = given(path);
      new ApiObject(app, 'db', database());
      expect(errorsOf(() => clusterOf(app).tree()).map(({ message }) => message)).toEqual([
        'spec.size must be at least 1, and is 0.',
        'There is no field spec.sise in Database of example.org/v1.',
      ]);
    });

    test('is not held to it where the tree has one too', () => {
      const app = given('crds');
      const { spec, ...rest } = definition('Namespaced') as Manifest & { spec: { versions: object[] } };
      const [version] = spec.versions;
      const open = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
      new ApiObject(app, 'crd', {
        ...rest,
        spec: { ...spec, versions: [{ ...version, schema: open }] },
      });
      new ApiObject(app, 'db', database());
      expect(errorsOf(() => clusterOf(app).tree())).toEqual([]);
    });

    test.each([
      ['missing', 'it does not exist'],
      ['..', 'it leads out of the project'],
      ['other', 'it has no CustomResourceDefinition in it'],
      ['broken.json', 'it is no JSON'],
    ])('is an error at %s', (path, reason) => {
      const app = given(path);
      new ApiObject(app, 'db', database());
      expect(errorsOf(() => clusterOf(app).tree())).toMatchObject([
        {
          code: 'synth/definitions',
          message: `The definitions at ${path} cannot be taken: ${reason}.`,
          remedy: 'Give the path of a YAML or JSON file of the project, or of a folder with some, relative to it.',
        },
      ]);
    });
  });

  test('of a kind without namespaces must have none', () => {
    const app = site();
    object(app, definition('Cluster'));
    object(app, { ...database(), spec: {} });
    object(app, { ...database({ name: 'other', namespace: '' }), spec: {} });
    expect(shown(app)).toEqual([
      "error synth/namespace Database/web/db | It is in the namespace web, and a Database has none. | Write `metadata: { namespace: '' }`, which is none.",
    ]);
  });
});

describe('a kind without namespaces', () => {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };

  test('is not put into the namespace of its scope', () => {
    const app = site();
    object(app, { ...role, metadata: { name: 'reader' } });
    expect(shown(app)).toEqual([]);
  });

  test('in a namespace of the author’s is an error', () => {
    const app = site();
    object(app, { ...role, metadata: { name: 'reader', namespace: 'kube-system' } });
    expect(shown(app)).toEqual([
      'error synth/namespace ClusterRole/kube-system/reader | The namespace "kube-system" must not be given: a ClusterRole has none. | Take `metadata.namespace` out, or mend it.',
    ]);
  });
});

describe('a value that no manifest can hold', () => {
  const loop: Record<string, unknown> = {};
  loop.loop = loop;

  test.each([
    [{ constructor: 'a' }, '/data has the key `constructor`, which cdk8s takes for the class of a value.'],
    [{ a: new Date(0) }, '/data/a holds a Date, which YAML cannot hold.'],
    [{ a: [new Map()] }, '/data/a/0 holds a Map, which YAML cannot hold.'],
    [{ a: new URL('https://a.example.org') }, '/data/a holds a URL, which YAML cannot hold.'],
    [{ a: Object.create(null) as object }, '/data/a holds a value without a class, which YAML cannot hold.'],
    [loop, expect.stringMatching(/^\/data\/loop\/loop.* holds a value that holds itself, or is nested too deep/)],
  ])('is named with its place: %#', (data, message) => {
    const app = site();
    object(app, { apiVersion: 'v1', kind: 'ConfigMap', data });
    const errors = errorsOf(() => clusterOf(app).tree());
    expect(errors).toMatchObject([{ code: 'synth/not-data', message }]);
  });
});
