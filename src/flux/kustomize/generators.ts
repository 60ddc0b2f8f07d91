import { posix } from 'node:path';
import { isObject, type Json, type JsonObject } from '../../manifest/index.ts';
import { metadataOf, withMember, withMetadata } from './edit.ts';
import { flag, strings, text, texts } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import type { Origin } from './origin.ts';
import { Resource } from './resource.ts';
import { isSameId } from './resource-id.ts';

export interface Generated {
  readonly resource: Resource;
  readonly behavior: 'create' | 'merge' | 'replace';
}

/**
 * The ConfigMap or Secret that an entry of configMapGenerator or secretGenerator makes (kustomize: internal/generators).
 *
 * @param read Gives the content of a file named relative to the kustomization.
 */
export function generate(
  kind: 'ConfigMap' | 'Secret',
  args: JsonObject,
  globalOptions: JsonObject | undefined,
  read: (path: string) => Buffer,
  origin: Origin | undefined,
): Generated {
  const options = mergedOptions(args.options, globalOptions);
  const name = text(args.name);
  if (name === '') return notCovered('a generator without a name');
  const namespace = text(args.namespace);
  const data = dataMap(args, read);
  const object: Record<string, Json> = {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      ...(namespace !== '' && { namespace }),
      ...(options.labels.size > 0 && { labels: Object.fromEntries(options.labels) }),
      ...(options.annotations.size > 0 && { annotations: Object.fromEntries(options.annotations) }),
    },
    ...(kind === 'Secret' ? { type: text(args.type) || 'Opaque', data: secretData(data) } : configMapData(data)),
    ...(options.immutable && { immutable: true }),
  };
  return {
    resource: new Resource({ object, needsHash: !options.disableNameSuffixHash, origin }),
    behavior: behaviorOf(text(args.behavior)),
  };
}

function behaviorOf(behavior: string): Generated['behavior'] {
  return behavior === 'merge' || behavior === 'replace' ? behavior : 'create';
}

interface Options {
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly disableNameSuffixHash: boolean;
  readonly immutable: boolean;
}

/** types.MergeGlobalOptionsIntoLocal: a local false does not undo a global true. */
function mergedOptions(local: unknown, global: JsonObject | undefined): Options {
  const own = isObject(local) ? local : {};
  return {
    labels: new Map([...texts(global?.labels), ...texts(own.labels)]),
    annotations: new Map([...texts(global?.annotations), ...texts(own.annotations)]),
    disableNameSuffixHash: flag(own.disableNameSuffixHash) || flag(global?.disableNameSuffixHash),
    immutable: flag(own.immutable) || flag(global?.immutable),
  };
}

/** kv.Load: env files, then literals, then files. */
function dataMap(args: JsonObject, read: (path: string) => Buffer): ReadonlyMap<string, Buffer> {
  const envs = [...strings(args.envs), ...(text(args.env) === '' ? [] : [text(args.env)])];
  const pairs = [
    ...envs.flatMap((path) => envPairs(read(path))),
    ...strings(args.literals).map(literalPair),
    ...strings(args.files).map((source) => filePair(source, read)),
  ];
  const data = new Map<string, Buffer>();
  for (const [key, value] of pairs) {
    // apimachinery validation.IsConfigMapKey.
    const isValid = /^[-._a-zA-Z0-9]+$/.test(key) && key.length <= 253 && key !== '.' && !key.startsWith('..');
    if (!isValid || data.has(key)) return notCovered('a key that is repeated or not valid');
    data.set(key, value);
  }
  return data;
}

type Pair = readonly [key: string, value: Buffer];

/** generators.ParseFileSource: `[key=]path`. */
function filePair(source: string, read: (path: string) => Buffer): Pair {
  const parts = source.split('=');
  const [key = '', path] = parts;
  if (parts.length === 1) return [posix.basename(source), read(source)];
  if (parts.length > 2 || key === '' || path === undefined || path === '')
    return notCovered('a file source with odd =');
  return [key, read(path)];
}

function literalPair(source: string): Pair {
  const equals = source.indexOf('=');
  if (equals < 1) return notCovered('a literal without key=value');
  const value = source.slice(equals + 1);
  const isQuoted = value.length >= 2 && /^(?:".*"|'.*')$/s.test(value);
  return [source.slice(0, equals), Buffer.from(isQuoted ? value.slice(1, -1) : value)];
}

/** kv.keyValuesFromLines: `KEY=value` lines, blank ones and comments left out. */
function envPairs(content: Buffer): readonly Pair[] {
  const source = content.toString();
  if (!Buffer.from(source).equals(content)) return notCovered('an env file that is not UTF-8');
  const lines = source.replace(/^\ufeff/, '').split('\n');
  return lines.flatMap((line): readonly Pair[] => {
    const trimmed = line.replace(/\r$/, '').trimStart();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const equals = trimmed.indexOf('=');
    const key = equals === -1 ? trimmed : trimmed.slice(0, equals);
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key)) return notCovered('an env file with an odd key');
    return [[key, Buffer.from(equals === -1 ? '' : trimmed.slice(equals + 1))]];
  });
}

function configMapData(data: ReadonlyMap<string, Buffer>): JsonObject {
  const texts = new Map<string, string>();
  const binaries = new Map<string, string>();
  for (const [key, value] of data) {
    const decoded = decodeUtf8(value);
    if (decoded === undefined) binaries.set(key, encodeBase64(value));
    else texts.set(key, decoded);
  }
  return {
    ...(texts.size > 0 && { data: Object.fromEntries(texts) }),
    ...(binaries.size > 0 && { binaryData: Object.fromEntries(binaries) }),
  };
}

function secretData(data: ReadonlyMap<string, Buffer>): JsonObject {
  return Object.fromEntries(Array.from(data, ([key, value]) => [key, encodeBase64(value)]));
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** kyaml: encodeBase64. In lines of 70 where it is longer than that. */
function encodeBase64(bytes: Buffer): string {
  const encoded = bytes.toString('base64');
  return encoded.length < 70 ? encoded : encoded.replace(/.{1,70}/g, '$&\n');
}

/** resWrangler.appendReplaceOrMerge. */
export function absorb(resources: readonly Resource[], { resource, behavior }: Generated): readonly Resource[] {
  const matches = resources.filter((other) =>
    [...other.formerIds, other.id].some((candidate) => isSameId(candidate, resource.id)),
  );
  const [old] = matches;
  if (matches.length > 1) return notCovered('a generator that matches several resources');
  if (old === undefined) return behavior === 'create' ? [...resources, resource] : notCovered('nothing to merge with');
  if (behavior === 'create') return notCovered('a generator of what exists already');
  const merged = takingOver(resource, old, behavior);
  return resources.map((other) => (other === old ? merged : other));
}

/** Resource.CopyMergeMetaDataFieldsFrom, MergeDataMapFrom and MergeBinaryDataMapFrom. */
function takingOver(resource: Resource, old: Resource, behavior: 'merge' | 'replace'): Resource {
  let { object } = resource;
  const maps = {
    labels: new Map([...old.labels(), ...resource.labels()]),
    annotations: new Map([...old.annotations(), ...resource.annotations()]),
  };
  for (const [name, map] of Object.entries(maps)) {
    object = withMetadata(object, name, map.size === 0 ? undefined : Object.fromEntries(map));
  }
  const { name, namespace } = metadataOf(old.object);
  object = withMetadata(
    withMetadata(object, 'name', name),
    'namespace',
    namespace === '' ? undefined : (namespace ?? undefined),
  );
  if (behavior === 'merge') {
    for (const field of ['data', 'binaryData']) {
      const data = { ...dataOf(old.object, field), ...dataOf(object, field) };
      object = withMember(object, field, Object.keys(data).length === 0 ? undefined : data);
    }
  }
  return old.with({
    object,
    needsHash: old.needsHash && resource.needsHash,
    origin: behavior === 'merge' ? old.origin : resource.origin,
    traits: resource.traits,
  });
}

function dataOf(object: JsonObject, field: string): JsonObject {
  const data = object[field];
  if (data === undefined) return {};
  if (!isObject(data) || !Object.values(data).every((value) => typeof value === 'string')) {
    return notCovered('data that is no map of text');
  }
  return data;
}
