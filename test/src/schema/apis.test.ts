import { expect, test } from '@jest/globals';
import { isBuiltInClusterScoped, splitApiVersion } from '../../../src/manifest/index.ts';
import { builtInApis, builtInSchema, lifecycleOf, servingProblem } from '../../../src/schema/index.ts';

function said(apiVersion: string, kind: string, minor?: number): string | undefined {
  const problem = servingProblem(apiVersion, kind, minor);
  return problem && `${problem.code} ${problem.message} ${problem.remedy}`;
}

test('what the release serves is no problem', () => {
  expect(said('v1', 'ConfigMap')).toBeUndefined();
  expect(said('apps/v1', 'Deployment')).toBeUndefined();
  expect(said('policy/v1', 'PodDisruptionBudget')).toBeUndefined();
});

test('kinds of others are not judged', () => {
  expect(said('gateway.networking.k8s.io/v1', 'HTTPRoute')).toBeUndefined();
  expect(said('kustomize.toolkit.fluxcd.io/v1', 'Kustomization')).toBeUndefined();
  expect(said('v1', 'List')).toBeUndefined();
});

test('a custom kind is judged where its group cannot be right', () => {
  expect(said('app/v1', 'Deployment')).toBe(
    'schema/not-served Kubernetes 1.35 has no kind Deployment in app/v1. Write apiVersion: apps/v1.',
  );
  expect(said('helm.toolkit.fluxd.io/v2', 'HelmRelease')).toContain('Write apiVersion: helm.toolkit.fluxcd.io/v2.');
  expect(said('helm.toolkit.fluxcd.io/v2beta1', 'HelmRelease')).toBe(
    'schema/not-served Flux has no kind HelmRelease in helm.toolkit.fluxcd.io/v2beta1. Write apiVersion: helm.toolkit.fluxcd.io/v2.',
  );
  expect(said('helm.toolkit.fluxcd.io/v2', 'HelmRelase')).toContain('Write kind: HelmRelease.');
});

// The removals are those of https://kubernetes.io/docs/reference/using-api/deprecation-guide/.
test('a version that was removed names the release and the version to go to', () => {
  expect(said('policy/v1beta1', 'PodDisruptionBudget')).toBe(
    'schema/not-served Kubernetes 1.35 does not serve PodDisruptionBudget of policy/v1beta1: it was removed in 1.25. ' +
      'Write apiVersion: policy/v1, and look at what that version changed.',
  );
  expect(said('extensions/v1beta1', 'Ingress')).toContain(
    'it was removed in 1.22. Write apiVersion: networking.k8s.io/v1,',
  );
  expect(said('batch/v1beta1', 'CronJob')).toContain('removed in 1.25. Write apiVersion: batch/v1,');
  expect(said('autoscaling/v2beta2', 'HorizontalPodAutoscaler')).toContain(
    'removed in 1.26. Write apiVersion: autoscaling/v2,',
  );
  expect(said('flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema')).toContain('removed in 1.32.');
  expect(said('apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition')).toContain(
    'removed in 1.22. Write apiVersion: apiextensions.k8s.io/v1,',
  );
});

test('another release serves other versions', () => {
  expect(said('policy/v1beta1', 'PodDisruptionBudget', 24)).toBeUndefined();
  expect(said('batch/v1', 'CronJob', 20)).toContain('it came with 1.21.');
  expect(lifecycleOf('policy/v1beta1', 'PodDisruptionBudget')).toEqual({
    introduced: 5,
    deprecated: 21,
    removed: 25,
    replacement: 'policy/v1',
  });
});

test('alpha and newer beta versions are served only where they are switched on', () => {
  expect(servingProblem('resource.k8s.io/v1beta2', 'ResourceClaim')).toEqual({
    code: 'schema/off-by-default',
    pointer: '/apiVersion',
    message:
      'Kubernetes 1.35 serves ResourceClaim of resource.k8s.io/v1beta2 only where --runtime-config switches it on.',
    remedy: 'Write apiVersion: resource.k8s.io/v1.',
  });
  expect(said('admissionregistration.k8s.io/v1alpha1', 'MutatingAdmissionPolicy')).toContain(
    'Let the cluster switch it on.',
  );
});

test('a kind that is not there leads to the one that was meant', () => {
  expect(servingProblem('apps/v1', 'Deploymnet')).toEqual({
    code: 'schema/not-served',
    pointer: '/kind',
    message: 'Kubernetes 1.35 has no kind Deploymnet in apps/v1.',
    remedy: 'Write kind: Deployment.',
  });
  expect(said('v1', 'Deployment')).toContain('has no kind Deployment in v1. Write apiVersion: apps/v1.');
  expect(said('networking.k8s.io/v2', 'Ingress')).toContain('Write apiVersion: networking.k8s.io/v1.');
  expect(said('v2', 'Thing')).toContain('Mend the kind, or the apiVersion.');
});

test('every kind has a schema, and the scope that is known of it elsewhere', () => {
  const kinds = [...builtInApis().values()].flatMap((api) =>
    [...api.scopes].map(([kind, scope]) => ({ apiVersion: api.apiVersion, kind, scope })),
  );
  expect(kinds.length).toBeGreaterThan(100);
  for (const { apiVersion, kind, scope } of kinds) {
    expect(builtInSchema(apiVersion, kind)?.scope).toBe(scope);
    expect([apiVersion, kind, isBuiltInClusterScoped(splitApiVersion(apiVersion).group, kind)]).toEqual([
      apiVersion,
      kind,
      scope === 'Cluster',
    ]);
  }
});

test('of a kind that nobody has there is no schema', () => {
  expect(builtInSchema('apps/v1', 'Gauge')).toBeUndefined();
  expect(builtInSchema('apps/v1', 'toString')).toBeUndefined();
  expect(builtInSchema('__proto__', 'Gauge')).toBeUndefined();
  expect(servingProblem('__proto__', 'constructor')?.code).toBe('schema/not-served');
});
