import { MAX_DEPTH } from '../json.ts';
import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd } from './characters.ts';
import type { YamlDialect } from './dialect.ts';
import { scanAnchor, scanDirective, scanTag } from './scan-properties.ts';
import { scanBlockScalar, scanPlain, scanQuoted } from './scan-scalar.ts';
import type { BareToken, Token } from './tokens.ts';
import { YamlError } from './yaml-error.ts';

/** Where a `key` token belongs if a colon follows. */
interface SimpleKey {
  readonly token: number;
  readonly start: number;
  readonly lineStart: number;
  /** True at the place of a key of the block mapping: then it is an error if no colon follows. */
  readonly required: boolean;
}

/** A key and its colon stand on one line, at most so many characters apart (YAML 1.2, 7.4). */
const MAX_SIMPLE_KEY = 1024;

/** Tokens that are read before the first of them is given out (yaml_parser_fetch_more_tokens). */
const LOOK_AHEAD = { kyaml: 3, sigs: 1 } as const;

/**
 * Makes tokens of a text by the rules of go-yaml's scanner (scannerc.go, after libyaml), so that a text means here what
 * it means to kustomize, and is refused here where it is refused there.
 */
export class Scanner {
  /** The document, and a NUL at its end: no character that YAML allows, so that no look-ahead needs a bound. */
  readonly text: string;
  /** True for a text with a line break other than \n (CR, NEL, LS, PS). */
  readonly #oddBreaks: boolean;
  offset = 0;
  lineStart = 0;
  /** Column of the innermost block collection, -1 outside of all. */
  indent = -1;
  flowLevel = 0;
  #simpleKeyAllowed = true;
  #ended = false;
  readonly #dialect: YamlDialect;
  readonly #tokens: (Token | undefined)[] = [];
  readonly #indents: number[] = [];
  /** The possible simple key of each flow level. */
  readonly #simpleKeys: (SimpleKey | undefined)[] = [undefined];
  /** The same by their tokens. */
  readonly #simpleKeyAt = new Map<number, SimpleKey>();

  constructor(text: string, dialect: YamlDialect) {
    this.#dialect = dialect;
    this.text = `${text}\0`;
    this.#oddBreaks = /[\r\x85\u2028\u2029]/.test(text);
  }

  /**
   * The token at an index. No more of the text is read than go-yaml reads before it gives out that token, so that
   * what follows a document is looked at here exactly where it is there.
   */
  tokenAt(index: number): Token {
    while (this.#tokens.length - index < LOOK_AHEAD[this.#dialect] || this.#mayBecomeKey(index)) {
      if (this.#ended) break;
      this.#fetchNext();
    }
    // Nobody goes back: the memory is free again.
    if (index > 0) this.#tokens[index - 1] = undefined;
    return this.#tokens[index] ?? { type: 'end', start: this.offset };
  }

  get column(): number {
    return this.offset - this.lineStart;
  }

  /** Past a line break; CR LF is one. */
  skipBreak(): void {
    const crlf = this.text.startsWith('\r\n', this.offset);
    this.offset += crlf ? 2 : 1;
    this.lineStart = this.offset;
  }

  /** Past this text, which stands here and has line breaks of the form \n only. */
  skipLines(lines: string): void {
    this.lineStart = this.offset + lines.lastIndexOf('\n') + 1;
    this.offset += lines.length;
  }

  /** `---` or `...` at the start of a line. */
  atDocumentIndicator(): boolean {
    if (this.column !== 0) return false;
    const indicator = this.text.startsWith('---', this.offset) || this.text.startsWith('...', this.offset);
    return indicator && isBlankOrEnd(this.text.charCodeAt(this.offset + 3));
  }

  /** The next line break, or the end. */
  endOfLine(offset: number): number {
    if (!this.#oddBreaks) {
      const end = this.text.indexOf('\n', offset);
      return end === -1 ? this.text.length - 1 : end;
    }
    let end = offset;
    while (!isBreakOrEnd(this.text.charCodeAt(end))) end++;
    return end;
  }

  fail(start: number, message: string): never {
    throw new YamlError('yaml-syntax', start, message);
  }

  /** True if this token may turn out to be a key, in front of which a token has to go. */
  #mayBecomeKey(index: number): boolean {
    const key = this.#simpleKeyAt.get(index);
    return key !== undefined && this.#isOnItsLine(key);
  }

  #fetchNext(): void {
    this.#skipToNextToken();
    this.#unrollIndent(this.column);
    const { text, offset } = this;
    const code = text.charCodeAt(offset);
    if (code === 0) {
      this.#endBlocks();
      this.#push('end', 0);
      this.#ended = true;
      return;
    }
    if (code === PERCENT && this.column === 0) {
      this.#endBlocks();
      this.#tokens.push(scanDirective(this));
      return;
    }
    if ((code === DASH || code === DOT) && this.atDocumentIndicator()) {
      this.#endBlocks();
      this.#push(code === DASH ? 'document start' : 'document end', 3);
      return;
    }
    this.#fetchInDocument(code, text.charCodeAt(offset + 1));
  }

  #fetchInDocument(code: number, next: number): void {
    switch (code) {
      case OPEN_BRACKET:
      case OPEN_BRACE:
        this.#flowStart(code === OPEN_BRACKET ? 'flow sequence' : 'flow mapping');
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        this.#flowEnd(code === CLOSE_BRACKET ? 'flow sequence end' : 'flow mapping end');
        break;
      case COMMA:
        this.#dropSimpleKey();
        this.#simpleKeyAllowed = true;
        this.#push('flow entry', 1);
        break;
      case DASH:
        if (isBlankOrEnd(next)) {
          this.#blockEntry();
          // A comment after a dash alone is not looked for here, but before the item: a tab may not stand before it.
          return;
        }
        this.#plain();
        break;
      case QUESTION:
        if (this.flowLevel > 0 || isBlankOrEnd(next)) this.#explicitKey();
        else this.#plain();
        break;
      case COLON:
        if (this.flowLevel > 0 || isBlankOrEnd(next)) this.#value();
        else this.#plain();
        break;
      case ASTERISK:
      case AMPERSAND:
        this.#saveSimpleKey();
        this.#simpleKeyAllowed = false;
        this.#tokens.push(scanAnchor(this, code === AMPERSAND ? 'anchor' : 'alias'));
        break;
      case EXCLAMATION:
        this.#saveSimpleKey();
        this.#simpleKeyAllowed = false;
        this.#tokens.push(scanTag(this));
        break;
      case SINGLE_QUOTE:
      case DOUBLE_QUOTE:
        this.#saveSimpleKey();
        this.#simpleKeyAllowed = false;
        this.#tokens.push({ type: 'scalar', start: this.offset, text: scanQuoted(this, code), style: 'quoted' });
        break;
      case PIPE:
      case GREATER:
        if (this.flowLevel > 0) this.fail(this.offset, 'A block of text cannot stand inside [] or {}.');
        this.#dropSimpleKey();
        this.#simpleKeyAllowed = true;
        this.#tokens.push({
          type: 'scalar',
          start: this.offset,
          text: scanBlockScalar(this),
          style: code === PIPE ? 'literal' : 'folded',
        });
        break;
      case TAB:
        return this.fail(this.offset, 'A tab cannot be used for indentation: use spaces.');
      case PERCENT:
      case AT:
      case BACKTICK:
        return this.fail(this.offset, `Text cannot start with ${this.text.charAt(this.offset)}: put it into quotes.`);
      default:
        this.#plain();
    }
    this.#skipLineComment();
  }

  /** Blanks, comments and line breaks. A tab may stand where no key can start. */
  #skipToNextToken(): void {
    const { text } = this;
    for (;;) {
      let code = text.charCodeAt(this.offset);
      while (code === SPACE || (code === TAB && (this.flowLevel > 0 || !this.#simpleKeyAllowed))) {
        code = text.charCodeAt(++this.offset);
      }
      if (code === HASH) {
        this.#skipComments();
        code = text.charCodeAt(this.offset);
      }
      if (!isBreak(code)) return;
      this.skipBreak();
      if (this.flowLevel === 0) this.#simpleKeyAllowed = true;
    }
  }

  /** A comment; in go-yaml v3 comment lines in a row, whatever blanks stand between them (yaml_parser_scan_comments). */
  #skipComments(): void {
    const { text } = this;
    for (;;) {
      this.offset = this.endOfLine(this.offset);
      if (this.#dialect === 'sigs') return;
      let ahead = this.offset;
      while (isBlank(text.charCodeAt(ahead)) || isBreak(text.charCodeAt(ahead))) ahead++;
      if (text.charCodeAt(ahead) !== HASH) return;
      while (this.offset < ahead) {
        if (isBreak(text.charCodeAt(this.offset))) {
          this.skipBreak();
          if (this.flowLevel === 0) this.#simpleKeyAllowed = true;
        } else this.offset++;
      }
    }
  }

  /** A comment on the line of the token before, tabs or not (go-yaml v3: yaml_parser_scan_line_comment). */
  #skipLineComment(): void {
    if (this.#dialect === 'sigs') return;
    let ahead = this.offset;
    while (isBlank(this.text.charCodeAt(ahead))) ahead++;
    if (this.text.charCodeAt(ahead) !== HASH) return;
    this.offset = this.endOfLine(ahead);
  }

  #push(type: BareToken, length: number): void {
    this.#tokens.push({ type, start: this.offset });
    this.offset += length;
  }

  /** Ends the block collections that stand further in than this column. */
  #unrollIndent(column: number): void {
    if (this.flowLevel > 0) return;
    while (this.indent > column) {
      this.#tokens.push({ type: 'block end', start: this.offset });
      this.indent = this.#indents.pop() ?? -1;
    }
  }

  #endBlocks(): void {
    this.#unrollIndent(-1);
    this.#dropSimpleKey();
    this.#simpleKeyAllowed = false;
  }

  /** Starts a block collection where this column is further in than the one around it. */
  #rollIndent(column: number, type: 'block sequence' | 'block mapping', token: number, start: number): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.#indents.push(this.indent);
    this.indent = column;
    if (this.#indents.length > MAX_DEPTH) this.#tooDeep();
    this.#tokens.splice(token, 0, { type, start });
  }

  #saveSimpleKey(): void {
    if (!this.#simpleKeyAllowed) return;
    this.#dropSimpleKey();
    const { offset, lineStart, column } = this;
    const required = this.flowLevel === 0 && this.indent === column;
    const key = { token: this.#tokens.length, start: offset, lineStart, required };
    this.#simpleKeys[this.flowLevel] = key;
    this.#simpleKeyAt.set(key.token, key);
  }

  #dropSimpleKey(): void {
    const key = this.#simpleKeys[this.flowLevel];
    if (key === undefined) return;
    if (key.required) this.#missingColon(key);
    this.#forgetSimpleKey(key);
  }

  #forgetSimpleKey(key: SimpleKey): void {
    this.#simpleKeys[this.flowLevel] = undefined;
    this.#simpleKeyAt.delete(key.token);
  }

  #missingColon(key: SimpleKey): never {
    this.fail(key.start, "A key must be followed by ':' on its line.");
  }

  #flowStart(type: 'flow sequence' | 'flow mapping'): void {
    this.#saveSimpleKey();
    this.flowLevel++;
    if (this.flowLevel > MAX_DEPTH) this.#tooDeep();
    this.#simpleKeys[this.flowLevel] = undefined;
    this.#simpleKeyAllowed = true;
    this.#push(type, 1);
  }

  #tooDeep(): never {
    throw new YamlError('yaml-limit', this.offset, `There are more than ${MAX_DEPTH} levels of nesting.`);
  }

  #flowEnd(type: 'flow sequence end' | 'flow mapping end'): void {
    this.#dropSimpleKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      this.#simpleKeys.pop();
    }
    this.#simpleKeyAllowed = false;
    this.#push(type, 1);
  }

  #blockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.#simpleKeyAllowed)
        this.fail(this.offset, 'A list item cannot start here: put it on a line of its own.');
      this.#rollIndent(this.column, 'block sequence', this.#tokens.length, this.offset);
    }
    this.#dropSimpleKey();
    this.#simpleKeyAllowed = true;
    this.#push('block entry', 1);
  }

  #explicitKey(): void {
    if (this.flowLevel === 0) {
      if (!this.#simpleKeyAllowed) this.fail(this.offset, 'A key cannot start here: put it on a line of its own.');
      this.#rollIndent(this.column, 'block mapping', this.#tokens.length, this.offset);
    }
    this.#dropSimpleKey();
    this.#simpleKeyAllowed = this.flowLevel === 0;
    this.#push('key', 1);
  }

  #value(): void {
    const key = this.#simpleKeys[this.flowLevel];
    if (key !== undefined && this.#isOnItsLine(key)) {
      this.#tokens.splice(key.token, 0, { type: 'key', start: key.start });
      this.#rollIndent(key.start - key.lineStart, 'block mapping', key.token, key.start);
      this.#simpleKeyAllowed = false;
    } else {
      if (key?.required === true) this.#missingColon(key);
      if (this.flowLevel === 0) {
        if (!this.#simpleKeyAllowed) {
          this.fail(
            this.offset,
            "A ':' cannot stand here: put text with ': ' in it into quotes, and a key on its own line.",
          );
        }
        this.#rollIndent(this.column, 'block mapping', this.#tokens.length, this.offset);
      }
      this.#simpleKeyAllowed = this.flowLevel === 0;
    }
    if (key !== undefined) this.#forgetSimpleKey(key);
    this.#push('value', 1);
  }

  #isOnItsLine(key: SimpleKey): boolean {
    if (key.lineStart !== this.lineStart) return false;
    if (this.offset - key.start <= MAX_SIMPLE_KEY) return true;
    // Go counts characters; an emoji is two units here.
    return Array.from(this.text.slice(key.start, this.offset)).length <= MAX_SIMPLE_KEY;
  }

  #plain(): void {
    this.#saveSimpleKey();
    const start = this.offset;
    const { text, severalLines } = scanPlain(this);
    // After its last line break a key may start.
    this.#simpleKeyAllowed = severalLines;
    this.#tokens.push({ type: 'scalar', start, text, style: 'plain' });
  }
}

const TAB = 0x09;
const SPACE = 0x20;
const EXCLAMATION = 0x21;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const SINGLE_QUOTE = 0x27;
const ASTERISK = 0x2a;
const COMMA = 0x2c;
const DASH = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const AT = 0x40;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const BACKTICK = 0x60;
const OPEN_BRACE = 0x7b;
const PIPE = 0x7c;
const CLOSE_BRACE = 0x7d;
