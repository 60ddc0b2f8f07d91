import { isList, isObject, jsonPointer, type Json, type JsonObject } from '../../src/manifest/index.ts';

/** Where a pod's specification is, by kind. */
const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** A part of an object, with the JSON pointer to it. */
export interface Part {
  readonly value: JsonObject;
  readonly pointer: string;
}

/** The specification of the Pods that an object makes or is. */
export function podSpecOf(object: JsonObject): Part | undefined {
  const path =
    typeof object.kind === 'string' && Object.hasOwn(POD_SPECS, object.kind) ? POD_SPECS[object.kind] : undefined;
  const value = path === undefined ? undefined : at(object, path);
  return path !== undefined && isObject(value) ? { value, pointer: `/${path.join('/')}` } : undefined;
}

/** Containers that start a Pod, and those that run in it. */
export function containersOf(object: JsonObject): Part[] {
  const pod = podSpecOf(object);
  return pod === undefined ? [] : ['initContainers', 'containers'].flatMap((list) => itemsOf(pod, list));
}

/** The maps of a list. */
export function itemsOf({ value, pointer }: Part, name: string): Part[] {
  const list = value[name];
  if (!isList(list)) return [];
  return list.flatMap((item, index) => (isObject(item) ? { value: item, pointer: `${pointer}/${name}/${index}` } : []));
}

/** The value at the end of a path; undefined where there is none. */
export function at(object: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = object;
  for (const step of path) value = isObject(value) ? value[step] : undefined;
  return value;
}

/** A map at the end of a path; empty where there is none. */
export function mapAt(object: JsonObject, path: readonly string[]): JsonObject {
  const value = at(object, path);
  return isObject(value) ? value : {};
}

export function nameOf({ value }: Part): string {
  return typeof value.name === 'string' ? value.name : '';
}

export function pointerTo({ pointer }: Part, ...more: readonly string[]): string {
  return `${pointer}${jsonPointer(more)}`;
}
