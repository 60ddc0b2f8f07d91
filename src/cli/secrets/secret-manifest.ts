/** A Secret as a tree: the values of its `stringData` and `data`, and making one. */
import type { Branch, Value } from '../../sops/index.ts';
import { branch, entry, findEntry, get, stringOf, text } from '../../sops/index.ts';

export interface ObjectIdentity {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly namespace: string | undefined;
  /** Of a Secret. Default: Opaque. */
  readonly type: string | undefined;
}

export function newObject(identity: ObjectIdentity, values: Readonly<Record<string, string>>): Branch {
  const { kind, name, namespace, type } = identity;
  return branch([
    entry('apiVersion', text('v1')),
    entry('kind', text(kind)),
    entry(
      'metadata',
      branch([entry('name', text(name)), ...(namespace === undefined ? [] : [entry('namespace', text(namespace))])]),
    ),
    ...(kind === 'Secret' ? [entry('type', text(type ?? 'Opaque'))] : []),
    entry(kind === 'Secret' ? 'stringData' : 'data', textMap(values)),
  ]);
}

export const textMap = (values: Readonly<Record<string, string>>): Branch =>
  branch(Object.entries(values).map(([key, value]) => entry(key, text(value))));

/** The texts among a document's values: those of {@link valuesPath}. */
export function textsOf(document: Branch): Record<string, string> {
  const [field] = valuesPath(document);
  return textsAt(field === undefined ? document : get(document, field));
}

/** As {@link textsOf}, and of a Secret what stands encoded in its `data`, too. */
export function knownTexts(document: Branch): Record<string, string> {
  if (stringOf(get(document, 'kind')) !== 'Secret') return textsOf(document);
  const known: Record<string, string> = {};
  for (const [key, value] of Object.entries(textsAt(get(document, 'data')))) {
    known[key] = Buffer.from(value, 'base64').toString();
  }
  return { ...known, ...textsOf(document) };
}

function textsAt(map: Value | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  if (map?.kind !== 'map') return texts;
  for (const item of map.entries) {
    const value = item.kind === 'entry' ? stringOf(item.value) : undefined;
    if (item.kind === 'entry' && value !== undefined) texts[item.key] = value;
  }
  return texts;
}

/** Where the texts of a file stand: at the top, or below a field where it is a manifest. */
export function valuesPath(document: Branch): string[] {
  const kind = get(document, 'kind');
  if (kind === undefined) return [];
  return [stringOf(kind) === 'ConfigMap' ? 'data' : 'stringData'];
}

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
    ...texts
      .filter(([key]) => before?.kind !== 'map' || findEntry(before, key) === undefined)
      .map(([key, value]) => entry(key, value)),
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
