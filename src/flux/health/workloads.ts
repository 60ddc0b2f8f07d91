import type { JsonObject } from '../../manifest/index.ts';
import {
  conditionsOf,
  current,
  failed,
  fieldAt,
  findCondition,
  type Health,
  inProgress,
  numberAt,
  textAt,
} from './health.ts';

/** A progressDeadlineSeconds of this is none: the controller then never says that it progresses (HasProgressDeadline). */
const NO_DEADLINE = 2 ** 31 - 1;

/** cli-utils: deploymentConditions. */
export function deploymentHealth(object: JsonObject): Health {
  const conditions = conditionsOf(object);
  if (conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded')) {
    return failed('Progress deadline exceeded');
  }
  const desired = numberAt(object, ['spec', 'replicas'], 1);
  const { replicas, updatedReplicas, readyReplicas, availableReplicas } = counts(object);
  if (desired > replicas) return inProgress(`Replicas: ${replicas}/${desired}`);
  if (desired > updatedReplicas) return inProgress(`Updated: ${updatedReplicas}/${desired}`);
  if (replicas > desired) return inProgress(`Pending termination: ${replicas - desired}`);
  if (updatedReplicas > availableReplicas) return inProgress(`Available: ${availableReplicas}/${updatedReplicas}`);
  if (desired > readyReplicas) return inProgress(`Ready: ${readyReplicas}/${desired}`);
  const hasDeadline = numberAt(object, ['spec', 'progressDeadlineSeconds'], NO_DEADLINE) !== NO_DEADLINE;
  const isRolledOut = conditions.some(
    ({ type, status, reason }) => type === 'Progressing' && status === 'True' && reason === 'NewReplicaSetAvailable',
  );
  if (hasDeadline && !isRolledOut) return inProgress('ReplicaSet not Available');
  if (findCondition(object, 'Available', 'True') === undefined) return inProgress('Deployment not Available');
  return current(`Deployment is available. Replicas: ${replicas}`);
}

/** cli-utils: stsConditions. */
export function statefulSetHealth(object: JsonObject): Health {
  if (textAt(object, ['spec', 'updateStrategy', 'type'], '') === 'OnDelete') {
    return current('StatefulSet is using the ondelete update strategy');
  }
  const desired = numberAt(object, ['spec', 'replicas'], 1);
  const { replicas, updatedReplicas, readyReplicas, currentReplicas } = counts(object);
  const partition = numberAt(object, ['spec', 'updateStrategy', 'rollingUpdate', 'partition'], -1);
  if (desired > replicas) return inProgress(`Replicas: ${replicas}/${desired}`);
  if (desired > readyReplicas) return inProgress(`Ready: ${readyReplicas}/${desired}`);
  if (replicas > desired) return inProgress(`Pending termination: ${replicas - desired}`);
  if (partition !== -1) {
    if (updatedReplicas < desired - partition) return inProgress(`updated: ${updatedReplicas}/${desired - partition}`);
    return current(`Partition rollout complete. updated: ${updatedReplicas}`);
  }
  if (desired > currentReplicas) return inProgress(`current: ${currentReplicas}/${desired}`);
  if (textAt(object, ['status', 'currentRevision'], '') !== textAt(object, ['status', 'updateRevision'], '')) {
    return inProgress('Waiting for updated revision to match current');
  }
  return current(`All replicas scheduled as expected. Replicas: ${replicas}`);
}

/** cli-utils: replicasetConditions. */
export function replicaSetHealth(object: JsonObject): Health {
  if (findCondition(object, 'ReplicaFailure', 'True') !== undefined) {
    return inProgress('Replica Failure condition. Check Pods');
  }
  const desired = numberAt(object, ['spec', 'replicas'], 1);
  const { replicas, readyReplicas, availableReplicas, fullyLabeledReplicas } = counts(object);
  if (desired > fullyLabeledReplicas) return inProgress(`Labelled: ${fullyLabeledReplicas}/${desired}`);
  if (desired > availableReplicas) return inProgress(`Available: ${availableReplicas}/${desired}`);
  if (desired > readyReplicas) return inProgress(`Ready: ${readyReplicas}/${desired}`);
  if (replicas > desired) return inProgress(`Pending termination: ${replicas - desired}`);
  return current(`ReplicaSet is available. Replicas: ${replicas}`);
}

/** cli-utils: daemonsetConditions. */
export function daemonSetHealth(object: JsonObject): Health {
  if (fieldAt(object, 'metadata', 'generation') === undefined)
    return inProgress('DaemonSet metadata.generation not found');
  if (fieldAt(object, 'status', 'observedGeneration') === undefined) {
    return inProgress('DaemonSet status.observedGeneration not found');
  }
  const of = (name: string): number => numberAt(object, ['status', name], 0);
  const desired = numberAt(object, ['status', 'desiredNumberScheduled'], -1);
  if (desired === -1) return inProgress('Missing .status.desiredNumberScheduled');
  if (desired > of('currentNumberScheduled')) return inProgress(`Current: ${of('currentNumberScheduled')}/${desired}`);
  if (desired > of('updatedNumberScheduled')) return inProgress(`Updated: ${of('updatedNumberScheduled')}/${desired}`);
  if (desired > of('numberAvailable')) return inProgress(`Available: ${of('numberAvailable')}/${desired}`);
  if (desired > of('numberReady')) return inProgress(`Ready: ${of('numberReady')}/${desired}`);
  return current(`All replicas scheduled as expected. Replicas: ${desired}`);
}

/**
 * A Job is well when it is done, where kstatus takes a running one as well (fluxcd/pkg runtime/statusreaders: job.go).
 */
export function jobHealth(object: JsonObject): Health {
  if (fieldAt(object, 'spec', 'suspend') === true) return current('Job is suspended');
  const parallelism = numberAt(object, ['spec', 'parallelism'], 1);
  const completions = numberAt(object, ['spec', 'completions'], parallelism);
  const active = numberAt(object, ['status', 'active'], 0);
  const succeeded = numberAt(object, ['status', 'succeeded'], 0);
  const failures = numberAt(object, ['status', 'failed'], 0);
  const end = conditionsOf(object).find(({ type, status }) => /^(Complete|Failed)$/.test(type) && status === 'True');
  if (end?.type === 'Complete') return current(`Job Completed. succeeded: ${succeeded}/${completions}`);
  if (end?.type === 'Failed') return failed(`Job Failed. failed: ${failures}/${completions}`);
  if (textAt(object, ['status', 'startTime'], '') === '') {
    return inProgress(`Job not started. active: 0/${parallelism}`);
  }
  return inProgress(`Job in progress. success:${succeeded}, active: ${active}, failed: ${failures}`);
}

function counts(object: JsonObject) {
  const of = (name: string): number => numberAt(object, ['status', name], 0);
  return {
    replicas: of('replicas'),
    updatedReplicas: of('updatedReplicas'),
    readyReplicas: of('readyReplicas'),
    availableReplicas: of('availableReplicas'),
    currentReplicas: of('currentReplicas'),
    fullyLabeledReplicas: of('fullyLabeledReplicas'),
  };
}
