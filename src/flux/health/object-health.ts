import { type JsonObject, splitApiVersion } from '../../manifest/index.ts';
import { conditionsOf, current, failed, fieldAt, type Health, inProgress, textAt } from './health.ts';
import type { HealthExpressions } from './health-expressions.ts';
import { podHealth } from './pod.ts';
import { daemonSetHealth, deploymentHealth, jobHealth, replicaSetHealth, statefulSetHealth } from './workloads.ts';

/** By `group/Kind` (cli-utils: legacyTypes). */
const RULES: Readonly<Record<string, (object: JsonObject, now: number) => Health>> = {
  '/Service': serviceHealth,
  '/Pod': podHealth,
  '/Secret': alwaysReady,
  '/ConfigMap': alwaysReady,
  '/PersistentVolumeClaim': claimHealth,
  'apps/StatefulSet': statefulSetHealth,
  'apps/DaemonSet': daemonSetHealth,
  'extensions/DaemonSet': daemonSetHealth,
  'apps/Deployment': deploymentHealth,
  'extensions/Deployment': deploymentHealth,
  'apps/ReplicaSet': replicaSetHealth,
  'extensions/ReplicaSet': replicaSetHealth,
  'policy/PodDisruptionBudget': () => current('AllowedDisruptions has been computed.'),
  'batch/CronJob': alwaysReady,
  'batch/Job': jobHealth,
  'apiextensions.k8s.io/CustomResourceDefinition': definitionHealth,
};

/**
 * How an object of the cluster fares, by itself: what it says in general, then by the rule of its kind, then by its Ready
 * condition, else it is well (cli-utils: status.Compute).
 *
 * @param object with its status
 * @param now milliseconds since 1970: a pod has some seconds to find a node
 * @param expressions by which a Kustomization judges kinds of its own
 * @throws Error where such an expression has no value
 */
export function objectHealth(object: JsonObject, now: number, expressions?: HealthExpressions): Health {
  const { group } = splitApiVersion(typeof object.apiVersion === 'string' ? object.apiVersion : '');
  const kind = typeof object.kind === 'string' ? object.kind : '';
  const rule = Object.hasOwn(RULES, `${group}/${kind}`) ? RULES[`${group}/${kind}`] : undefined;
  // Flux reads Jobs by its own rule alone (runtime/statusreaders: the generic reader with jobConditions).
  if (rule === jobHealth) return jobHealth(object);
  return (
    expressions?.(object) ??
    generalHealth(object, kind) ??
    rule?.(object, now) ??
    readyHealth(object) ??
    current('Resource is current')
  );
}

/** cli-utils: checkGenericProperties. */
function generalHealth(object: JsonObject, kind: string): Health | undefined {
  const deletion = textAt(object, ['metadata', 'deletionTimestamp'], '');
  if (deletion !== '') return { status: 'Terminating', message: 'Resource scheduled for deletion' };
  const generation = fieldAt(object, 'metadata', 'generation');
  const observed = fieldAt(object, 'status', 'observedGeneration');
  if (typeof generation === 'number' && typeof observed === 'number' && generation !== observed) {
    return inProgress(`${kind} generation is ${generation}, but latest observed generation is ${observed}`);
  }
  for (const { type, status, message } of conditionsOf(object)) {
    if (type === 'Reconciling' && status === 'True') return inProgress(message);
    if (type === 'Stalled' && status === 'True') return failed(message);
  }
  return undefined;
}

/** cli-utils: checkReadyCondition. */
function readyHealth(object: JsonObject): Health | undefined {
  for (const { type, status, message } of conditionsOf(object)) {
    if (type !== 'Ready') continue;
    if (status === 'True') return current('Resource is Ready');
    if (status === 'False' || status === 'Unknown') return inProgress(message);
  }
  return undefined;
}

function alwaysReady(): Health {
  return current('Resource is always ready');
}

/** cli-utils: serviceConditions. An address from outside is not waited for: not every cluster gives one. */
function serviceHealth(object: JsonObject): Health {
  const isBalanced = textAt(object, ['spec', 'type'], 'ClusterIP') === 'LoadBalancer';
  if (isBalanced && textAt(object, ['spec', 'clusterIP'], '') === '') {
    return inProgress('ClusterIP not set. Service type: LoadBalancer');
  }
  return current('Service is ready');
}

/** cli-utils: pvcConditions. */
function claimHealth(object: JsonObject): Health {
  const phase = textAt(object, ['status', 'phase'], 'unknown');
  return phase === 'Bound' ? current('PVC is Bound') : inProgress(`PVC is not Bound. phase: ${phase}`);
}

/** cli-utils: crdConditions. */
function definitionHealth(object: JsonObject): Health {
  for (const { type, status, reason, message } of conditionsOf(object)) {
    if (type === 'NamesAccepted' && status === 'False') return failed(message);
    if (type !== 'Established') continue;
    if (status === 'False' && reason !== 'Installing') return failed(message);
    if (status === 'True') return current('CRD is established');
  }
  return inProgress('Install in progress');
}
