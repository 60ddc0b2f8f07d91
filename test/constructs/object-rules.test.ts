import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { Application } from '../../constructs/index.ts';
import { parseVersionRange } from '../../src/semver.ts';
import { errorsOf, testCluster, testNamespace } from '../support/cluster.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

const RULES = ['synth/image', 'synth/version', 'synth/role-binding', 'synth/resources', 'synth/updates-the-tree'];

/** What these rules say of an object, whatever else may be wrong with it. */
function findings(manifest: Manifest): string[] {
  const cluster = testCluster();
  const app = new Application(testNamespace(cluster), 'site');
  new ApiObject(app, 'object', { metadata: { name: 'object' }, ...manifest });
  let warnings: readonly { code: string; message: string }[] = [];
  const errors = errorsOf(() => {
    ({ warnings } = cluster.assemble());
  });
  return [...errors, ...warnings]
    .filter(({ code }) => RULES.includes(code))
    .map(({ code, message }) => `${code}: ${message}`);
}

const pod = (container: object): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  spec: { containers: [{ name: 'main', ...container }] },
});

describe('the image of a container', () => {
  const DIGEST = `sha256:${'0'.repeat(64)}`;

  test.each([
    'nginx:1.29',
    'library/nginx:1.29',
    'registry.example.org:5000/team/web__app-one.two:v1.0_x',
    `ghcr.io/owner/name:1.2.3@${DIGEST}`,
    `ghcr.io/owner/name@${DIGEST}`,
    'LOCALHOST/name:1',
    '[2001:db8::1]:5000/name:1',
  ])('may be %s', (image) => {
    expect(findings(pod({ image }))).toEqual([]);
  });

  test.each([
    'ghcr.io/Owner/name:1.2.3',
    'ghcr.io/owner/name: 1.2.3',
    'ghcr.io/owner/name:1.2.3 ',
    'https://ghcr.io/owner/name:1.2.3',
    'ghcr.io/owner//name:1',
    'ghcr.io/owner/name:-1',
    `name:${'x'.repeat(129)}`,
    'name@sha256:12',
  ])('may not be %s', (image) => {
    expect(findings(pod({ image }))).toEqual([
      `synth/image: The container main runs ${JSON.stringify(image)}, which no image can be called.`,
    ]);
  });

  test('must be given', () => {
    expect(findings(pod({}))).toEqual(['synth/image: The container main names no image.']);
  });
});

describe('what Flux takes from a registry', () => {
  test('has a name and a tag that it can have', () => {
    const repository = { apiVersion: 'image.toolkit.fluxcd.io/v1', kind: 'ImageRepository' };
    const image = 'ghcr.io/Owner/name';
    expect(findings({ ...repository, spec: { image } })).toEqual([
      'synth/image: It looks at "ghcr.io/Owner/name", which no image can be called.',
    ]);
    const artifact = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository' };
    expect(findings({ ...artifact, spec: { ref: { tag: 'v 1' } } })).toEqual([
      'synth/image: The tag "v 1" is none that a registry can have.',
    ]);
    expect(findings({ ...artifact, spec: { ref: { tag: '1.2.3' } } })).toEqual([]);
  });
});

describe('a range of versions', () => {
  const release = (version: string, kind = 'HelmRepository'): Manifest => ({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    spec: { chart: { spec: { chart: 'site', version, sourceRef: { kind, name: 'charts' } } } },
  });
  const isTaken = (range: string): boolean => {
    try {
      parseVersionRange(range);
      return true;
    } catch {
      return false;
    }
  };

  test.each([
    ...['1.2.3', 'v1.2.3', '1', '1.2', '*', '1.x', '1.2.X', '~1.2', '~>1.2', '^1.2.3', '>=1.2.0 <2.0.0', '>= 1.2, < 2'],
    ...['1.2 - 1.4', '1.2 || >=3', '!=1.2.3', '=>1', '1.2.3-rc.1', '1.2.3+build.5', '>=1.0.0-0', ' 1.2.3 '],
    ...['one', '1.2.3.4', '1..2', '>', '1.2.3-', 'latest', '1.2 3.x-', '>=1.2.0 and <2', 'v', '1.2.3 ||', '1,,2'],
  ])('%j is an error exactly where Flux cannot read it', (range) => {
    const expected = isTaken(range) ? [] : [`synth/version: ${JSON.stringify(range)} is no range of versions.`];
    expect(findings(release(range))).toEqual(expected);
  });

  test('of a chart in git is not read, and so not looked at', () => {
    expect(findings(release('one', 'GitRepository'))).toEqual([]);
  });

  test.each([
    ['source.toolkit.fluxcd.io/v1', 'GitRepository', { ref: { semver: 'one' } }],
    ['source.toolkit.fluxcd.io/v1', 'OCIRepository', { ref: { semver: 'one' } }],
    ['source.toolkit.fluxcd.io/v1', 'HelmChart', { version: 'one', sourceRef: { kind: 'HelmRepository' } }],
    ['image.toolkit.fluxcd.io/v1', 'ImagePolicy', { policy: { semver: { range: 'one' } } }],
  ])('is looked at in %s %s', (apiVersion, kind, spec) => {
    expect(findings({ apiVersion, kind, spec })).toEqual(['synth/version: "one" is no range of versions.']);
  });
});

describe('a role binding', () => {
  const binding = (kind: string, roleRef: string, subject: object): Manifest => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: 'object', ...(kind === 'ClusterRoleBinding' && { namespace: '' }) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleRef, name: 'reader' },
    subjects: [subject],
  });
  const account = { kind: 'ServiceAccount', name: 'site', namespace: 'web' };

  test.each([
    ['RoleBinding', 'Role'],
    ['RoleBinding', 'ClusterRole'],
    ['ClusterRoleBinding', 'ClusterRole'],
  ])('may be a %s of a %s', (kind, role) => {
    expect(findings(binding(kind, role, account))).toEqual([]);
  });

  test('of the whole cluster binds no Role of a namespace', () => {
    expect(findings(binding('ClusterRoleBinding', 'Role', account))).toEqual([
      'synth/role-binding: roleRef.kind must be ClusterRole, and is "Role".',
    ]);
  });

  test('binds accounts, users and groups only, and an account in its namespace', () => {
    expect(findings(binding('RoleBinding', 'Role', { kind: 'Account', name: 'site' }))).toEqual([
      'synth/role-binding: subjects.0.kind must be ServiceAccount or User or Group, and is "Account".',
    ]);
    expect(findings(binding('RoleBinding', 'Role', { kind: 'ServiceAccount', name: 'site' }))).toEqual([
      'synth/role-binding: A ServiceAccount that it binds has no namespace.',
    ]);
  });
});

test('a negative amount of a resource is an error', () => {
  expect(findings(pod({ image: 'nginx:1.29', resources: { requests: { cpu: '-500m' } } }))).toEqual([
    'synth/resources: The container main has -500m of cpu in its requests, less than nothing.',
  ]);
});

describe('image automation', () => {
  const automation = (path: string): Manifest => ({
    apiVersion: 'image.toolkit.fluxcd.io/v1',
    kind: 'ImageUpdateAutomation',
    spec: { update: { path } },
  });

  test.each([
    ['./kubernetes', 1],
    ['kubernetes/apps', 1],
    ['./kubernetes-images', 0],
    ['./cluster', 0],
  ])('that writes to %s is warned of %i times', (path, times) => {
    // Warnings are told where nothing is wrong.
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const git = { commit: { author: { email: 'flux@example.org' } } };
    const spec = { interval: '1h', sourceRef: { kind: 'GitRepository', name: 'test', namespace: 'flux-system' }, git };
    const manifest = automation(path);
    new ApiObject(app, 'object', { ...manifest, spec: { ...spec, ...(manifest.spec as object) } });
    expect(cluster.assemble().warnings.filter(({ code }) => code === 'synth/updates-the-tree')).toHaveLength(times);
  });
});
