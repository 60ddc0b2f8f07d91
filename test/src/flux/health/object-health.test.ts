import { describe, expect, test } from '@jest/globals';
import { isLastingPodFailure, objectHealth } from '../../../../src/flux/index.ts';
import type { JsonObject } from '../../../../src/manifest/index.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');

function object(apiVersion: string, kind: string, parts: JsonObject = {}): JsonObject {
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'apps' }, ...parts };
}

function condition(type: string, status: string, reason = '', message = ''): JsonObject {
  return { type, status, reason, message };
}

/** `Status: message`; the answers are those of cli-utils 1.2.3. */
function health(manifest: JsonObject): string {
  const { status, message } = objectHealth(manifest, NOW);
  return `${status}: ${message}`;
}

describe('an object of any kind', () => {
  const thing = (parts: JsonObject) => health(object('example.org/v1', 'Thing', parts));

  test('is well when it says nothing of itself', () => {
    expect(thing({})).toBe('Current: Resource is current');
  });
  test('is going once it is marked for deletion, whatever else it says', () => {
    const metadata = { name: 'web', deletionTimestamp: '2026-01-01T00:00:00Z' };
    const status = { conditions: [condition('Ready', 'True')] };
    expect(thing({ metadata, status })).toBe('Terminating: Resource scheduled for deletion');
  });
  test('is not judged by a status of an earlier generation', () => {
    const status = { observedGeneration: 1, conditions: [condition('Ready', 'True')] };
    expect(thing({ metadata: { name: 'web', generation: 2 }, status })).toBe(
      'InProgress: Thing generation is 2, but latest observed generation is 1',
    );
  });
  test.each([
    [condition('Reconciling', 'True', 'Progressing', 'working'), 'InProgress: working'],
    [condition('Stalled', 'True', 'Bad', 'no way on'), 'Failed: no way on'],
    [condition('Ready', 'True'), 'Current: Resource is Ready'],
    [condition('Ready', 'False', 'Bad', 'not yet'), 'InProgress: not yet'],
    [condition('Ready', 'Unknown', 'Bad', 'who knows'), 'InProgress: who knows'],
    [condition('Other', 'False'), 'Current: Resource is current'],
  ])('fares as its condition %j says', (one, expected) => {
    expect(thing({ status: { conditions: [one] } })).toBe(expected);
  });
});

describe('a Deployment', () => {
  const available = [condition('Progressing', 'True', 'NewReplicaSetAvailable'), condition('Available', 'True')];
  const full = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, conditions: available };
  const deployment = (status: JsonObject, spec: JsonObject = { replicas: 2, progressDeadlineSeconds: 600 }) =>
    health(object('apps/v1', 'Deployment', { spec, status }));

  test.each([
    [full, 'Current: Deployment is available. Replicas: 2'],
    [{ ...full, replicas: 1 }, 'InProgress: Replicas: 1/2'],
    [{ ...full, updatedReplicas: 1 }, 'InProgress: Updated: 1/2'],
    [{ ...full, replicas: 3 }, 'InProgress: Pending termination: 1'],
    [{ ...full, availableReplicas: 1 }, 'InProgress: Available: 1/2'],
    [{ ...full, readyReplicas: 1 }, 'InProgress: Ready: 1/2'],
    [{ ...full, conditions: available.slice(1) }, 'InProgress: ReplicaSet not Available'],
    [{ ...full, conditions: available.slice(0, 1) }, 'InProgress: Deployment not Available'],
    [
      { ...full, conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')] },
      'Failed: Progress deadline exceeded',
    ],
  ])('with the status %j is %s', (status, expected) => {
    expect(deployment(status)).toBe(expected);
  });
  test('of no replicas is well once it is observed', () => {
    expect(deployment({ conditions: available }, { replicas: 0 })).toBe(
      'Current: Deployment is available. Replicas: 0',
    );
  });
  test('without a deadline need not say that it progresses', () => {
    const status = { ...full, conditions: available.slice(1) };
    expect(deployment(status, { replicas: 2 })).toBe('Current: Deployment is available. Replicas: 2');
  });
});

describe('other workloads', () => {
  test.each([
    [{ updateStrategy: { type: 'OnDelete' } }, {}, 'Current: StatefulSet is using the ondelete update strategy'],
    [{}, {}, 'InProgress: Replicas: 0/1'],
    [{}, { replicas: 1 }, 'InProgress: Ready: 0/1'],
    [{}, { replicas: 1, readyReplicas: 1 }, 'InProgress: current: 0/1'],
    [
      {},
      { replicas: 1, readyReplicas: 1, currentReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      'InProgress: Waiting for updated revision to match current',
    ],
    [
      { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
      { replicas: 2, readyReplicas: 2 },
      'InProgress: updated: 0/1',
    ],
    [
      { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
      { replicas: 2, readyReplicas: 2, updatedReplicas: 1 },
      'Current: Partition rollout complete. updated: 1',
    ],
  ])('a StatefulSet with spec %j and status %j is %s', (spec, status, expected) => {
    expect(health(object('apps/v1', 'StatefulSet', { spec, status }))).toBe(expected);
  });

  test.each([
    [{}, 'InProgress: DaemonSet status.observedGeneration not found'],
    [{ observedGeneration: 1 }, 'InProgress: Missing .status.desiredNumberScheduled'],
    [{ observedGeneration: 1, desiredNumberScheduled: 1 }, 'InProgress: Current: 0/1'],
    [{ observedGeneration: 1, desiredNumberScheduled: 0 }, 'Current: All replicas scheduled as expected. Replicas: 0'],
  ])('a DaemonSet with status %j is %s', (status, expected) => {
    const metadata = { name: 'web', generation: 1 };
    expect(health(object('apps/v1', 'DaemonSet', { metadata, status }))).toBe(expected);
  });

  // fluxcd/pkg runtime/statusreaders, which kstatus alone does not do: there a running Job is well.
  test.each([
    [{ suspend: true }, {}, 'Current: Job is suspended'],
    [{}, {}, 'InProgress: Job not started. active: 0/1'],
    [{}, { startTime: 'x', active: 1 }, 'InProgress: Job in progress. success:0, active: 1, failed: 0'],
    [{}, { succeeded: 1, conditions: [condition('Complete', 'True')] }, 'Current: Job Completed. succeeded: 1/1'],
    [{}, { failed: 1, conditions: [condition('Failed', 'True')] }, 'Failed: Job Failed. failed: 1/1'],
  ])('a Job with spec %j and status %j is %s', (spec, status, expected) => {
    expect(health(object('batch/v1', 'Job', { spec, status }))).toBe(expected);
  });
});

describe('a Pod', () => {
  const pod = (status: JsonObject, created = '2026-01-01T00:00:00Z') =>
    object('v1', 'Pod', { metadata: { name: 'web', creationTimestamp: created }, status });
  const crashing = {
    phase: 'Running',
    containerStatuses: [{ name: 'app', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  };
  const unschedulable = { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable')] };

  test.each([
    [{ phase: 'Running', conditions: [condition('Ready', 'True')] }, 'Current: Pod is Ready'],
    [{ phase: 'Running' }, 'InProgress: Pod is running but is not Ready'],
    [crashing, 'Failed: Containers in CrashLoop state: app'],
    [{ phase: 'Failed' }, 'Current: Pod has completed, but not successfully'],
    [{}, 'InProgress: Pod phase not available'],
    [unschedulable, 'Failed: Pod could not be scheduled'],
  ])('with the status %j is %s', (status, expected) => {
    expect(health(pod(status))).toBe(expected);
  });
  test('has 15 seconds to find a node', () => {
    expect(health(pod(unschedulable, '2026-01-01T00:00:46Z'))).toBe('InProgress: Pod has not been scheduled');
    expect(health(pod(unschedulable, '2026-01-01T00:00:45Z'))).toBe('Failed: Pod could not be scheduled');
  });
  test('that crashes fails its workload, one that waits for a node or goes does not', () => {
    expect(isLastingPodFailure(pod(crashing), NOW)).toBe(true);
    expect(isLastingPodFailure(pod(unschedulable), NOW)).toBe(false);
    const metadata = { name: 'web', deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(isLastingPodFailure({ ...pod(crashing), metadata }, NOW)).toBe(false);
  });
});

describe('what has no workload', () => {
  test.each([
    ['v1', 'Secret', {}, 'Current: Resource is always ready'],
    ['v1', 'Service', { spec: { type: 'LoadBalancer' } }, 'InProgress: ClusterIP not set. Service type: LoadBalancer'],
    ['v1', 'Service', { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' } }, 'Current: Service is ready'],
    ['v1', 'PersistentVolumeClaim', {}, 'InProgress: PVC is not Bound. phase: unknown'],
    ['v1', 'PersistentVolumeClaim', { status: { phase: 'Bound' } }, 'Current: PVC is Bound'],
    ['policy/v1', 'PodDisruptionBudget', {}, 'Current: AllowedDisruptions has been computed.'],
    ['batch/v1', 'CronJob', {}, 'Current: Resource is always ready'],
  ])('%s %s with %j is %s', (apiVersion, kind, parts, expected) => {
    expect(health(object(apiVersion, kind, parts))).toBe(expected);
  });

  test.each([
    [[], 'InProgress: Install in progress'],
    [[condition('Established', 'False', 'Installing')], 'InProgress: Install in progress'],
    [[condition('Established', 'False', 'Other', 'refused')], 'Failed: refused'],
    [[condition('NamesAccepted', 'False', 'Taken', 'names are taken')], 'Failed: names are taken'],
    [[condition('Established', 'True')], 'Current: CRD is established'],
  ])('a CRD with the conditions %j is %s', (conditions, expected) => {
    const status = { conditions };
    expect(health(object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { status }))).toBe(expected);
  });
});
