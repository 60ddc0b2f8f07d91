/** JSON <-> tree, as sops's store does it: keys in order, duplicates kept, numbers as Go types (stores/json/store.go). */
import { failure } from './failure.ts';
import { formatFloat, formatJsonFloat, isInt64, parseFloatAsGo } from './go-numbers.ts';
import type { Branch, Entry, Source, Value } from './tree.ts';
import { branch, entry, list } from './tree.ts';

const MAX_DEPTH = 500;

/**
 * The object of a JSON text. Text behind the object is ignored, as sops does since 3.13.
 *
 * @throws {SlipwayError} `sops/json-syntax`, `sops/too-deep`, `sops/top-level`.
 */
export function readJson(text: string): Branch {
  const reader = new Reader(text);
  const value = reader.readValue(0);
  if (value.kind === 'map') return value;
  throw failure('top-level', 'The top level of the file is not an object.', {
    at: { line: value.source?.line ?? 1, column: value.source?.column ?? 1 },
    remedy: 'SOPS encrypts objects only: put the list or value under a key.',
  });
}

const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORD = /true|false|null/y;
const BLANK = /[ \t\r\n]*/y;

class Reader {
  private readonly text: string;
  private pos = 0;
  private line = 1;
  private lineStart = 0;
  private counted = 0;

  constructor(text: string) {
    this.text = text;
  }

  readValue(depth: number): Value {
    if (depth > MAX_DEPTH)
      throw failure('too-deep', `The file is nested more than ${MAX_DEPTH} levels deep.`, { at: this.here() });
    this.skipBlanks();
    const start = this.pos;
    const at = this.here();
    const source = (): Source => ({ start, end: this.pos, ...at });
    const first = this.text[this.pos];
    if (first === '{') return branch(this.readEntries(depth), source());
    if (first === '[') return list(this.readItems(depth), source());
    if (first === '"') {
      return { kind: 'scalar', type: 'str', bytes: Buffer.from(this.readString()), source: source() };
    }
    const word = this.match(WORD);
    if (word === 'null') return { kind: 'null', source: source() };
    if (word !== undefined) {
      return { kind: 'scalar', type: 'bool', bytes: Buffer.from(word === 'true' ? 'True' : 'False'), source: source() };
    }
    const number = this.match(NUMBER);
    if (number === undefined) throw this.fail('a value is missing');
    return { kind: 'scalar', ...this.readNumber(number), source: source() };
  }

  /** sops 3.13.2 takes an integer of 64 bits for an int, and every other number for a float (normalizeJSONNumber). */
  private readNumber(text: string): { type: 'int' | 'float'; bytes: Buffer } {
    if (/^-?\d+$/.test(text)) {
      const value = BigInt(text);
      if (isInt64(value)) return { type: 'int', bytes: Buffer.from(String(value)) };
    }
    const value = parseFloatAsGo(text);
    if (value === undefined) throw this.fail('a number is too large');
    return { type: 'float', bytes: Buffer.from(formatFloat(value)) };
  }

  private readEntries(depth: number): Entry[] {
    const entries: Entry[] = [];
    this.pos++;
    if (this.next() === '}') {
      this.pos++;
      return entries;
    }
    for (;;) {
      this.skipBlanks();
      const start = this.pos;
      const at = this.here();
      if (this.text[this.pos] !== '"') throw this.fail('a key is missing');
      const key = this.readString();
      const source = { start, end: this.pos, ...at };
      if (this.next() !== ':') throw this.fail('a : is missing');
      this.pos++;
      entries.push(entry(key, this.readValue(depth + 1), source));
      const separator = this.next();
      if (separator !== ',' && separator !== '}') throw this.fail('a , or } is missing');
      this.pos++;
      if (separator === '}') return entries;
    }
  }

  private readItems(depth: number): Value[] {
    const items: Value[] = [];
    this.pos++;
    if (this.next() === ']') {
      this.pos++;
      return items;
    }
    for (;;) {
      items.push(this.readValue(depth + 1));
      const separator = this.next();
      if (separator !== ',' && separator !== ']') throw this.fail('a , or ] is missing');
      this.pos++;
      if (separator === ']') return items;
    }
  }

  private readString(): string {
    const written = this.match(STRING);
    if (written === undefined) throw this.fail('a text is broken or not closed');
    const value: unknown = JSON.parse(written);
    return typeof value === 'string' ? value : '';
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.pos;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined || found === '') return undefined;
    this.pos += found.length;
    return found;
  }

  private skipBlanks(): void {
    this.match(BLANK);
  }

  private next(): string | undefined {
    this.skipBlanks();
    return this.text[this.pos];
  }

  private here(): { line: number; column: number } {
    for (;;) {
      const found = this.text.indexOf('\n', this.counted);
      if (found === -1 || found >= this.pos) break;
      this.line++;
      this.counted = this.lineStart = found + 1;
    }
    return { line: this.line, column: this.pos - this.lineStart + 1 };
  }

  private fail(message: string): Error {
    const end = this.pos >= this.text.length ? 'it ends too early' : message;
    return failure('json-syntax', `The file is not valid JSON: ${end}.`, { at: this.here() });
  }
}

/** `indent`: the text of one level; sops's default is a tab. Comments have no place in JSON and are left out. */
export function emitJson(root: Branch, indent = '\t'): string {
  return `${emitValue(root, indent, '\n')}\n`;
}

function emitValue(value: Value, indent: string, newline: string): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'scalar':
      return emitScalar(value.type, value.bytes);
    case 'map': {
      const deeper = newline + indent;
      const entries = value.entries.filter((item) => item.kind === 'entry');
      return surround(
        '{}',
        entries.map((item) => `${emitJsonString(item.key)}: ${emitValue(item.value, indent, deeper)}`),
        deeper,
        newline,
      );
    }
    case 'list': {
      const deeper = newline + indent;
      const items = value.items.filter((item) => item.kind !== 'comment');
      return surround(
        '[]',
        items.map((item) => emitValue(item, indent, deeper)),
        deeper,
        newline,
      );
    }
  }
}

function surround(brackets: string, parts: readonly string[], deeper: string, newline: string): string {
  if (parts.length === 0) return brackets;
  return brackets.slice(0, 1) + deeper + parts.join(`,${deeper}`) + newline + brackets.slice(1);
}

function emitScalar(type: string, bytes: Buffer): string {
  const text = bytes.toString();
  switch (type) {
    case 'int':
      return text;
    case 'bool':
      return text === 'True' ? 'true' : 'false';
    case 'float': {
      const value = parseFloatAsGo(text) ?? Number.NaN;
      if (Number.isFinite(value)) return formatJsonFloat(value);
      throw failure('unsupported-value', 'A number that is infinite or no number cannot be written as JSON.');
    }
    default:
      return emitJsonString(text);
  }
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** encoding/json escapes what HTML could take amiss (encode.go: appendString). */
export function emitJsonString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => GO_ESCAPES[character] ?? character,
  );
}
