import { SlipwayError } from '../errors.ts';
import { emitBlock, emitNumber, emitString } from './emit-scalar.ts';
import { isList, type Json, type JsonList, type JsonObject, jsonPointer, MAX_DEPTH } from './json.ts';

export interface EmitOptions {
  /** Comment lines before the document, without their `# `. */
  readonly head?: readonly string[];
  /** Comments at the end of the line of a scalar, without their `# `, by the scalar's JSON pointer. */
  readonly lineComments?: ReadonlyMap<string, string>;
}

/**
 * Longest key, as written, that is not put in the explicit `? key` form. Readers look for the colon within 1024
 * characters (YAML 1.2, 7.4; go-yaml: yaml_simple_key_is_valid).
 */
const MAX_IMPLICIT_KEY = 1000;

/** A comment stays one line, and is text that YAML allows. */
const COMMENT = /^[\t -~\xa0-\u2027\u202a-\ufefe\uff00-\ufffd]*$/;

/**
 * A document as a person would write it in YAML: two spaces, keys in the order of the object, lists indented under
 * their key, literal blocks for text, no folding, quotes wherever readers could disagree.
 * The same value gives the same bytes. Ends with a line break and has no `---`, which stands between documents.
 *
 * @throws SlipwayError `manifest/not-json` for what cannot be said in JSON (NaN, a Date, a hole in a list, a lone
 *   surrogate, a value that contains itself), and for a key that kustomize loses; `manifest/bad-comment` for a comment
 *   that is no single line of text or belongs to no scalar of the document.
 */
export function emitDocument(value: JsonObject, options: EmitOptions = {}): string {
  const head = (options.head ?? []).map((line) => (line === '' ? '#\n' : `# ${checkComment(line)}\n`)).join('');
  return head + new Emitter(options.lineComments).document(value);
}

class Emitter {
  readonly #comments: ReadonlyMap<string, string>;
  readonly #path: (string | number)[] = [];
  #commentsWritten = 0;
  #out = '';

  constructor(comments: ReadonlyMap<string, string> = new Map()) {
    this.#comments = comments;
  }

  document(value: JsonObject): string {
    if (isList(value) || !this.#isMapping(value)) this.#refuse('a document must be an object');
    if (membersOf(value).length === 0) this.#out = '{}\n';
    else this.#mapping(value, membersOf(value), '', '');
    if (this.#commentsWritten < this.#comments.size) {
      throw badComment('A comment is given for a place where the document has no scalar.');
    }
    return this.#out;
  }

  /** The first line is written after `start`: the indentation, or nothing where a list item's dash stands before it. */
  #mapping(value: JsonObject, keys: readonly string[], start: string, indent: string): void {
    this.#checkDepth();
    let lead = start;
    for (const key of keys) {
      const member = value[key];
      this.#path.push(key);
      // Quoted or not: kyaml's removeMergeTags clears whatever has that name.
      if (key === '<<') this.#refuse("kustomize would lose a key named '<<'");
      const name = this.#string(key);
      this.#out += name.length > MAX_IMPLICIT_KEY ? `${lead}? ${name}\n${indent}:` : `${lead}${name}:`;
      this.#memberValue(member, indent);
      this.#path.pop();
      lead = indent;
    }
  }

  #memberValue(value: Json | undefined, indent: string): void {
    if (typeof value === 'object' && value !== null) {
      if (isList(value)) {
        if (value.length > 0) {
          this.#out += '\n';
          this.#sequence(value, `${indent}  `, `${indent}  `);
          return;
        }
      } else if (this.#isMapping(value)) {
        const keys = membersOf(value);
        if (keys.length > 0) {
          this.#out += '\n';
          this.#mapping(value, keys, `${indent}  `, `${indent}  `);
          return;
        }
      }
    }
    this.#out += ' ';
    this.#scalar(value, indent);
  }

  #sequence(value: JsonList, start: string, indent: string): void {
    this.#checkDepth();
    let lead = start;
    for (let index = 0; index < value.length; index++) {
      this.#path.push(index);
      this.#out += `${lead}- `;
      this.#itemValue(value[index], indent);
      this.#path.pop();
      lead = indent;
    }
  }

  #itemValue(value: Json | undefined, indent: string): void {
    if (typeof value === 'object' && value !== null) {
      if (isList(value)) {
        if (value.length > 0) {
          this.#sequence(value, '', `${indent}  `);
          return;
        }
      } else if (this.#isMapping(value)) {
        const keys = membersOf(value);
        if (keys.length > 0) {
          this.#mapping(value, keys, '', `${indent}  `);
          return;
        }
      }
    }
    this.#scalar(value, indent);
  }

  /** A scalar or an empty collection, to the end of its line; `indent` is that of the collection which holds it. */
  #scalar(value: Json | undefined, indent: string): void {
    const comment = this.#comments.size > 0 ? this.#commentHere() : '';
    if (typeof value === 'string' && value.includes('\n')) {
      const block = emitBlock(this.#wellFormed(value), `${indent}  `);
      if (block !== undefined) {
        this.#out += `${block.header}${comment}\n${block.lines}`;
        return;
      }
    }
    this.#out += `${this.#oneLine(value)}${comment}\n`;
  }

  #oneLine(value: Json | undefined): string {
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'number':
        return Number.isFinite(value) ? emitNumber(value) : this.#refuse(`${value} is no JSON number`);
      case 'boolean':
      case 'bigint':
        return String(value);
      case 'object':
        return value === null ? 'null' : isList(value) ? '[]' : '{}';
      default:
        return this.#refuse(
          typeof value === 'undefined' ? 'a list has no value here' : `a ${typeof value} is no JSON value`,
        );
    }
  }

  #string(text: string): string {
    return emitString(this.#wellFormed(text));
  }

  #wellFormed(text: string): string {
    return text.isWellFormed() ? text : this.#refuse('half of a surrogate pair is no text');
  }

  #commentHere(): string {
    const comment = this.#comments.get(jsonPointer(this.#path));
    if (comment === undefined) return '';
    this.#commentsWritten++;
    return ` # ${checkComment(comment)}`;
  }

  /** True for a plain object; refuses a Date, a Map and other instances, which would silently be written `{}`. */
  #isMapping(value: object): value is JsonObject {
    const prototype: unknown = Object.getPrototypeOf(value);
    // Asked in this way, objects of another realm (a vm context) are plain too.
    if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
    return this.#refuse(`an instance of ${value.constructor.name} is no JSON value`);
  }

  #checkDepth(): void {
    if (this.#path.length > MAX_DEPTH) {
      this.#path.length = 8;
      this.#refuse(`it contains itself, or is nested more than ${MAX_DEPTH} levels deep`);
    }
  }

  #refuse(reason: string): never {
    const pointer = jsonPointer(this.#path);
    throw new SlipwayError({
      code: 'manifest/not-json',
      message: `This cannot be written as a manifest: ${pointer === '' ? '' : `at ${pointer} `}${reason}.`,
    });
  }
}

function membersOf(value: JsonObject): readonly string[] {
  const keys = Object.keys(value);
  for (const key of keys) {
    if (value[key] === undefined) return keys.filter((present) => value[present] !== undefined);
  }
  return keys;
}

function checkComment(text: string): string {
  if (COMMENT.test(text) && text.isWellFormed()) return text;
  throw badComment('A comment must be one line of printable text.');
}

function badComment(message: string): SlipwayError {
  return new SlipwayError({ code: 'manifest/bad-comment', message });
}
