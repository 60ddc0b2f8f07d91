import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isObject, type JsonObject } from '../../../src/manifest/index.ts';
import { DEFAULT_POLICY } from '../../../src/reconciler/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { conditionOf, configMap, manifest, Reconciled, readyOf } from '../../support/reconciled.ts';

const NAMESPACE = 'expressions-test';
const GROUP = 'expressions.slipway.test';
const TERMINAL = 'Reconciliation failed terminally due to configuration error';

describeWithControlPlane('an expression', (sandbox) => {
  const folder = temporaryFolder();
  const local = { namespace: NAMESPACE };
  let cluster: Reconciled;

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    await cluster.apply(definition);
    await cluster.until('the kind', () =>
      cluster.apply({ ...thing('probe'), metadata: { name: 'probe', ...local } }).then(
        () => true,
        () => false,
      ),
    );
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  const definition: JsonObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things', singular: 'thing' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          subresources: { status: {} },
        },
      ],
    },
  };
  const thing = (name: string): JsonObject => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Thing',
    metadata: { name, ...local },
    spec: { size: 1 },
  });
  const expressions = (of: JsonObject = {}): JsonObject => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Thing',
    current: `status.phase == 'Ready'`,
    failed: `status.phase == 'Broken'`,
    ...of,
  });
  const says = (name: string, status: JsonObject) =>
    cluster.apply(
      { apiVersion: `${GROUP}/v1`, kind: 'Thing', metadata: { name, ...local }, status },
      { subresource: 'status' },
    );
  const isBeingChecked = (status: JsonObject): boolean =>
    conditionOf(status, 'Healthy').startsWith('Unknown Progressing');

  test('of healthCheckExprs is waited for, though it has no value while there is no status', async () => {
    await cluster.push({ 'waits/a.yaml': manifest(thing('waits')) });
    await cluster.kustomization('waits', { wait: true, healthCheckExprs: [expressions()] });
    await cluster.status('waits', isBeingChecked);
    await says('waits', { phase: 'Pending' });
    await says('waits', { phase: 'Ready' });
    expect(conditionOf(await cluster.ready('waits'), 'Healthy')).toMatch(/^True Succeeded: Health check passed in /);
  });

  test('of healthCheckExprs says that an object has failed', async () => {
    await cluster.push({ 'breaks/a.yaml': manifest(thing('breaks')) });
    await cluster.kustomization('breaks', { wait: true, healthCheckExprs: [expressions()] });
    await cluster.status('breaks', isBeingChecked);
    await says('breaks', { phase: 'Broken' });
    expect(readyOf(await cluster.failed('breaks', 'HealthCheckFailed'))).toContain(
      `failed early due to stalled resources: [Thing/${NAMESPACE}/breaks status: 'Failed']`,
    );
  });

  test('of healthCheckExprs that never has a value is named when the time is over', async () => {
    await cluster.push({ 'valueless/a.yaml': manifest(thing('valueless')) });
    await cluster.kustomization('valueless', { wait: true, timeout: '30s', healthCheckExprs: [expressions()] });
    let status: JsonObject = await cluster.status('valueless', isBeingChecked);
    await cluster.until('the end of the time', async () => {
      status = await cluster.status('valueless', () => true);
      return readyOf(status).startsWith('False HealthCheckFailed');
    });
    // As Flux words it (CU: errResourceToResourceStatus).
    expect(readyOf(status)).toContain(
      `timeout waiting for: [Thing/${NAMESPACE}/valueless status: 'Unknown': ` +
        `failed to evaluate the CEL expression 'status.phase == 'Broken'': no such attribute(s): status]`,
    );
  }, 90_000);

  test('of healthCheckExprs that is none stalls the Kustomization before anything is applied, until it is another', async () => {
    await cluster.push({ 'invalid/a.yaml': configMap('invalid', {}, local) });
    await cluster.kustomization('invalid', { wait: true, healthCheckExprs: [expressions({ failed: 'status.' })] });
    const status = await cluster.failed('invalid', 'InvalidCELExpression');
    expect(readyOf(status)).toMatch(
      /failed to create custom status evaluator for healthchecks\[0\]: failed to parse the expression Failed: failed to parse the CEL expression 'status\.'/,
    );
    expect(readyOf(status)).toContain(TERMINAL);
    expect(conditionOf(status, 'Stalled')).toContain(`True InvalidCELExpression: ${TERMINAL}`);
    expect(status.observedGeneration).toBe(1);
    expect(await cluster.get('ConfigMap', 'invalid')).toBeUndefined();
    await cluster.kustomization('invalid', { wait: true, healthCheckExprs: [expressions({ failed: 'false' })] });
    expect(conditionOf(await cluster.ready('invalid'), 'Stalled')).toBe('');
  });

  test('of readyExpr takes the place of the Ready condition of a dependency', async () => {
    await cluster.push({
      'dep/a.yaml': configMap('dep', {}, local),
      'dependent/a.yaml': configMap('dependent', {}, local),
    });
    // What it waits for is never there: it never is ready.
    await cluster.kustomization('dep', {
      healthChecks: [{ apiVersion: 'v1', kind: 'Secret', name: 'nowhere', ...local }],
    });
    const readyExpr = `dep.metadata.labels['version'] == self.metadata.labels['version']`;
    await cluster.kustomization('dependent', { dependsOn: [{ name: 'dep', readyExpr }] });
    const waiting = await cluster.failed('dependent', 'DependencyNotReady');
    expect(readyOf(waiting)).toBe(
      `False DependencyNotReady: failed to evaluate the CEL expression '${readyExpr}': no such key: labels`,
    );
    await label('dep', '1');
    await label('dependent', '2');
    await cluster.status('dependent', (_status, ready) =>
      ready.endsWith(`dependency '${NAMESPACE}/dep' is not ready according to readyExpr eval`),
    );
    await label('dep', '2');
    await cluster.ready('dependent');
  });

  test('of readyExpr that is none, or no truth, stalls the Kustomization', async () => {
    await cluster.push({ 'untrue/a.yaml': configMap('untrue', {}, local) });
    await cluster.kustomization('untrue', { dependsOn: [{ name: 'dep', readyExpr: 'dep.status.phase' }] });
    const status = await cluster.failed('untrue', 'InvalidCELExpression');
    expect(readyOf(status)).toContain(
      `${TERMINAL}: failed to evaluate dependency dep: CEL expression output type mismatch: expected bool, got dyn`,
    );
    expect(conditionOf(status, 'Stalled')).toMatch(/^True InvalidCELExpression/);
  });

  const label = (name: string, version: string) =>
    cluster.apply(
      {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name, namespace: NAMESPACE, labels: { version } },
      },
      { fieldManager: 'test-labels' },
    );
});

describeWithControlPlane('an expression, with AdditiveCELDependencyCheck', (sandbox) => {
  const namespace = 'additive-expressions-test';
  const folder = temporaryFolder();
  let cluster: Reconciled;

  beforeAll(async () => {
    const policy = { ...DEFAULT_POLICY, additiveReadyExpr: true };
    cluster = await Reconciled.start(sandbox(), namespace, folder, { policy });
  }, 60_000);
  afterAll(() => cluster.end());

  test('of readyExpr is asked besides the Ready condition', async () => {
    await cluster.push({
      'dep/a.yaml': configMap('dep', {}, { namespace }),
      'dependent/a.yaml': configMap('dependent', {}, { namespace }),
    });
    await cluster.kustomization('dep', {
      healthChecks: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'later', namespace }],
    });
    await cluster.kustomization('dependent', { dependsOn: [{ name: 'dep', readyExpr: `dep.metadata.name == 'dep'` }] });
    expect(readyOf(await cluster.failed('dependent', 'DependencyNotReady'))).toContain(
      `'${namespace}/dep' is not ready`,
    );
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later', namespace } });
    const status = await cluster.ready('dependent');
    expect(isObject(status.inventory)).toBe(true);
  });
});
