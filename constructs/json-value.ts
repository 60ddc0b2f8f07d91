import type { ApiObject } from 'cdk8s';
import { SlipwayError } from '../src/errors.ts';
import type { Json } from '../src/manifest/index.ts';
import { isConstruct, referenceFields } from './references.ts';

/** Deeper than any manifest; what holds itself gets there too. */
export const MAX_DEPTH = 500;
export const NESTED_TOO_DEEP = 'a value that holds itself, or is nested too deep';

/**
 * Plain data out of what an author wrote: `undefined` is left out, `null` stays (in Helm values it deletes a chart's
 * default), a construct in a field that refers to an object becomes what Flux writes there, and values that cdk8s
 * resolves late (`Lazy`, tokens with a `resolve()`) are resolved.
 *
 * @throws SlipwayError `synth/not-data` on anything that YAML cannot hold
 */
export function toJsonValue(value: unknown, object: ApiObject, pointer = '/spec', depth = 0): Json {
  if (depth > MAX_DEPTH) throw notData(object, pointer, NESTED_TOO_DEEP);
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
        return value.map((item, index) => toJsonValue(item, object, `${pointer}/${index}`, depth + 1));
      }
      if (isPlain(value)) {
        // Not by assignment, which would lose a key `__proto__`.
        return Object.fromEntries(
          Object.entries(value)
            .filter(([, member]) => member !== undefined)
            .map(([key, member]) => [key, toJsonValue(member, object, `${pointer}/${key}`, depth + 1)]),
        );
      }
      if (isConstruct(value)) {
        const reference = referenceFields(value, object, pointer);
        if (reference !== undefined) return reference;
        break;
      }
      // By shape, since a program may hold a second copy of cdk8s: `Lazy`, and tokens with a `resolve()`.
      if ('produce' in value && typeof value.produce === 'function') {
        return toJsonValue((value as { produce: () => unknown }).produce(), object, pointer, depth + 1);
      }
      if ('resolve' in value && typeof value.resolve === 'function') {
        return toJsonValue((value as { resolve: () => unknown }).resolve(), object, pointer, depth + 1);
      }
      break;
    default:
  }
  throw notData(object, pointer, whatIs(value));
}

export function notData(object: ApiObject, pointer: string, what: string): SlipwayError {
  return new SlipwayError({
    code: 'synth/not-data',
    message: `${pointer.slice(0, 60)} holds ${what}, which YAML cannot hold.`,
    remedy: 'Give a string, a number, a boolean, null, a list or a plain object.',
    place: { object: `${object.kind}/${object.name}` },
  });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function whatIs(value: unknown): string {
  if (typeof value === 'object' && value !== null)
    return withArticle((value.constructor as { name?: string } | undefined)?.name ?? 'value without a class');
  return typeof value === 'number' || value === undefined ? String(value) : `a ${typeof value}`;
}

function withArticle(noun: string): string {
  return `${/^[AEIO]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
