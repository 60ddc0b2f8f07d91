import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { parse } from 'yaml';
import {
  Application,
  FluxSystem,
  GitRepository,
  HelmRelease,
  Namespace,
  OCIRepository,
  allow,
  exists,
  ready,
  readyWhen,
  type ApplicationOptions,
  type Cluster,
  type HelmReleaseOptions,
} from '../../constructs/index.ts';
import { explainCluster } from '../../constructs/explain.ts';
import { errorsOf, fileText, testCluster } from '../support/cluster.ts';
import { REPOSITORY } from '../support/project.ts';

/** Namespaces `data` with Application B, which waits for its objects unless told otherwise, and `web` with A. */
class World {
  readonly cluster: Cluster = testCluster();
  readonly data = new Namespace(this.cluster, 'data');
  readonly web = new Namespace(this.cluster, 'web');
  readonly chart = new OCIRepository(this.cluster, 'chart', { url: 'oci://registry.example.org/chart', tag: '1.0.0' });

  b(options: ApplicationOptions = {}): Application {
    return this.#filled(new Application(this.data, 'b', options));
  }

  a(options: ApplicationOptions = {}): Application {
    return this.#filled(new Application(this.web, 'a', options));
  }

  /** Something in it, so that it is not empty. */
  #filled(application: Application): Application {
    object(application, 'ConfigMap', 'filling');
    return application;
  }

  release(application: Application, name: string, options: Partial<HelmReleaseOptions> = {}): HelmRelease {
    return new HelmRelease(application, name, { chart: this.chart, ...options });
  }

  /** What Flux is told that A or B waits for. */
  spec(application: 'a' | 'b'): Record<string, unknown> {
    return this.#waiting(application === 'a' ? 'apps/web/a/ks.yaml' : 'apps/data/b/ks.yaml');
  }

  releaseSpec(name: string): Record<string, unknown> {
    return this.#waiting(`apps/web/a/app/helmrelease-${name}.yaml`);
  }

  #waiting(file: string): Record<string, unknown> {
    const { spec } = parse(fileText(this.cluster, file)) as { spec: Record<string, unknown> };
    const { dependsOn, wait, healthChecks, healthCheckExprs } = spec;
    return Object.fromEntries(
      Object.entries({ dependsOn, wait, healthChecks, healthCheckExprs }).filter(([, value]) => value !== undefined),
    );
  }

  errors(): string[] {
    return errorsOf(() => this.cluster.tree()).map(({ code }) => code);
  }
}

const GROUPS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  Database: 'example.org/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
};

function object(scope: Application | Namespace, kind: string, name: string): ApiObject {
  const isCrd = kind === 'CustomResourceDefinition';
  return new ApiObject(scope, `${kind}-${name}`, {
    apiVersion: GROUPS[kind] ?? 'v1',
    kind,
    metadata: { name, ...(isCrd && { namespace: '' }) },
    ...(isCrd && {
      spec: {
        group: 'example.org',
        names: { kind: 'Database', plural: 'databases' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    }),
  });
}

const CHECKED = { wait: true };
const UNCHECKED = { wait: false };
const DATABASE = { apiVersion: 'example.org/v1', kind: 'Database', name: 'db', namespace: 'data' };
const ON_B = { dependsOn: [{ name: 'b' }], ...CHECKED };

/** One for each row of docs/dependencies.md, under the words of its first cell. */
const ROWS: Readonly<Record<string, (world: World) => void>> = {
  'an Application, for an Application': (world) => {
    world.a({ dependsOn: [world.b()] });
    expect([world.spec('a'), world.spec('b')]).toEqual([ON_B, CHECKED]);
  },
  'an Application, for an Application by an expression': (world) => {
    world.a({ dependsOn: [readyWhen(world.b(), 'dep.status.observedGeneration > 0')] });
    expect(world.spec('a').dependsOn).toEqual([{ name: 'b', readyExpr: 'dep.status.observedGeneration > 0' }]);
  },
  'an Application, for a HelmRelease': (world) => {
    world.a({ dependsOn: [world.release(world.b(UNCHECKED), 'db')] });
    const release = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', name: 'db', namespace: 'data' };
    expect([world.spec('a'), world.spec('b')]).toEqual([ON_B, { ...UNCHECKED, healthChecks: [release] }]);
  },
  'an Application, for an object to be ready': (world) => {
    world.a({ dependsOn: [object(world.b(UNCHECKED), 'Database', 'db')] });
    expect([world.spec('a'), world.spec('b')]).toEqual([ON_B, { ...UNCHECKED, healthChecks: [DATABASE] }]);
  },
  'an Application, for an object to be ready, told by CEL': (world) => {
    const current = "status.phase == 'Up'";
    world.a({ dependsOn: [ready(object(world.b(), 'Database', 'db'), { current, failed: 'false' })] });
    expect([world.spec('a'), world.spec('b')]).toEqual([
      ON_B,
      {
        ...CHECKED,
        healthCheckExprs: [{ apiVersion: 'example.org/v1', kind: 'Database', current, failed: 'false' }],
      },
    ]);
  },
  'an Application, for an object to be there': (world) => {
    world.a({ dependsOn: [exists(object(world.b(UNCHECKED), 'Database', 'db'))] });
    expect([world.spec('a'), world.spec('b')]).toEqual([ON_B, UNCHECKED]);
  },
  'an Application, for a Secret, a CRD or another object without a status': (world) => {
    const b = world.b(UNCHECKED);
    world.a({ dependsOn: [object(b, 'Secret', 'db'), object(b, 'CustomResourceDefinition', 'databases.example.org')] });
    expect([world.spec('a'), world.spec('b')]).toEqual([ON_B, UNCHECKED]);
  },
  'an Application, for a Secret or the like of its own': (world) => {
    const dependsOn: ApiObject[] = [];
    dependsOn.push(object(world.a({ dependsOn }), 'Secret', 'db'));
    expect(world.spec('a')).toEqual(CHECKED);
  },
  'an Application, for an object of its Namespace to be there': (world) => {
    world.a({ dependsOn: [object(world.web, 'Secret', 'db'), exists(object(world.web, 'Database', 'db'))] });
    expect(world.spec('a')).toEqual({ dependsOn: [{ name: 'cluster-apps' }], ...CHECKED });
  },
  'an Application, for an object of `flux/` to be there': (world) => {
    const source = new GitRepository(world.cluster, 'site', { url: 'https://git.example.org/site.git' });
    world.a({ dependsOn: [exists(source)] });
    expect(world.spec('a')).toEqual({ dependsOn: [{ name: 'cluster' }], ...CHECKED });
  },
  'an Application, for Flux itself': (world) => {
    const flux = new FluxSystem(world.cluster);
    world.a({ dependsOn: [flux.deployment('helm-controller')!] });
    expect(world.spec('a')).toEqual({ dependsOn: [{ name: 'cluster-flux' }], ...CHECKED });
    expect(parse(fileText(world.cluster, 'flux/system.yaml'))).toMatchObject({ spec: CHECKED });
  },
  'an Application, for a Kustomization outside of the tree': (world) => {
    const elsewhere = { name: 'elsewhere', namespace: 'other', readyExpr: 'true' };
    allow(world.a({ dependsOn: [elsewhere] }), 'synth/dangling-reference', 'made by hand');
    expect(world.spec('a').dependsOn).toEqual([elsewhere]);
  },
  'a HelmRelease, for a HelmRelease': (world) => {
    const other = world.release(world.b(), 'db');
    const a = world.a();
    world.release(a, 'one', { dependsOn: [other] });
    world.release(a, 'two', { dependsOn: [world.release(a, 'three')] });
    expect(world.releaseSpec('one')).toEqual({ dependsOn: [{ name: 'db', namespace: 'data' }] });
    expect(world.releaseSpec('two')).toEqual({ dependsOn: [{ name: 'three' }] });
    expect(world.spec('a')).toEqual(CHECKED);
  },
  'a HelmRelease, for a HelmRelease by an expression': (world) => {
    const a = world.a();
    world.release(a, 'one', { dependsOn: [readyWhen(world.release(a, 'two'), 'true')] });
    expect(world.releaseSpec('one')).toEqual({ dependsOn: [{ name: 'two', readyExpr: 'true' }] });
  },
  'a HelmRelease, for an Application': (world) => {
    world.release(world.a(), 'one', { dependsOn: [world.b()] });
    expect([world.spec('a'), world.releaseSpec('one')]).toEqual([ON_B, {}]);
  },
  'a HelmRelease, for an object of another Application': (world) => {
    world.release(world.a(), 'one', { dependsOn: [object(world.b(UNCHECKED), 'Database', 'db')] });
    expect([world.spec('a'), world.spec('b')]).toEqual([ON_B, { ...UNCHECKED, healthChecks: [DATABASE] }]);
  },
  'an Application, for an object of its own to be ready': (world) => {
    const dependsOn: ApiObject[] = [];
    dependsOn.push(object(world.a({ dependsOn }), 'Database', 'db'));
    expect(world.errors()).toEqual(['synth/dependency-within']);
  },
  'an Application, for an object of its Namespace to be ready': (world) => {
    world.a({ dependsOn: [object(world.web, 'Database', 'db')] });
    expect(world.errors()).toEqual(['synth/dependency-unchecked']);
  },
  'one for another that waits for it': (world) => {
    const dependsOn: Application[] = [];
    const a = world.a({ dependsOn });
    dependsOn.push(world.b({ dependsOn: [a] }));
    expect(world.errors()).toEqual(['synth/dependency-cycle']);
  },
};

describe('docs/dependencies.md', () => {
  const table = fs.readFileSync(path.join(REPOSITORY, 'docs/dependencies.md'), 'utf8').split('\n');
  const rows = table.filter((line) => line.startsWith('|')).slice(2);

  test('has a test for each row, and a row for each test', () => {
    expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(Object.keys(ROWS));
  });

  test.each(Object.keys(ROWS))('says what becomes of: %s', (row) => {
    ROWS[row]?.(new World());
  });
});

describe('a dependency', () => {
  test('is written once, however often it is named', () => {
    const world = new World();
    const b = world.b();
    world.release(world.a({ dependsOn: [b, b, world.release(b, 'db')] }), 'one', { dependsOn: [b] });
    expect(world.spec('a').dependsOn).toEqual([{ name: 'b' }]);
  });

  test('adds to the health checks that the author gave, and says nothing twice', () => {
    const world = new World();
    const healthChecks: ApiObject[] = [];
    const b = world.b({ healthChecks });
    healthChecks.push(object(b, 'Deployment', 'one'));
    world.a({ dependsOn: [...healthChecks, object(b, 'Deployment', 'two')] });
    const checked = (world.spec('b').healthChecks as { name: string }[]).map(({ name }) => name);
    expect(checked).toEqual(['one', 'two']);
  });

  test('is what explain shows', () => {
    const world = new World();
    world.a({ dependsOn: [object(world.b(), 'Database', 'db')] });
    expect(explainCluster(world.cluster, 'Kustomization/a', '.')[0]?.waitsFor).toEqual(['flux-system/b']);
  });

  test('of a release on its own Application is an error', () => {
    const world = new World();
    const a = world.a();
    world.release(a, 'one', { dependsOn: [a] });
    expect(world.errors()).toEqual(['synth/dependency-within']);
  });
});

describe('a cycle', () => {
  test('through releases is an error that shows the way round', () => {
    const world = new World();
    const b = world.b();
    const a = world.a({ dependsOn: [b] });
    // B is ready when its release is, which waits for one that is only applied when B is ready.
    world.release(b, 'one', { dependsOn: [world.release(a, 'two')] });
    const [error] = errorsOf(() => world.cluster.tree());
    expect([error?.code, error?.message]).toEqual([
      'synth/dependency-cycle',
      'Applications and releases wait for each other: b → HelmRelease data/one → HelmRelease web/two → a → b.',
    ]);
  });

  test('through a release that nobody checks is none', () => {
    const world = new World();
    const b = world.b(UNCHECKED);
    const a = world.a({ dependsOn: [b] });
    world.release(b, 'one', { dependsOn: [world.release(a, 'two')] });
    expect(world.errors()).toEqual([]);
  });

  test('through the health check of an object of another Application is an error', () => {
    const world = new World();
    const healthChecks: ApiObject[] = [];
    const b = world.b({ healthChecks });
    healthChecks.push(object(world.a({ dependsOn: [b] }), 'Deployment', 'site'));
    expect(world.errors()).toEqual(['synth/dependency-cycle']);
  });
});

describe('health checks beside `wait`', () => {
  test('are an error, since Flux ignores them', () => {
    const world = new World();
    world.a({ wait: true, healthChecks: [world.b()] });
    expect(world.errors()).toEqual(['synth/ignored-health-checks']);
  });
});
