import {
  formatJson,
  identityKey,
  identityOf,
  isList,
  isObject,
  type Json,
  type JsonObject,
} from '../../manifest/index.ts';

/** The mark of what is hidden. */
export type Marker = (text: string) => string;

/**
 * Objects that a chart makes with a mark wherever they are not what it makes of other secret numbers. Of what it would not make of
 * those at all, nothing but truth values is shown.
 */
export function hideDifferences(
  given: readonly JsonObject[],
  shifted: readonly JsonObject[],
  mark: Marker,
): readonly JsonObject[] {
  const others = Map.groupBy(shifted, (object) => identityKey(identityOf(object)));
  return given.map((object) => {
    const other = others.get(identityKey(identityOf(object)))?.shift();
    return other === undefined ? hiddenObject(object, mark) : hiddenMembers(object, other, mark);
  });
}

function hiddenObject({ apiVersion, kind, ...rest }: JsonObject, mark: Marker): JsonObject {
  const { metadata = null, ...content } = rest;
  const { name, namespace } = isObject(metadata) ? metadata : {};
  const hidden = hiddenMap(content, mark);
  const names = Object.entries({ name, namespace }).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, hiddenName(value, mark)] as const] : [],
  );
  return { apiVersion, kind, metadata: Object.fromEntries(names), ...hidden };
}

function hiddenMembers(given: JsonObject, shifted: JsonObject, mark: Marker): JsonObject {
  return Object.fromEntries(
    Object.entries(given).map(([key, value = null]) => {
      const other = Object.hasOwn(shifted, key) ? shifted[key] : undefined;
      return other === undefined
        ? [hiddenName(key, mark), hiddenValue(value, mark)]
        : [key, withoutDifference(value, other, mark)];
    }),
  );
}

function withoutDifference(given: Json, shifted: Json, mark: Marker): Json {
  if (isObject(given) && isObject(shifted)) return hiddenMembers(given, shifted, mark);
  if (isList(given) && isList(shifted) && given.length === shifted.length) {
    return given.map((item, at) => withoutDifference(item, shifted[at] ?? null, mark));
  }
  if (typeof given === 'string' && typeof shifted === 'string') return withoutWords(given, shifted, mark);
  return formatJson(given) === formatJson(shifted) ? given : hiddenValue(given, mark);
}

/** Numbers in all notations, and base64, are one. */
const WORDS = /([\w.+/=]+)/;

/** Word by word, so that of a text of many lines the rest can be read. */
function withoutWords(given: string, shifted: string, mark: Marker): string {
  if (given === shifted) return given;
  const [words, others] = [given.split(WORDS), shifted.split(WORDS)];
  if (words.length !== others.length) return mark(given);
  return words.map((word, at) => (word === others[at] ? word : mark(word))).join('');
}

function hiddenValue(value: Json, mark: Marker): Json {
  if (isList(value)) return value.map((item) => hiddenValue(item, mark));
  if (isObject(value)) return hiddenMap(value, mark);
  return value === null || typeof value === 'boolean' || value === '' ? value : mark(String(value));
}

function hiddenMap(map: JsonObject, mark: Marker): JsonObject {
  return Object.fromEntries(
    Object.entries(map).map(([key, value = null]) => [hiddenName(key, mark), hiddenValue(value, mark)]),
  );
}

/** A name without a digit has no number in it, and may be one that the chart always has. */
function hiddenName(name: string, mark: Marker): string {
  return /\d/.test(name) ? mark(name) : name;
}
