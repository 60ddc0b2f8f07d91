import type { KubeObject } from '../../kube/index.ts';
import { isObject, type JsonObject, type ObjectIdentity, splitApiVersion, textOf } from '../../manifest/index.ts';
import type { AuditEntry } from '../audit-log.ts';
import { KUSTOMIZATION } from '../kustomization.ts';
import { isOfKind, type ObjectQuery } from './find-object.ts';

/** Something that happened in a cluster: an event of one of Flux's objects, or a change that is in the audit log. */
export type Happening =
  | {
      readonly kind: 'event';
      /** Milliseconds since 1970; of one that happened several times, the last. */
      readonly time: number;
      readonly object: ObjectIdentity;
      readonly isWarning: boolean;
      /** For example `BuildFailed`. */
      readonly reason: string;
      readonly message: string;
      /** How often it happened. */
      readonly count: number;
      /** Of the source, where the event has it; else ''. */
      readonly revision: string;
    }
  | { readonly kind: 'change'; readonly time: number; readonly object: ObjectIdentity; readonly change: AuditEntry };

/** A Kubernetes event (core/v1) of one of Flux's objects; undefined for every other one. */
export function happeningOf(event: KubeObject): Extract<Happening, { readonly kind: 'event' }> | undefined {
  const involved = isObject(event.involvedObject) ? event.involvedObject : {};
  const { group, version } = splitApiVersion(textOf(involved.apiVersion));
  if (!group.endsWith('.toolkit.fluxcd.io')) return undefined;
  const series = isObject(event.series) ? event.series : {};
  const annotations = isObject(event.metadata.annotations) ? event.metadata.annotations : {};
  return {
    kind: 'event',
    time: timeOf(event, series),
    object: {
      group,
      version,
      kind: textOf(involved.kind),
      namespace: textOf(involved.namespace),
      name: textOf(involved.name),
    },
    isWarning: event.type === 'Warning',
    reason: textOf(event.reason),
    message: textOf(event.message),
    count: [series.count, event.count].find((one) => typeof one === 'number') ?? 1,
    revision: textOf(annotations[`${group}/revision`]),
  };
}

export function happeningOfChange(change: AuditEntry): Happening {
  return { kind: 'change', time: change.time, object: change.object, change };
}

/** kubectl events: eventTime. */
function timeOf(event: JsonObject, series: JsonObject): number {
  const times = [series.lastObservedTime, event.lastTimestamp, event.eventTime, event.firstTimestamp];
  return Date.parse(textOf(times.find((time) => typeof time === 'string')));
}

/** Whether it is about an object: what happened to it, or what it did if it is a Kustomization. */
export function isAbout(happening: Happening, query: ObjectQuery): boolean {
  const isNamed = ({ namespace, name }: { readonly namespace: string; readonly name: string }): boolean =>
    name === query.name && (query.namespace === undefined || query.namespace === namespace);
  const { object } = happening;
  if (isOfKind(object, query) && isNamed(object)) return true;
  if (happening.kind === 'event' || !isOfKind(KUSTOMIZATION, query)) return false;
  const [namespace = '', name = ''] = happening.change.kustomization.split('/');
  return isNamed({ namespace, name });
}
