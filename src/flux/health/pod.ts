import { isList, isObject, type JsonObject } from '../../manifest/index.ts';
import { current, failed, fieldAt, findCondition, type Health, inProgress, textAt } from './health.ts';

/** How long a pod may be without a node before that counts as a failure (cli-utils: ScheduleWindow). */
const SCHEDULE_WINDOW_MS = 15_000;

/**
 * cli-utils: podConditions.
 *
 * @param now milliseconds since 1970
 */
export function podHealth(object: JsonObject, now: number): Health {
  const phase = textAt(object, ['status', 'phase'], '');
  switch (phase) {
    case 'Succeeded':
      return current('Pod has completed successfully');
    case 'Failed':
      return current('Pod has completed, but not successfully');
    case 'Running': {
      if (findCondition(object, 'Ready', 'True') !== undefined) return current('Pod is Ready');
      const crashing = crashingContainers(object);
      if (crashing.length > 0) return failed(`Containers in CrashLoop state: ${crashing.join(',')}`);
      return inProgress('Pod is running but is not Ready');
    }
    case 'Pending':
      if (!isUnschedulable(object)) return inProgress('Pod is in the Pending phase');
      if (now - SCHEDULE_WINDOW_MS < createdAt(object)) return inProgress('Pod has not been scheduled');
      return failed('Pod could not be scheduled');
    case '':
      return inProgress('Pod phase not available');
    default:
      // kstatus makes an error of it, which counts as not known: it may yet become another phase.
      return inProgress(`unknown phase ${phase}`);
  }
}

/**
 * Whether the failure of a pod is one of what runs it: of one that waits for a node, or goes, it is not (cli-utils:
 * isTransientPodFailure).
 */
export function isLastingPodFailure(pod: JsonObject, now: number): boolean {
  if (fieldAt(pod, 'metadata', 'deletionTimestamp') !== undefined || isUnschedulable(pod)) return false;
  return podHealth(pod, now).status === 'Failed';
}

function isUnschedulable(pod: JsonObject): boolean {
  return findCondition(pod, 'PodScheduled', 'False')?.reason === 'Unschedulable';
}

function createdAt(object: JsonObject): number {
  const time = Date.parse(textAt(object, ['metadata', 'creationTimestamp'], ''));
  return Number.isNaN(time) ? 0 : time;
}

function crashingContainers(pod: JsonObject): readonly string[] {
  const statuses = fieldAt(pod, 'status', 'containerStatuses');
  if (!isList(statuses)) return [];
  return statuses
    .filter(isObject)
    .filter((status) => fieldAt(status, 'state', 'waiting', 'reason') === 'CrashLoopBackOff')
    .map(({ name }) => (typeof name === 'string' ? name : ''));
}
