import { SlipwayError } from '../../errors.ts';
import {
  formatJson,
  isList,
  isObject,
  type Json,
  type JsonObject,
  objectsOf,
  readDocument,
} from '../../manifest/index.ts';
import { text } from '../sources.ts';
import type { SecretContent } from './secret-content.ts';
import { isValues, placeValue, setContent, setValue, type Value, type Values } from './set-values.ts';
import type { StandIn } from './stand-in.ts';

export interface ValuesReference {
  readonly kind: string;
  readonly name: string;
  readonly isOptional: boolean;
}

/** What a key of a ConfigMap or a Secret holds. */
export type Content = string | SecretContent;

/** `data` of what a reference names; null and `unknown` where it is not to be known here. */
export type ValuesSource = ReadonlyMap<string, Content | null> | 'unknown';

export interface ComposedValues {
  readonly values: Values;
  /** References that are left out or not whole, or stand as `..PLACEHOLDER_NAME_KEY..`, as `Kind/name`. */
  readonly unknown: readonly string[];
  /** Undefined where no secret is in them. */
  readonly secrets: ComposedSecrets | undefined;
}

export interface ComposedSecrets {
  /** What holds them, as `Kind/name`. */
  readonly names: readonly string[];
  /** Those of them that stand in plain text, so that all of their values have the same mark. */
  readonly plain: readonly string[];
  /** The values with other numbers in place of secret ones; undefined where they have none. */
  readonly shifted: Values | undefined;
  /** Of the files that they were encrypted in. */
  readonly keys: readonly Buffer[];
}

/**
 * The values of a HelmRelease (fluxcd/pkg chartutil: ChartValuesFromReferences): each reference in turn, inline values last,
 * maps merged and all else replaced. What a targetPath puts into a map of the inline values stays, since that map is merged
 * again as it then is.
 *
 * @throws SlipwayError `render/helm-no-values`, `render/helm-bad-values`, `render/helm-target-path`
 */
export function composeValues(spec: JsonObject, find: (reference: ValuesReference) => ValuesSource): ComposedValues {
  const { values, unknown, secrets } = compose(spec, find, 'given');
  if (secrets.size === 0) return { values, unknown, secrets: undefined };
  const { values: shifted } = compose(spec, find, 'shifted');
  const keys = [...secrets.values()].flat();
  const isSame = formatJson(values) === formatJson(shifted);
  const names = [...secrets.keys()];
  const plain = names.filter((name) => secrets.get(name)?.length === 0);
  return { values, unknown, secrets: { names, plain, shifted: isSame ? undefined : shifted, keys } };
}

interface Composition {
  readonly values: Values;
  readonly unknown: readonly string[];
  readonly secrets: ReadonlyMap<string, readonly Buffer[]>;
}

function compose(
  spec: JsonObject,
  find: (reference: ValuesReference) => ValuesSource,
  which: keyof StandIn,
): Composition {
  const inline = isObject(spec.values) ? thawedObject(spec.values) : {};
  const unknown = new Set<string>();
  const secrets = new Map<string, readonly Buffer[]>();
  let values: Values = {};
  for (const reference of objectsOf(spec.valuesFrom)) {
    const kind = text(reference.kind);
    const name = text(reference.name);
    const isOptional = reference.optional === true;
    const source = find({ kind, name, isOptional });
    const key = text(reference.valuesKey) || 'values.yaml';
    const path = text(reference.targetPath);
    const what = `${kind}/${name}`;
    const content = source === 'unknown' ? null : source.get(key);
    if (content === undefined && !isOptional) throw noValues(what, key);
    if (content === undefined) continue;
    if (content === null) unknown.add(what);
    else if (typeof content !== 'string') secrets.set(what, [...(secrets.get(what) ?? []), ...content.keys]);
    if (path !== '') {
      values = mergeMaps(values, inline);
      if (content === null) setValue(values, path, `..PLACEHOLDER_${name}_${key}..`, 'literal');
      else if (typeof content === 'string') setContent(values, path, content, reference.literal === true);
      else placeValue(values, path, thawed(valueOf(content, reference.literal === true, path)[which]));
    } else if (content !== null) {
      if (typeof content !== 'string' && content.isPartial) unknown.add(what);
      const document =
        typeof content === 'string' ? read(content, what, key) : thawedObject(documentOf(content, what, key, which));
      values = mergeMaps(values, document);
    }
  }
  return { values: mergeMaps(values, inline), unknown: [...unknown], secrets };
}

function valueOf({ typed, literal }: SecretContent, isLiteral: boolean, path: string): StandIn {
  const value = isLiteral ? literal : typed;
  if (value !== undefined) return value;
  throw new SlipwayError({
    code: 'render/helm-target-path',
    message: `The value for the targetPath ${JSON.stringify(path)} cannot be set: helm does not take it as it is written.`,
    remedy: 'Write it as `helm --set` takes it (a comma as `\\,`), quote it, or set `literal: true`.',
  });
}

function documentOf({ document }: SecretContent, what: string, key: string, which: keyof StandIn): Values {
  const value = document?.[which];
  if (isValues(value)) return value;
  throw badValues(what, key, undefined);
}

/** chartutil: MergeMaps. Maps of `b` that meet none in `a` are taken over themselves, not as copies. */
export function mergeMaps(a: Values, b: Values): Values {
  const merged = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const known = merged.get(key);
    merged.set(key, isValues(known) && isValues(value) ? mergeMaps(known, value) : value);
  }
  return Object.fromEntries(merged);
}

function read(content: string, what: string, key: string): Values {
  try {
    const value = readDocument(content, { dialect: 'sigs' })?.value ?? {};
    if (isObject(value)) return thawedObject(value);
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw badValues(what, key, cause);
  }
  throw badValues(what, key, undefined);
}

export function thawedObject(object: JsonObject): Values {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [[key, thawed(value)]])),
  );
}

function thawed(json: Json): Value {
  if (isList(json)) return json.map(thawed);
  return isObject(json) ? thawedObject(json) : json;
}

function noValues(what: string, key: string): SlipwayError {
  return new SlipwayError({
    code: 'render/helm-no-values',
    message: `valuesFrom names ${what}, which has no key ${JSON.stringify(key)}.`,
    remedy: 'Add it, name another one, or set `optional: true`.',
  });
}

function badValues(what: string, key: string, cause: SlipwayError | undefined): SlipwayError {
  return new SlipwayError({
    code: 'render/helm-bad-values',
    message: `${JSON.stringify(key)} of ${what} is no map of values${cause === undefined ? '' : `: ${cause.message}`}`,
    remedy: 'Mend the YAML under that key.',
    cause,
  });
}
