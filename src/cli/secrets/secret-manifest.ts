/** A Secret as a tree: the values of its `stringData` and `data`, and making one. */
import type { Branch, Value } from '../../sops/index.ts';
import { branch, entry, findEntry, get, stringOf, text } from '../../sops/index.ts';

export interface SecretIdentity {
  readonly name: string;
  readonly namespace: string | undefined;
  /** Default: Opaque. */
  readonly type: string | undefined;
}

export function newSecret({ name, namespace, type }: SecretIdentity, values: Readonly<Record<string, string>>): Branch {
  return branch([
    entry('apiVersion', text('v1')),
    entry('kind', text('Secret')),
    entry('metadata', branch([entry('name', text(name)), ...(namespace === undefined ? [] : [entry('namespace', text(namespace))])])),
    entry('type', text(type ?? 'Opaque')),
    entry('stringData', textMap(values)),
  ]);
}

export const textMap = (values: Readonly<Record<string, string>>): Branch =>
  branch(Object.entries(values).map(([key, value]) => entry(key, text(value))));

/** Texts of `stringData`, or of the top of a file that is no Secret. */
export function textsOf(document: Branch): Record<string, string> {
  const map = get(document, 'kind') === undefined ? document : get(document, 'stringData');
  const texts: Record<string, string> = {};
  if (map?.kind !== 'map') return texts;
  for (const item of map.entries) {
    const value = item.kind === 'entry' ? stringOf(item.value) : undefined;
    if (item.kind === 'entry' && value !== undefined) texts[item.key] = value;
  }
  return texts;
}

/** Where the values of a file stand: below `stringData` in a manifest, at the top else. */
export const valuesPath = (document: Branch): string[] => (get(document, 'kind') === undefined ? [] : ['stringData']);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `data` that is text moved to `stringData`, where people can read and edit it; bytes stay in `data`. */
export function withTextData(secret: Branch): Branch {
  const data = get(secret, 'data');
  if (data?.kind !== 'map') return secret;
  const texts: [string, Value][] = [];
  const kept = data.entries.filter((item) => {
    const decoded = item.kind === 'entry' ? decodeText(stringOf(item.value)) : undefined;
    if (item.kind !== 'entry' || decoded === undefined) return true;
    texts.push([item.key, text(decoded)]);
    return false;
  });
  const before = get(secret, 'stringData');
  const stringData = branch([
    ...(before?.kind === 'map' ? before.entries : []),
    ...texts.filter(([key]) => before?.kind !== 'map' || findEntry(before, key) === undefined).map(([key, value]) => entry(key, value)),
  ]);
  const entries = secret.entries.flatMap((item) => {
    if (item.kind !== 'entry' || (item.key !== 'data' && item.key !== 'stringData')) return [item];
    return item.key === 'data' && kept.length > 0 ? [{ ...item, value: branch(kept) }] : [];
  });
  return branch([...entries, entry('stringData', stringData)]);
}

function decodeText(base64: string | undefined): string | undefined {
  if (base64 === undefined || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(base64)) return undefined;
  try {
    const decoded = utf8.decode(Buffer.from(base64, 'base64'));
     
    return /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
