/**
 * The data that manifests are made of: what JSON holds, and whole numbers that a JavaScript number cannot.
 *
 * `bigint` stands for the integers outside ±(2^53 - 1) that Go keeps exactly (int64, uint64); smaller ones are always
 * `number`. A member that is `undefined` counts as absent.
 */
export type Json = null | boolean | number | bigint | string | JsonList | JsonObject;

export type JsonList = readonly Json[];

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Levels of nesting: far fewer than go-yaml's 10,000, and more than any manifest has. A value in itself runs into it. */
export const MAX_DEPTH = 1000;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is JsonList {
  return Array.isArray(value);
}

/** A place in a document as a JSON pointer (RFC 6901): `/spec/containers/0/image`; the document itself is ''. */
export function jsonPointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The names and positions that a JSON pointer consists of. */
export function pointerPath(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A member that is to be a map; none is an empty one, as is what is no map. */
export function mapOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** A member that is to be a list; none is an empty one, as is what is no list. */
export function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** The maps of a member that is to be a list of them. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return isList(value) ? value.filter(isObject) : [];
}

/** A member that is to be a text; none is '', as is what is no text. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
