import type { KubeObject } from '../kube/index.ts';
import { isList, isObject } from '../manifest/index.ts';
import type { LiveObjects } from './live-objects.ts';

const SLICE = { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' };
const CONFIGURATIONS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map((kind) => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind,
}));
/** apiserver: webhook.ErrCallingWebhook; the address is that of a Service where it is one of the cluster. */
const FAILED_CALL = 'failed calling webhook "';
const SERVICE = /https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc[:/]/;

/**
 * Where something was refused since a webhook could not be called: hears of what may have changed that, which is the
 * Service of the webhook getting an endpoint that is ready, and another configuration of webhooks.
 *
 * @param message of the API server
 * @returns what ends it
 */
export function listenForWebhook(
  message: string,
  live: Pick<LiveObjects, 'follow' | 'listenToKind'>,
  wake: () => void,
): () => void {
  const stops: (() => void)[] = [];
  let isOver = false;
  const listen = (kind: typeof SLICE, concerns: (object: KubeObject | undefined) => boolean): void => {
    // What is there at first was there when the call failed. What may not be watched is tried again all the same.
    const heard = live.follow(kind).then(() => {
      if (isOver) return;
      stops.push(
        live.listenToKind(kind, (object) => {
          if (concerns(object)) wake();
        }),
      );
    });
    heard.catch(() => undefined);
  };
  if (message.includes(FAILED_CALL)) {
    for (const kind of CONFIGURATIONS) listen(kind, () => true);
    const [, service, namespace] = SERVICE.exec(message) ?? [];
    if (service !== undefined) listen(SLICE, (slice) => slice !== undefined && serves(slice, service, namespace ?? ''));
  }
  return () => {
    isOver = true;
    for (const stop of stops) stop();
  };
}

function serves({ metadata, endpoints }: KubeObject, service: string, namespace: string): boolean {
  const labels = isObject(metadata.labels) ? metadata.labels : {};
  if (metadata.namespace !== namespace || labels['kubernetes.io/service-name'] !== service) return false;
  return (isList(endpoints) ? endpoints.filter(isObject) : []).some(
    // Where it is not said, it is ready (EndpointConditions).
    ({ conditions }) => !isObject(conditions) || conditions.ready !== false,
  );
}
