import { randomBytes } from 'node:crypto';
import { formatTime } from '../flux/index.ts';
import { createObject, type KubeClient } from '../kube/index.ts';
import type { JsonObject } from '../manifest/index.ts';

/** Characters (fluxcd/pkg runtime/events: recorder). */
const MAX_MESSAGE = 39_000;

/** What an event is about. */
export interface Subject {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Told {
  readonly severity: 'info' | 'error';
  /** The reason of the Ready condition, as Flux has it; '' where there is none. */
  readonly reason: string;
  readonly message: string;
  /** Of the source; '' where it is not known. */
  readonly revision: string;
}

/** What is not written yet; more is dropped, as client-go does it (tools/record: maxQueuedEvents). */
const MAX_QUEUED = 1000;
/** How long the first one waits: whoever tells of something has more to do, for which somebody waits. */
const PATIENCE_MS = 1000;
/** How many are written at once when all are to be, at the end. */
const LAST_WRITERS = 16;

/**
 * The Kubernetes events by which people and other tools learn what was done. Nobody waits for one, and without one nothing
 * is lost: they are written one after the other, so that they hold up no request that somebody waits for.
 */
export class Events {
  readonly #client: KubeClient;
  readonly #controller: string;
  readonly #queue: JsonObject[] = [];
  readonly #writers = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  /** @param controller the one that this stands in for, for example `kustomize-controller` */
  constructor(client: KubeClient, controller: string) {
    this.#client = client;
    this.#controller = controller;
  }

  tell(subject: Subject, told: Told): void {
    if (this.#queue.length >= MAX_QUEUED) return;
    this.#queue.push(eventOf(subject, told, this.#controller));
    if (this.#writers.size > 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#addWriter();
    }, PATIENCE_MS);
  }

  /** Ends when all that was told until now is written, or could not be. */
  async settled(): Promise<void> {
    clearTimeout(this.#timer);
    for (let index = 0; index < LAST_WRITERS; index++) this.#addWriter();
    await Promise.all(this.#writers);
  }

  #addWriter(): void {
    const writer = this.#write().finally(() => this.#writers.delete(writer));
    this.#writers.add(writer);
  }

  async #write(): Promise<void> {
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      await createObject(this.#client, event, { fieldManager: this.#controller }).catch(() => undefined);
    }
  }
}

/** fluxcd/pkg runtime/events: AnnotatedEventf. */
function eventOf(subject: Subject, told: Told, controller: string): JsonObject {
  const { group, version, kind, namespace, name, uid } = subject;
  const time = formatTime(Date.now());
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name.slice(0, 200)}.${randomBytes(8).toString('hex')}`,
      namespace,
      ...(told.revision === '' ? {} : { annotations: { [`${group}/revision`]: told.revision } }),
    },
    involvedObject: { apiVersion: `${group}/${version}`, kind, name, namespace, uid },
    type: told.severity === 'error' ? 'Warning' : 'Normal',
    reason: told.reason === '' ? told.severity : told.reason,
    message: told.message.slice(0, MAX_MESSAGE),
    source: { component: controller },
    reportingComponent: controller,
    reportingInstance: '',
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
