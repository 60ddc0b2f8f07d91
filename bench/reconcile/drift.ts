import { deleteObject, type KubeClient, type KubeObject, patchObject } from '../../src/kube/index.ts';
import { isList, isObject, type JsonObject } from '../../src/manifest/index.ts';
import { FIELD_MANAGER } from './cluster.ts';
import { follow, type Followed } from './followed.ts';
import { APP_KINDS, NAMESPACE } from './objects.ts';
import { within } from './until.ts';

export interface Drift {
  /** Milliseconds from the request that changes or deletes an object until the cluster has it as it was, in rising order. */
  readonly latencies: readonly number[];
}

type AppKind = (typeof APP_KINDS)[number];

interface Edit {
  readonly kind: AppKind;
  readonly name: string;
  readonly isDeletion: boolean;
}

/** Edits and deletions that wait for their repair at a time, each of another app. */
const CONCURRENCY = 10;
const REPAIR_LIMIT_MS = 60_000;

/** Somebody edits and deletes objects of the apps, so many in all, chosen by the seed. */
export async function drift(client: KubeClient, names: readonly string[], total: number, seed: number): Promise<Drift> {
  const followed = new Map<AppKind, Followed>();
  for (const kind of APP_KINDS) followed.set(kind, await follow(client, kind, NAMESPACE));
  const random = randomNumbers(seed);
  const busy = new Set<string>();
  const latencies: number[] = [];
  let left = total;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left--;
      const edit = choose(names, busy, random);
      busy.add(edit.name);
      latencies.push(await repaired(client, edit, followed.get(edit.kind)));
      busy.delete(edit.name);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  } finally {
    for (const { stop } of followed.values()) stop();
  }
  return { latencies: latencies.sort((left, right) => left - right) };
}

/** The share of all that took at most so long. */
export function percentile({ latencies }: Drift, share: number): number {
  return latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN;
}

function choose(names: readonly string[], busy: ReadonlySet<string>, random: () => number): Edit {
  const free = names.filter((name) => !busy.has(name));
  const pick = <T>(all: readonly T[]): T => {
    const one = all[Math.floor(random() * all.length)];
    if (one === undefined) throw new Error('There is nothing to choose from.');
    return one;
  };
  return { kind: pick(APP_KINDS), name: pick(free), isDeletion: random() < 0.5 };
}

async function repaired(client: KubeClient, edit: Edit, followed: Followed | undefined): Promise<number> {
  const { kind, name, isDeletion } = edit;
  const before = followed?.objects.get(name);
  if (followed === undefined || before === undefined) throw new Error(`${kind.kind}/${name} is not there.`);
  const wanted = content(before);
  const reference = { ...kind, namespace: NAMESPACE, name };
  const started = performance.now();
  // What is seen before this one's answer is of before it.
  let version = before.metadata.resourceVersion;
  if (isDeletion) await deleteObject(client, reference, { propagation: 'Background' });
  else {
    const { object } = await patchObject(client, reference, editOf(kind, before), { fieldManager: FIELD_MANAGER });
    version = object.metadata.resourceVersion;
    if (content(object) === wanted) throw new Error(`The edit of ${kind.kind}/${name} changed nothing.`);
  }
  const isNew = (object: KubeObject): boolean =>
    isDeletion
      ? object.metadata.uid !== before.metadata.uid
      : Number(object.metadata.resourceVersion) > Number(version);
  const isRepaired = (object: KubeObject | undefined): boolean =>
    object !== undefined && isNew(object) && content(object) === wanted;
  const what = `${isDeletion ? 'the deletion' : 'the edit'} of ${kind.kind}/${name} is put right`;
  await within(what, followed.until(name, isRepaired), REPAIR_LIMIT_MS);
  return performance.now() - started;
}

/** What an edit of ours changes. */
function content({ kind, spec, data }: JsonObject): string {
  if (kind === 'ConfigMap') return JSON.stringify(data);
  const { ports, template } = isObject(spec) ? spec : {};
  return JSON.stringify(kind === 'Service' ? ports : template);
}

function editOf({ kind }: AppKind, { spec }: KubeObject): JsonObject {
  if (kind === 'ConfigMap') return { data: { name: 'edited' } };
  if (kind === 'Service') return { spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }] } };
  const { template } = isObject(spec) ? spec : {};
  const { spec: pod } = isObject(template) ? template : {};
  const containers = isObject(pod) && isList(pod.containers) ? pod.containers.filter(isObject) : [];
  const edited = containers.map((container) => ({ ...container, image: 'example.org/app:edited' }));
  return { spec: { template: { spec: { containers: edited } } } };
}

/** Mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
