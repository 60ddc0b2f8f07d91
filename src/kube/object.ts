import { SlipwayError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../manifest/index.ts';

/** An object as the API server has it. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface ObjectMeta extends JsonObject {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  /** Tells one state of the object from another, and says nothing else. What a dry run would make has none. */
  readonly resourceVersion?: string;
}

/**
 * An answer as an object. The items of a list of built-in kinds do not say what they are: then they are `kind`.
 *
 * @throws {SlipwayError} `kube/no-object` (status 3) where it is none.
 */
export function asObject(value: Json | undefined, kind?: { apiVersion: string; kind: string }): KubeObject {
  const whole = isObject(value) && kind !== undefined ? { ...value, ...kind } : value;
  if (isKubeObject(whole)) return whole;
  throw new SlipwayError({
    code: 'kube/no-object',
    message: 'The API server answered with something that is no object.',
    exitStatus: 3,
  });
}

function isKubeObject(value: Json | undefined): value is KubeObject {
  if (!isObject(value) || !isObject(value.metadata)) return false;
  const { name, uid } = value.metadata;
  return [value.apiVersion, value.kind, name, uid].every((part) => typeof part === 'string');
}
