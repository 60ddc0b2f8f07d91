import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { parse, parseAllDocuments } from 'yaml';
import {
  Application,
  FluxSystem,
  GitRepository,
  HelmRelease,
  HelmRepository,
  OCIRepository,
  assignShard,
  type Cluster,
  type FluxSystemOptions,
} from '../../constructs/index.ts';
import { CRDS } from '../imports/schema.ts';
import { fileText, testCluster, testNamespace } from '../support/cluster.ts';
import { temporaryFolder, writeFiles } from '../support/folder.ts';
import { REPOSITORY } from '../support/project.ts';
import { describeWithTool } from '../support/tools.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec?: unknown;
}

interface Deployment extends Manifest {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly resources: unknown;
}

const RELEASE = path.join(REPOSITORY, '../shared/flux-install');

function fluxSystem(options?: FluxSystemOptions): Cluster {
  const cluster = testCluster();
  new FluxSystem(cluster, options);
  return cluster;
}

/** Every object in flux/system but the CRDs, by kind and name. */
function objectsOf(cluster: Cluster): Record<string, Manifest> {
  const files = [...cluster.tree().keys()].filter((file) => /^flux\/system\/(?!kustomization)[^/]*$/.test(file));
  return byName(files.map((file) => fileText(cluster, file)).join(''));
}

function byName(text: string): Record<string, Manifest> {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  return Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}

function container(cluster: Cluster, name: string): Container {
  const { spec } = objectsOf(cluster)[`Deployment/${name}`] as Deployment;
  return spec.template.spec.containers[0]!;
}

if (!fs.existsSync(RELEASE)) process.stderr.write('skipped, as ../shared is absent: the manifests of Flux 2.9.4\n');
const describeRelease = fs.existsSync(RELEASE) ? describe : describe.skip;

describeRelease('FluxSystem as it is', () => {
  test('is what the manifests of Flux 2.9.4 install, object for object', () => {
    const release = byName(fs.readFileSync(path.join(RELEASE, 'components-2.9.4.yaml'), 'utf8'));
    expect(objectsOf(fluxSystem())).toEqual(release);
  });

  test.each(fs.existsSync(RELEASE) ? fs.readdirSync(path.join(RELEASE, 'crds')) : [])(
    'has the CRD %s, with the labels of its component and without texts',
    (file) => {
      const [group = '', plural = ''] = path.basename(file, '.yaml').split('_');
      const made = parse(fileText(fluxSystem(), `flux/system/crds/${plural}.${group}.yaml`)) as Manifest;
      const release = parse(fs.readFileSync(path.join(RELEASE, 'crds', file), 'utf8')) as Manifest;
      const { labels, ...metadata } = made.metadata;
      expect(labels).toMatchObject({ 'app.kubernetes.io/part-of': 'flux' });
      expect({ ...made, metadata }).toEqual(withoutTexts(release));
    },
  );
});

/** Texts: descriptions, and what a rule says when it fails. A field of either name is a schema, not a text. */
function withoutTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => (key !== 'description' && key !== 'message') || typeof member !== 'string')
      .map(([key, member]) => [key, withoutTexts(member)]),
  );
}

describe('FluxSystem', () => {
  test('installs seven controllers, each with its account, and all of their CRDs', () => {
    const objects = Object.keys(objectsOf(fluxSystem()));
    const controllers = ['helm', 'image-automation', 'image-reflector', 'kustomize', 'notification', 'source'];
    const names = [...controllers.map((name) => `${name}-controller`), 'source-watcher'];
    expect(objects).toEqual(
      expect.arrayContaining(names.flatMap((name) => [`Deployment/${name}`, `ServiceAccount/${name}`])),
    );
    const crds = fs.readdirSync(CRDS).map((file) => file.replace(/^(.*)_(.*)\.yaml$/, './$2.$1.yaml'));
    const { resources } = parse(fileText(fluxSystem(), 'flux/system/crds/kustomization.yaml')) as {
      resources: string[];
    };
    expect(resources).toEqual(crds.sort());
  });

  test('lies in a folder that boots a cluster, and is kept by a Kustomization whose end it survives', () => {
    const cluster = fluxSystem();
    expect(fileText(cluster, 'flux/kustomization.yaml')).toContain(
      '  - ./apps.yaml\n  - ./config\n  - ./system.yaml\n',
    );
    const { spec } = parse(fileText(cluster, 'flux/system.yaml')) as Manifest;
    expect(spec).toMatchObject({ path: './kubernetes/flux/system', prune: true, deletionPolicy: 'Orphan' });
    expect(fileText(cluster, 'flux/system/kustomization.yaml')).toMatch(/resources:\n {2}- \.\/crds\n/);
  });

  test('of fewer components has nothing of the others', () => {
    const cluster = fluxSystem({ components: ['source-controller', 'kustomize-controller'], extraComponents: [] });
    const text = Object.values(objectsOf(cluster))
      .map((object) => JSON.stringify(object))
      .join('\n');
    expect(text).not.toMatch(/helm-controller|notification-controller|image-|source-watcher/);
    const crds = fileText(cluster, 'flux/system/crds/kustomization.yaml');
    expect(crds).toContain('kustomizations');
    expect(crds).not.toMatch(/helmreleases|alerts|imagepolicies|artifactgenerators/);
  });

  test('takes its images from another registry, pinned, with a pull secret, and leaves out network policies', () => {
    const cluster = fluxSystem({
      registry: 'registry.example.org/flux',
      digests: { 'helm-controller': 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef' },
      imagePullSecrets: [{ name: 'pull' }],
      networkPolicies: false,
    });
    expect(container(cluster, 'helm-controller').image).toBe(
      'registry.example.org/flux/helm-controller:v1.6.3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    );
    expect(container(cluster, 'source-controller').image).toBe('registry.example.org/flux/source-controller:v1.9.4');
    expect(JSON.stringify(objectsOf(cluster)['Deployment/source-watcher'])).toContain(
      '"imagePullSecrets":[{"name":"pull"}]',
    );
    expect(Object.keys(objectsOf(cluster)).filter((name) => name.startsWith('NetworkPolicy'))).toEqual([]);
  });

  test.each([
    ['small', '--concurrent=5', '--requeue-dependency=10s', '512Mi'],
    ['medium', '--concurrent=10', '--requeue-dependency=5s', '1Gi'],
    ['large', '--concurrent=20', '--requeue-dependency=5s', '3Gi'],
  ] as const)('of size %s lets kustomize-controller take on %s', (size, concurrent, requeue, memory) => {
    const { args, resources } = container(fluxSystem({ size }), 'kustomize-controller');
    expect(args).toEqual(expect.arrayContaining([concurrent, requeue]));
    expect(resources).toMatchObject({ limits: { memory } });
  });

  test('lets an author change what no option says', () => {
    const cluster = testCluster();
    const flux = new FluxSystem(cluster);
    flux.deployment('helm-controller')?.metadata.addAnnotation('example.org/why', 'because');
    expect(objectsOf(cluster)['Deployment/helm-controller']).toMatchObject({
      metadata: { annotations: { 'example.org/why': 'because' } },
    });
  });

  test('turns on external artifacts when something takes one', () => {
    const cluster = fluxSystem();
    expect(container(cluster, 'kustomize-controller').args.join(' ')).not.toContain('feature-gates');
    new Application(testNamespace(cluster), 'site', { source: { kind: 'ExternalArtifact', name: 'site' } });
    for (const name of ['kustomize-controller', 'helm-controller']) {
      expect(container(cluster, name).args).toContain('--feature-gates=ExternalArtifact=true');
    }
    expect(container(cluster, 'source-controller').args.join(' ')).not.toContain('feature-gates');
  });
});

describe('a shard', () => {
  test('is named where an Application is declared, and takes what is inside of it along', () => {
    const cluster = testCluster();
    const shard = new FluxSystem(cluster).addShard('one');
    const web = testNamespace(cluster);
    const charts = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
    const own = assignShard(new HelmRepository(cluster, 'own', { url: 'https://charts.example.org' }), shard);
    const app = new Application(web, 'site', { shard });
    new OCIRepository(app, 'chart', { url: 'oci://registry.example.org/site' });
    new HelmRelease(app, 'main', { chart: charts.chart('site', '1.0.0') });
    new HelmRelease(app, 'sharded', { chart: own.chart('site', '1.0.0') });
    const label = 'labels:\n    sharding.fluxcd.io/key: one\n';
    for (const file of ['ks.yaml', 'app/ocirepository-chart.yaml', 'app/helmrelease-main.yaml']) {
      expect(fileText(cluster, `apps/web/site/${file}`)).toContain(label);
    }
    expect(fileText(cluster, 'flux/repositories/helm/own.yaml')).toContain(label);
    expect(fileText(cluster, 'flux/repositories/helm/charts.yaml')).not.toContain('sharding');
    // A HelmChart has to be in the shard of its repository.
    const inChart = 'chart:\n    metadata:\n      labels:\n        sharding.fluxcd.io/key: one\n';
    expect(fileText(cluster, 'apps/web/site/app/helmrelease-sharded.yaml')).toContain(inChart);
    expect(fileText(cluster, 'apps/web/site/app/helmrelease-main.yaml')).not.toContain(inChart);
  });
});

describe('multi-tenancy lockdown', () => {
  test('has the cluster’s own Kustomizations applied as somebody who may', () => {
    const cluster = fluxSystem({ lockdown: true });
    const app = new Application(testNamespace(cluster), 'site');
    new ApiObject(app, 'site', { apiVersion: 'v1', kind: 'ConfigMap' });
    for (const file of ['flux/config/cluster.yaml', 'flux/apps.yaml', 'flux/system.yaml', 'apps/web/site/ks.yaml']) {
      expect(fileText(cluster, file)).toContain('serviceAccountName: kustomize-controller\n');
    }
  });
});

/** What Flux's guides to sharding and to lockdown tell to do with the release's manifests, done by the real kustomize. */
const OVERLAYS = {
  lockdown: {
    options: { lockdown: true },
    files: {
      'kustomization.yaml': overlay(
        ['components.yaml'],
        [
          addArgs(
            'kustomize-controller|helm-controller|notification-controller|image-.*',
            '--no-cross-namespace-refs=true',
          ),
          addArgs('kustomize-controller', '--no-remote-bases=true'),
          addArgs('kustomize-controller|helm-controller', '--default-service-account=default'),
        ],
      ),
    },
  },
} satisfies Record<string, { options: FluxSystemOptions; files: Record<string, string> }>;

const SHARDED = 'source-controller|kustomize-controller|helm-controller';
const SHARD_FILES = {
  'kustomization.yaml': overlay(
    ['components.yaml', 'shard'],
    [addArgs(SHARDED, '--watch-label-selector=!sharding.fluxcd.io/key', '!sharding.fluxcd.io/role')],
  ),
  'shard/kustomization.yaml':
    overlay(
      ['../base'],
      [
        remove('Namespace|ServiceAccount|ClusterRole|ClusterRoleBinding|NetworkPolicy|ResourceQuota', '.*'),
        remove('Deployment', 'notification-controller|image-.*|source-watcher'),
        remove('Service', 'notification-controller|webhook-receiver|source-watcher'),
        replace('Service', 'source-controller', '/spec/selector/app', 'source-controller-one'),
        replace(
          'Deployment',
          'source-controller',
          '/spec/template/spec/containers/0/args/6',
          '--storage-adv-addr=source-controller-one.$(RUNTIME_NAMESPACE).svc.cluster.local.',
        ),
        ...SHARDED.split('|').flatMap((name) => [
          replace('Deployment', name, '/spec/selector/matchLabels/app', `${name}-one`),
          replace('Deployment', name, '/spec/template/metadata/labels/app', `${name}-one`),
        ]),
        addArgs(SHARDED, '--watch-label-selector=sharding.fluxcd.io/key=one'),
      ],
    ) + 'nameSuffix: -one\ncommonAnnotations: {sharding.fluxcd.io/role: shard}\n',
  'base/kustomization.yaml': 'resources: [../components.yaml]\n',
};

function overlay(resources: readonly string[], patches: readonly object[]): string {
  return `resources: ${JSON.stringify(resources)}\npatches: ${JSON.stringify(patches)}\n`;
}

function addArgs(name: string, value: string, annotationSelector?: string): object {
  const patch = [{ op: 'add', path: '/spec/template/spec/containers/0/args/-', value }];
  return { target: { kind: 'Deployment', name, annotationSelector }, patch: JSON.stringify(patch) };
}

function replace(kind: string, name: string, at: string, value: string): object {
  return { target: { kind, name }, patch: JSON.stringify([{ op: 'replace', path: at, value }]) };
}

function remove(kind: string, name: string): object {
  return { target: { kind, name }, patch: '{"$patch": "delete", "kind": "x", "metadata": {"name": "x"}}' };
}

describeWithTool(
  'kustomize',
  'what Flux’s guides patch into its manifests, patched by the real kustomize,',
  (kustomize) => {
    const folder = temporaryFolder();
    const built = (name: string, files: Record<string, string>): Record<string, Manifest> => {
      const root = path.join(folder, name);
      writeFiles(root, {
        ...files,
        'components.yaml': fs.readFileSync(path.join(RELEASE, 'components-2.9.4.yaml'), 'utf8'),
      });
      return byName(
        execFileSync(kustomize, ['build', '--load-restrictor=LoadRestrictionsNone', root], { encoding: 'utf8' }),
      );
    };
    const testRelease = fs.existsSync(RELEASE) ? test : test.skip;

    testRelease('is what lockdown makes', () => {
      const { options, files } = OVERLAYS.lockdown;
      expect(objectsOf(fluxSystem(options))).toEqual(built('lockdown', files));
    });

    testRelease('is what a shard makes', () => {
      const cluster = testCluster();
      new FluxSystem(cluster).addShard('one');
      new GitRepository(cluster, 'site', { url: 'https://git.example.org/site.git' });
      expect(objectsOf(cluster)).toEqual(built('shard', SHARD_FILES));
    });
  },
);
