import { SlipwayError } from '../../errors.ts';

export type Value = string | number | bigint | boolean | null | Value[] | Values;
export interface Values {
  [key: string]: Value;
}

/** strvals: MaxIndex, MaxNestedNameLevel. */
const MAX_INDEX = 65536;
const MAX_DEPTH = 30;
const INT64 = 2n ** 63n;
/** Of all lists together that one value lengthens: more is no value, but an attack on memory. */
const MAX_ITEMS = 1_000_000;

/**
 * Puts a value at a path, in place, as helm's `--set PATH=VALUE` does it, with all that it makes of commas, braces and
 * backslashes (helm: strvals.ParseInto, ParseIntoString, whose steps these are).
 *
 * @param mode `typed` reads true, null and integers as such; `string` never does; `literal` takes the value as it is
 *   (fluxcd/pkg chartutil: ReplacePathLiteralValue)
 * @throws SlipwayError `render/helm-target-path`
 */
export function setValue(values: Values, path: string, value: string, mode: 'typed' | 'string' | 'literal'): void {
  const text = mode === 'literal' ? value.replaceAll(/[\\,[\]{}]/g, String.raw`\$&`) : value;
  assign(values, path, new Assignments(`${path}=${text}`, mode === 'typed'));
}

/** As helm-controller puts what a reference holds at a targetPath (chartutil: ReplacePathValue, ReplacePathLiteralValue). */
export function setContent(values: Values, path: string, content: string, isLiteral: boolean): void {
  if (isLiteral) setValue(values, path, content, 'literal');
  else if (/^(?:'.*'|".*"|['"])$/s.test(content))
    setValue(values, path, content.replaceAll(/^['"]+|['"]+$/g, ''), 'string');
  else setValue(values, path, content, 'typed');
}

/** Puts what has been read already at a path, in place, as setValue does. */
export function placeValue(values: Values, path: string, value: Value): void {
  assign(values, path, new Assignments(`${path}=`, false, value));
}

function assign(values: Values, path: string, parser: Assignments): void {
  try {
    parser.parse(values);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What helm says may hold the value, which comes from a ConfigMap and is none of an error's business.
    throw new SlipwayError({
      code: 'render/helm-target-path',
      message: `The value for the targetPath ${JSON.stringify(path)} cannot be set: ${error.message}.`,
      remedy: 'Write it as `helm --set` takes it (a comma as `\\,`), quote it, or set `literal: true`.',
    });
  }
}

/** Why helm refuses it. */
class Refusal extends Error {}

class Assignments {
  readonly #runes: readonly string[];
  readonly #isTyped: boolean;
  readonly #ready: Value | undefined;
  #at = 0;
  #items = 0;

  /** @param ready the value, where it is not to be read from the text */
  constructor(text: string, isTyped: boolean, ready?: Value) {
    this.#runes = Array.from(text);
    this.#isTyped = isTyped;
    this.#ready = ready;
  }

  parse(values: Values): void {
    while (!this.#key(values, 0));
  }

  /** Whether the end was met where a key or a value would begin: helm then takes it for done, and no further. */
  #key(values: Values, depth: number): boolean {
    const { text, stop } = this.#until('=[,.');
    switch (stop) {
      case undefined:
        if (text === '') return true;
        throw new Refusal('a key has no value; a comma begins another key');
      case '[': {
        const index = this.#index();
        if (index === undefined) return true;
        const known = member(values, text);
        if (known !== undefined && !Array.isArray(known)) throw new Refusal('an index leads into what is no list');
        const { list, isEnd } = this.#item(known ?? [], index, depth);
        set(values, text, list);
        return isEnd;
      }
      case '=':
        return this.#value((value) => {
          set(values, text, value);
        });
      case ',':
        throw new Refusal('a key has no value; a comma begins another key');
      default: {
        if (depth === MAX_DEPTH) throw new Refusal(`it nests deeper than ${MAX_DEPTH} names`);
        const known = member(values, text);
        if (known !== undefined && !isValues(known)) throw new Refusal('a name leads into what is no map');
        const inner = known ?? {};
        const isEnd = this.#key(inner, depth + 1);
        const isEmpty = Object.keys(inner).length === 0;
        if (!isEnd && isEmpty) throw new Refusal('a key has no value');
        if (!isEmpty) set(values, text, inner);
        return isEnd;
      }
    }
  }

  #item(list: Value[], index: number, depth: number): { readonly list: Value[]; readonly isEnd: boolean } {
    const { text, stop } = this.#until('[.=');
    if (text !== '') throw new Refusal('something stands between an index and what follows it');
    const known = list[index];
    switch (stop) {
      case undefined:
        return { list, isEnd: true };
      case '=': {
        let longer = list;
        this.#value((value) => {
          longer = this.#withItem(list, index, value);
        });
        return { list: longer, isEnd: false };
      }
      case '[': {
        const next = this.#index();
        if (next === undefined) return { list, isEnd: true };
        if (known !== undefined && known !== null && !Array.isArray(known)) {
          throw new Refusal('an index leads into what is no list');
        }
        const inner = this.#item(known ?? [], next, depth);
        return inner.isEnd ? { list, isEnd: true } : { list: this.#withItem(list, index, inner.list), isEnd: false };
      }
      default: {
        const inner = isValues(known) ? known : {};
        if (index < list.length) list[index] = inner;
        // Of an empty value in a map that the list has not yet, helm makes nothing.
        if (this.#key(inner, depth)) return { list, isEnd: true };
        return { list: this.#withItem(list, index, inner), isEnd: false };
      }
    }
  }

  /** Undefined where the text ends before the bracket: helm takes that for the end of all. */
  #index(): number | undefined {
    const { text, stop } = this.#until(']');
    if (stop === undefined) return undefined;
    if (/^\+?\d{1,15}$/.test(text)) return Number(text);
    throw new Refusal(`an index is none from 0 to ${MAX_INDEX}`);
  }

  /** Whether the text ended before it. */
  #value(put: (value: Value) => void): boolean {
    const next = this.#runes[this.#at];
    if (next === undefined) {
      const value = this.#ready === undefined ? '' : this.#ready;
      put(value);
      return value === '';
    }
    if (next === '{') {
      this.#at++;
      put(this.#list());
    } else put(this.#scalar(this.#until(',').text));
    return false;
  }

  #list(): Value[] {
    const list: Value[] = [];
    for (;;) {
      const { text, stop } = this.#until(',}');
      if (stop === undefined) throw new Refusal("a list does not end with '}'");
      list.push(this.#scalar(text));
      if (stop === ',') continue;
      if (this.#runes[this.#at] === ',') this.#at++;
      return list;
    }
  }

  /** strvals: setIndex; a list that is too short, which others may hold, is left as it is. */
  #withItem(list: Value[], index: number, value: Value): Value[] {
    if (index > MAX_INDEX) throw new Refusal(`an index is none from 0 to ${MAX_INDEX}`);
    if (index < list.length) {
      list[index] = value;
      return list;
    }
    this.#items += index + 1;
    if (this.#items > MAX_ITEMS) throw new Refusal('its lists are too long');
    return [...list, ...Array.from({ length: index - list.length }, () => null), value];
  }

  #until(stops: string): { readonly text: string; readonly stop: string | undefined } {
    let text = '';
    while (this.#at < this.#runes.length) {
      const rune = this.#runes[this.#at++] ?? '';
      if (stops.includes(rune)) return { text, stop: rune };
      text += rune === '\\' ? (this.#runes[this.#at++] ?? '') : rune;
    }
    return { text, stop: undefined };
  }

  /** strvals: typedVal. */
  #scalar(text: string): Value {
    if (!this.#isTyped) return text;
    const lower = text.toLowerCase();
    if (lower === 'true' || lower === 'false') return lower === 'true';
    if (lower === 'null') return null;
    if (text === '0') return 0;
    if (!/^[+-]?\d+$/.test(text) || text.startsWith('0')) return text;
    const integer = BigInt(text.replace(/^\+/, ''));
    if (integer >= INT64 || integer < -INT64) return text;
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
  }
}

/** strvals: set. */
function set(values: Values, key: string, value: Value): void {
  if (key === '') return;
  Object.defineProperty(values, key, { value, writable: true, enumerable: true, configurable: true });
}

function member(values: Values, key: string): Value | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

export function isValues(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
