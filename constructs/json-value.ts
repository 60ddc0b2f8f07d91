import { type ApiObject, Lazy } from 'cdk8s';
import { SlipwayError } from '../src/errors.ts';
import type { Json } from '../src/manifest/index.ts';
import { isConstruct, referenceFields } from './references.ts';

/**
 * Plain data out of what an author wrote: `undefined` is left out, `null` stays (in Helm values it deletes a chart's
 * default), a construct in a field that refers to an object becomes what Flux writes there, and values that cdk8s
 * resolves late (`Lazy`, tokens with a `resolve()`) are resolved.
 *
 * @throws SlipwayError `synth/not-data` on anything that YAML cannot hold
 */
export function toJsonValue(value: unknown, object: ApiObject, pointer = '/spec'): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      break;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) {
        return value.map((item, index) => toJsonValue(item, object, `${pointer}/${index}`));
      }
      if (isPlain(value)) {
        const data: Record<string, Json> = {};
        for (const [key, member] of Object.entries(value)) {
          if (member !== undefined) data[key] = toJsonValue(member, object, `${pointer}/${key}`);
        }
        return data;
      }
      if (isConstruct(value)) {
        const reference = referenceFields(value, object, pointer);
        if (reference !== undefined) return reference;
        break;
      }
      if (value instanceof Lazy) return toJsonValue(value.produce(), object, pointer);
      if ('resolve' in value && typeof value.resolve === 'function') {
        return toJsonValue((value as { resolve: () => unknown }).resolve(), object, pointer);
      }
      break;
    default:
  }
  throw new SlipwayError({
    code: 'synth/not-data',
    message: `${pointer} holds ${describe(value)}, which YAML cannot hold.`,
    remedy: 'Give a string, a number, a boolean, null, a list or a plain object.',
    place: { object: `${object.kind}/${object.name}` },
  });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a ${value.constructor.name}`;
  return typeof value === 'number' ? String(value) : `a ${typeof value}`;
}
