import { SlipwayError } from '../errors.ts';
import { isList, isObject, type Json, type JsonObject } from '../manifest/index.ts';

/** The longest that setTimeout can wait; beyond it, it does not wait at all. */
const MAX_TIME_MS = 2 ** 31 - 1;
const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * The fields of an object, each taken as what it must be.
 *
 * @throws SlipwayError `sources/spec-invalid`, from each of its methods.
 */
export class Fields {
  readonly pointer: string;
  readonly #object: JsonObject;

  constructor(object: JsonObject, pointer: string) {
    this.#object = object;
    this.pointer = pointer;
  }

  /** A text that is not empty, for Go takes an empty one for one that is not there. */
  text(key: string): string | undefined {
    const text = this.anyText(key);
    return text === '' ? undefined : text;
  }

  anyText(key: string): string | undefined {
    return this.#take(key, 'a text', (value) => typeof value === 'string');
  }

  flag(key: string): boolean {
    return this.#take(key, 'true or false', (value) => typeof value === 'boolean') ?? false;
  }

  /** A metav1.Duration, in milliseconds; it must be there where there is no fallback. */
  duration(key: string, fallback?: number): number {
    const text = this.text(key);
    if (text === undefined && fallback !== undefined) return fallback;
    if (text === undefined || !/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(text)) {
      throw invalidField(
        `${this.pointer}/${key} is not a duration.`,
        'Write it as numbers with units: 30s, 5m, 1h30m.',
      );
    }
    let total = 0;
    for (const [, number = '', unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
      total += Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
    }
    return Math.min(total, MAX_TIME_MS);
  }

  object(key: string): Fields | undefined {
    const object = this.#take(key, 'an object', isObject);
    return object && new Fields(object, `${this.pointer}/${key}`);
  }

  objects(key: string): Fields[] {
    const list = this.#take(key, 'a list', isList) ?? [];
    return list.map((item, index) => {
      const pointer = `${this.pointer}/${key}/${index}`;
      if (!isObject(item)) throw invalidField(`${pointer} is not an object.`, 'Correct the field.');
      return new Fields(item, pointer);
    });
  }

  texts(key: string): string[] {
    const list = this.#take(key, 'a list', isList) ?? [];
    return list.map((item, index) => {
      if (typeof item === 'string') return item;
      throw invalidField(`${this.pointer}/${key}/${index} is not a text.`, 'Correct the field.');
    });
  }

  #take<Value extends Json>(key: string, what: string, is: (value: Json) => value is Value): Value | undefined {
    const value = this.#object[key];
    if (value === undefined || value === null) return undefined;
    if (is(value)) return value;
    throw invalidField(`${this.pointer}/${key} is not ${what}.`, 'Correct the field.');
  }
}

export function invalidField(message: string, remedy: string): SlipwayError {
  return new SlipwayError({ code: 'sources/spec-invalid', message, remedy });
}
