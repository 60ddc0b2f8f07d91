import { SlipwayError } from '../../errors.ts';
import { isList, isObject, type Json, type JsonObject, readDocument } from '../../manifest/index.ts';
import { text } from '../sources.ts';
import { isValues, setValue, type Value, type Values } from './set-values.ts';

export interface ValuesReference {
  readonly kind: string;
  readonly name: string;
  readonly isOptional: boolean;
}

/** `data` of what a reference names; `unknown` where it is not to be known here. */
export type ValuesSource = ReadonlyMap<string, string> | 'unknown';

export interface ComposedValues {
  readonly values: Values;
  /** References that are left out, or stand as `..PLACEHOLDER_NAME_KEY..`, as `Kind/name`. */
  readonly unknown: readonly string[];
}

/**
 * The values of a HelmRelease (fluxcd/pkg chartutil: ChartValuesFromReferences): each reference in turn, inline values last,
 * maps merged and all else replaced. What a targetPath puts into a map of the inline values stays, since that map is merged
 * again as it then is.
 *
 * @throws SlipwayError `render/helm-no-values`, `render/helm-bad-values`, `render/helm-target-path`
 */
export function composeValues(spec: JsonObject, find: (reference: ValuesReference) => ValuesSource): ComposedValues {
  const inline = isObject(spec.values) ? thawedObject(spec.values) : {};
  const unknown = new Set<string>();
  let values: Values = {};
  for (const reference of isList(spec.valuesFrom) ? spec.valuesFrom.filter(isObject) : []) {
    const kind = text(reference.kind);
    const name = text(reference.name);
    const isOptional = reference.optional === true;
    const source = find({ kind, name, isOptional });
    const key = text(reference.valuesKey) || 'values.yaml';
    const path = text(reference.targetPath);
    const what = `${kind}/${name}`;
    const content = source === 'unknown' ? undefined : source.get(key);
    if (source === 'unknown') unknown.add(what);
    else if (content === undefined && !isOptional) throw noValues(what, key);
    if (path !== '' && (content !== undefined || source === 'unknown')) {
      values = mergeMaps(values, inline);
      if (content === undefined) setValue(values, path, `..PLACEHOLDER_${name}_${key}..`, 'literal');
      else setContent(values, path, content, reference.literal === true);
    } else if (content !== undefined) values = mergeMaps(values, read(content, what, key));
  }
  return { values: mergeMaps(values, inline), unknown: [...unknown] };
}

/** chartutil: ReplacePathValue, ReplacePathLiteralValue. */
function setContent(values: Values, path: string, content: string, isLiteral: boolean): void {
  if (isLiteral) setValue(values, path, content, 'literal');
  else if (/^(?:'.*'|".*"|['"])$/s.test(content))
    setValue(values, path, content.replaceAll(/^['"]+|['"]+$/g, ''), 'string');
  else setValue(values, path, content, 'typed');
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
