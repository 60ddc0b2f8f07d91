import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { allow, Application, Cluster, Manifests, Namespace } from '../../constructs/index.ts';
import { temporaryFolder } from '../support/folder.ts';

const project = temporaryFolder();

interface Options {
  readonly requiredLimits?: readonly string[];
  readonly targetNamespace?: string;
}

type Declare = (app: Application) => void;

/** What synth warns of in the objects of an Application in the namespace web. */
function warningsOf(declare: Declare, { requiredLimits, ...options }: Options = {}): string[] {
  const cluster = new Cluster('test', {
    repository: { url: 'https://git.example.org/test.git' },
    project,
    ...(requiredLimits && { requiredLimits }),
  });
  new Namespace(cluster, 'shop');
  declare(new Application(new Namespace(cluster, 'web'), 'site', options));
  return cluster.assemble().warnings.map(({ message, place }) => `${place.object ?? ''}: ${message}`);
}

const containers = [{ name: 'main', image: 'nginx:1.29' }];
const labels = { app: 'site' };
const template = { metadata: { labels }, spec: { containers } };

const deployment = (app: Application, spec: object = { containers }): ApiObject =>
  new ApiObject(app, 'site', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { selector: { matchLabels: labels }, template: { ...template, spec } },
  });

const constraint = (
  app: Application,
  match: object | undefined,
  parameters: object = { limits: ['memory'] },
): ApiObject =>
  new ApiObject(app, 'limited', {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: 'K8sRequiredResources',
    metadata: { namespace: '' },
    spec: { ...(match && { match }), parameters },
  });

const WARNING =
  'Deployment/web/site: The container main has no limit of memory, which K8sRequiredResources/limited asks for.';
const DEPLOYMENTS = [{ apiGroups: ['apps'], kinds: ['Deployment'] }];

describe('a container without limits', () => {
  test('is nothing to warn of where no policy asks for them', () => {
    expect(warningsOf((app) => deployment(app))).toEqual([]);
  });

  test('is a warning where the Cluster says that its policy asks for them, of each resource that it names', () => {
    expect(warningsOf((app) => deployment(app), { requiredLimits: ['memory', 'cpu'] })).toEqual([
      'Deployment/web/site: The container main has no limit of memory, which the Cluster asks for.',
      'Deployment/web/site: The container main has no limit of cpu, which the Cluster asks for.',
    ]);
  });

  test('is a warning if it only starts the Pod', () => {
    const limited = [{ ...containers[0], resources: { limits: { memory: '64Mi' } } }];
    const spec = { containers: limited, initContainers: [{ name: 'first', image: 'nginx:1.29' }] };
    expect(warningsOf((app) => deployment(app, spec), { requiredLimits: ['memory'] })).toEqual([
      'Deployment/web/site: The container first has no limit of memory, which the Cluster asks for.',
    ]);
  });

  test('is told with its line and with what to do, and is silenced where it stands', () => {
    const repository = { url: 'https://git.example.org/test.git' };
    const cluster = new Cluster('test', { repository, requiredLimits: ['memory'] });
    const site = deployment(new Application(new Namespace(cluster, 'web'), 'site'));
    expect(cluster.assemble().warnings).toMatchObject([
      {
        code: 'synth/no-limits',
        remedy:
          "Give it `resources.limits.memory`. Or say why it is right: allow(construct, 'synth/no-limits', 'the reason').",
        place: { source: expect.stringMatching(/^test\/constructs\/limits-policy\.test\.ts:\d+:\d+$/) as unknown },
      },
    ]);
    allow(site, 'synth/no-limits', 'batch nodes have memory to spare');
    expect(cluster.assemble().warnings).toEqual([]);
  });
});

describe('a Gatekeeper constraint of the tree that asks for limits', () => {
  test.each([
    ['names its kind', { kinds: DEPLOYMENTS }],
    ['names the Pods that it makes', { kinds: [{ apiGroups: [''], kinds: ['Pod'] }] }],
    ['names what it makes on the way', { kinds: [{ apiGroups: ['apps'], kinds: ['ReplicaSet'] }] }],
    ['names every kind', { kinds: [{ apiGroups: ['*'], kinds: ['*'] }] }],
    ['names no kind', undefined],
    ['names its namespace', { kinds: DEPLOYMENTS, namespaces: ['shop', 'w*'] }],
    ['leaves other namespaces out', { kinds: DEPLOYMENTS, excludedNamespaces: ['kube-*', '*-system'] }],
  ])('holds for a workload where it %s', (_where, match) => {
    const declare: Declare = (app) => {
      deployment(app);
      constraint(app, match);
    };
    expect(warningsOf(declare)).toEqual([WARNING]);
  });

  test.each([
    ['names other kinds', { kinds: [{ apiGroups: ['apps'], kinds: ['StatefulSet'] }] }, undefined],
    ['names other groups', { kinds: [{ apiGroups: ['batch'], kinds: ['*'] }] }, undefined],
    ['names other namespaces', { kinds: DEPLOYMENTS, namespaces: ['shop'] }, undefined],
    ['leaves its namespace out', { kinds: DEPLOYMENTS, excludedNamespaces: ['*eb'] }, undefined],
    ['hangs on labels, which only a cluster knows', { kinds: DEPLOYMENTS, namespaceSelector: {} }, undefined],
    ['asks for requests alone', { kinds: DEPLOYMENTS }, { requests: ['memory'] }],
  ])('does not where it %s', (_where, match, parameters) => {
    const declare: Declare = (app) => {
      deployment(app);
      constraint(app, match, parameters);
    };
    expect(warningsOf(declare)).toEqual([]);
  });

  test('goes by the namespace into which the Application puts its objects', () => {
    const declare: Declare = (app) => {
      deployment(app);
      constraint(app, { namespaces: ['shop'] });
    };
    expect(warningsOf(declare, { targetNamespace: 'shop' })).toEqual([WARNING]);
  });

  test('counts where it is written by hand, in a file', () => {
    const text = [
      'apiVersion: constraints.gatekeeper.sh/v1beta1',
      'kind: K8sRequiredResources',
      'metadata: { name: limited }',
      'spec: { parameters: { limits: [memory] } }',
    ];
    fs.writeFileSync(path.join(project, 'limited.yaml'), text.join('\n'));
    const declare: Declare = (app) => {
      deployment(app);
      new Manifests(app, 'limited', { path: 'limited.yaml' });
    };
    expect(warningsOf(declare)).toEqual([WARNING]);
  });

  test('warns again in the next synth, which remembers what it judged', () => {
    const declare: Declare = (app) => {
      deployment(app);
    };
    const made = new Cluster('test', { repository: { url: 'https://git.example.org/test.git' }, project });
    declare(new Application(new Namespace(made, 'web'), 'site'));
    made.assemble().judged.save();
    expect(warningsOf(declare, { requiredLimits: ['memory'] })).toHaveLength(1);
  });
});
