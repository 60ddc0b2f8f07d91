/**
 * Text -> tokens, with the comments beside them, as go-yaml v3 sees them.
 *
 * sops keeps comments as items of the tree and encrypts them under the path of the map that go-yaml puts them in. So
 * which token a comment belongs to is part of the file format, and the rules here (look-ahead of two tokens, where a
 * foot ends and a head begins) are those of go-yaml's scanner (scannerc.go). They are followed, not improved.
 */
import { failure } from '../failure.ts';
import {
  BOM,
  FORBIDDEN_CHARACTER,
  isBlank,
  isBlankOrEnd,
  isBreak,
  isBreakOrEnd,
  NUL,
  SPACE,
  TAB,
} from './characters.ts';
import { readAnchor, readDirective, readTag } from './properties.ts';
import { scanComments, scanLineComment, turnLineIntoHead } from './scan-comments.ts';
import { Folding, readBlockScalar, readPlainScalar, readQuotedScalar } from './scalars.ts';

export interface Mark {
  /** Offset in the text, in UTF-16 code units. */
  readonly index: number;
  /** From 0. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
}

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export type TokenType =
  | 'stream-start'
  | 'stream-end'
  | 'version-directive'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  readonly type: TokenType;
  readonly start: Mark;
  readonly end: Mark;
  /** Text of a scalar, name of an anchor or alias, handle of a tag or tag directive. */
  readonly value: string;
  /** Suffix of a tag, prefix of a tag directive. */
  readonly suffix: string;
  readonly style: ScalarStyle;
}

/** A run of comment lines and the token that it belongs to; texts keep their `#`. */
export interface ScannedComment {
  readonly scanMark: Mark;
  tokenMark: Mark;
  readonly startMark: Mark;
  readonly endMark: Mark;
  head: string;
  line: string;
  readonly foot: string;
}

interface SimpleKey {
  possible: boolean;
  required: boolean;
  tokenNumber: number;
  mark: Mark;
}

const START: Mark = { index: 0, line: 0, column: 0 };

/** Nesting beyond this is refused. go-yaml stops at 10,000; no real document comes near either. */
export const MAX_DEPTH = 500;

const OTHER_START = new Set('-?:,[]{}#&*!|>\'"%@`');

export class Scanner {
  readonly text: string;
  pos = 0;
  lineNumber = 0;
  private lineStart = 0;
  /** Line breaks since the last character that is neither break nor blank. */
  newlines = 0;
  indent = -1;
  flowLevel = 0;
  simpleKeyAllowed = true;
  readonly tokens: Token[] = [];
  head = 0;
  readonly comments: ScannedComment[] = [];
  /** One for all scalars: there is only one at a time. */
  readonly folding = new Folding();
  commentsHead = 0;
  private tokensParsed = 0;
  private readonly indents: number[] = [];
  private readonly simpleKeys: SimpleKey[] = [{ possible: false, required: false, tokenNumber: 0, mark: START }];
  private readonly simpleKeyByToken = new Map<number, SimpleKey>();
  private ended = false;

  constructor(source: string) {
    const forbidden = FORBIDDEN_CHARACTER.exec(source);
    // The end is marked by NULs, so that looking ahead needs no test for it; a NUL within is refused here.
    this.text = `${source}\0\0\0\0`;
    if (forbidden !== null) {
      const before = source.slice(0, forbidden.index).split('\n');
      throw failure('yaml-syntax', 'The file holds a control character, which YAML does not allow.', {
        at: { line: before.length, column: (before.at(-1) ?? '').length + 1 },
      });
    }
    if (this.code() === BOM) {
      this.pos = 1;
      this.lineStart = 1;
    }
    this.push('stream-start', this.mark(), this.mark());
  }

  code(offset = 0): number {
    return this.text.charCodeAt(this.pos + offset);
  }

  get column(): number {
    return this.pos - this.lineStart;
  }

  mark(): Mark {
    return { index: this.pos, line: this.lineNumber, column: this.column };
  }

  /** One character that is no break. */
  skip(count = 1): void {
    for (let i = 0; i < count; i++) {
      if (!isBlank(this.code())) this.newlines = 0;
      this.pos++;
    }
  }

  /** A break; CR LF is one. */
  skipLine(): void {
    this.pos += this.code() === 13 && this.code(1) === 10 ? 2 : 1;
    this.lineStart = this.pos;
    this.lineNumber++;
    this.newlines++;
  }

  /** Reads a break as text: a line feed, but LS and PS stay what they are. */
  readLine(): string {
    const code = this.code();
    this.skipLine();
    return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : '\n';
  }

  fail(message: string, mark: Mark = this.mark()): Error {
    return failure('yaml-syntax', `The file is not valid YAML: ${message}.`, {
      at: { line: mark.line + 1, column: mark.column + 1 },
    });
  }

  /** The token at the head of the queue, with enough tokens behind it that its comments are known. */
  peek(): Token {
    this.fetchMore();
    const token = this.tokens[this.head];
    if (token === undefined) throw this.fail('it ends too early');
    return token;
  }

  next(): void {
    this.head++;
    this.tokensParsed++;
  }

  /** Tokens and comments that nothing will ask for any more are let go. */
  forgetParsed(): void {
    // The last two tokens decide about comments, so some history is kept.
    if (this.head < 64) return;
    this.tokens.splice(0, this.head - 8);
    this.head = 8;
    this.comments.splice(0, this.commentsHead);
    this.commentsHead = 0;
  }

  private push(type: TokenType, start: Mark, end: Mark, value = '', suffix = '', style: ScalarStyle = 'plain'): void {
    this.tokens.push({ type, start, end, value, suffix, style });
  }

  private insert(at: number, type: TokenType, mark: Mark): void {
    this.tokens.splice(this.head + at, 0, { type, start: mark, end: mark, value: '', suffix: '', style: 'plain' });
  }

  private fetchMore(): void {
    while (!this.ended) {
      if (this.head < this.tokens.length - 2) {
        const key = this.simpleKeyByToken.get(this.tokensParsed);
        if (key === undefined || !this.isValid(key)) return;
      }
      this.fetchNext();
    }
  }

  private fetchNext(): void {
    const scanMark = this.mark();
    this.scanToNextToken(scanMark);
    if (this.indent > this.column) this.unrollIndent(this.column, scanMark);
    const code = this.code();
    if (code === NUL) {
      this.fetchStreamEnd();
      return;
    }
    if (this.column === 0) {
      if (code === 37) {
        this.fetchDirective();
        return;
      }
      if (this.atDocumentMarker()) {
        this.unrollIndent(-1, this.mark());
        this.removeSimpleKey();
        this.simpleKeyAllowed = false;
        const start = this.mark();
        this.skip(3);
        this.push(code === 45 ? 'document-start' : 'document-end', start, this.mark());
        return;
      }
    }
    // A comment behind `:` belongs to the key, one behind a flow's `,` to the item before it.
    const mark =
      (this.flowLevel === 0 && code === 58) || (this.flowLevel > 0 && code === 44)
        ? (this.tokens.at(-1)?.start ?? this.mark())
        : this.mark();
    this.fetchContent(code);
    // The dash of a sequence has no line comment: it heads whatever follows.
    if (this.tokens.at(-1)?.type !== 'block-entry') scanLineComment(this, mark);
  }

  /** `---` or `...` followed by a blank or the end of the line. */
  atDocumentMarker(): boolean {
    const code = this.code();
    return (code === 45 || code === 46) && this.code(1) === code && this.code(2) === code && isBlankOrEnd(this.code(3));
  }

  private fetchContent(code: number): void {
    const character = String.fromCharCode(code);
    const nextIsBlank = isBlankOrEnd(this.code(1));
    switch (character) {
      case '[':
        this.fetchFlowStart('flow-sequence-start');
        return;
      case '{':
        this.fetchFlowStart('flow-mapping-start');
        return;
      case ']':
        this.fetchFlowEnd('flow-sequence-end');
        return;
      case '}':
        this.fetchFlowEnd('flow-mapping-end');
        return;
      case ',':
        this.removeSimpleKey();
        this.simpleKeyAllowed = true;
        this.fetchIndicator('flow-entry');
        return;
      case '-':
        if (nextIsBlank) {
          this.fetchBlockEntry();
          return;
        }
        break;
      case '?':
        if (this.flowLevel > 0 || nextIsBlank) {
          this.fetchKey();
          return;
        }
        break;
      case ':':
        if (this.flowLevel > 0 || nextIsBlank) {
          this.fetchValue();
          return;
        }
        break;
      case '*':
        this.fetchProperty((scanner) => readAnchor(scanner, 'alias'));
        return;
      case '&':
        this.fetchProperty((scanner) => readAnchor(scanner, 'anchor'));
        return;
      case '!':
        this.fetchProperty(readTag);
        return;
      case '|':
      case '>':
        if (this.flowLevel === 0) {
          this.removeSimpleKey();
          this.simpleKeyAllowed = true;
          this.pushScalar(readBlockScalar(this, character === '|' ? 'literal' : 'folded'));
          return;
        }
        break;
      case "'":
      case '"':
        this.saveSimpleKey();
        this.simpleKeyAllowed = false;
        this.pushScalar(readQuotedScalar(this, character === "'" ? 'single' : 'double'));
        return;
    }
    const startsPlain =
      !(isBlankOrEnd(code) || OTHER_START.has(character)) ||
      (character === '-' && !isBlank(this.code(1))) ||
      (this.flowLevel === 0 && (character === '?' || character === ':') && !nextIsBlank);
    if (!startsPlain) throw this.fail('a character stands where no value can begin with it');
    this.saveSimpleKey();
    this.simpleKeyAllowed = false;
    this.pushScalar(readPlainScalar(this));
  }

  private pushScalar(token: Token): void {
    this.tokens.push(token);
  }

  private fetchIndicator(type: TokenType): void {
    const start = this.mark();
    this.skip();
    this.push(type, start, this.mark());
  }

  private fetchStreamEnd(): void {
    if (this.column !== 0) {
      this.lineStart = this.pos;
      this.lineNumber++;
    }
    this.unrollIndent(-1, this.mark());
    this.removeSimpleKey();
    this.simpleKeyAllowed = false;
    this.push('stream-end', this.mark(), this.mark());
    this.ended = true;
  }

  private fetchFlowStart(type: TokenType): void {
    this.saveSimpleKey();
    this.simpleKeys.push({ possible: false, required: false, tokenNumber: 0, mark: this.mark() });
    this.flowLevel++;
    if (this.flowLevel > MAX_DEPTH) throw this.tooDeep();
    this.simpleKeyAllowed = true;
    this.fetchIndicator(type);
  }

  private fetchFlowEnd(type: TokenType): void {
    this.removeSimpleKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      const key = this.simpleKeys.pop();
      if (key !== undefined) this.simpleKeyByToken.delete(key.tokenNumber);
    }
    this.simpleKeyAllowed = false;
    this.fetchIndicator(type);
  }

  private fetchBlockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) throw this.fail('a list item cannot begin here');
      this.rollIndent(this.column, undefined, 'block-sequence-start', this.mark());
    }
    this.removeSimpleKey();
    this.simpleKeyAllowed = true;
    this.fetchIndicator('block-entry');
  }

  private fetchKey(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) throw this.fail('a key cannot begin here');
      this.rollIndent(this.column, undefined, 'block-mapping-start', this.mark());
    }
    this.removeSimpleKey();
    this.simpleKeyAllowed = this.flowLevel === 0;
    this.fetchIndicator('key');
  }

  private fetchValue(): void {
    const key = this.currentKey();
    if (this.isValid(key)) {
      this.insert(key.tokenNumber - this.tokensParsed, 'key', key.mark);
      this.rollIndent(key.mark.column, key.tokenNumber, 'block-mapping-start', key.mark);
      key.possible = false;
      this.simpleKeyByToken.delete(key.tokenNumber);
      this.simpleKeyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.simpleKeyAllowed) throw this.fail('a key and its value cannot begin here');
        this.rollIndent(this.column, undefined, 'block-mapping-start', this.mark());
      }
      this.simpleKeyAllowed = this.flowLevel === 0;
    }
    this.fetchIndicator('value');
  }

  private fetchProperty(read: (scanner: Scanner) => Token): void {
    this.saveSimpleKey();
    this.simpleKeyAllowed = false;
    this.tokens.push(read(this));
  }

  private fetchDirective(): void {
    this.unrollIndent(-1, this.mark());
    this.removeSimpleKey();
    this.simpleKeyAllowed = false;
    this.tokens.push(readDirective(this));
    if (isBreak(this.code())) this.skipLine();
  }

  private currentKey(): SimpleKey {
    const key = this.simpleKeys.at(-1);
    if (key === undefined) throw this.fail('brackets do not match');
    return key;
  }

  /** A key without `?` stands on one line and is no longer than 1,024 characters (YAML 1.2, 7.4.2). */
  private isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.mark.line < this.lineNumber || key.mark.index + 1024 < this.pos) {
      if (key.required) throw this.fail('a key lacks its colon', key.mark);
      key.possible = false;
      return false;
    }
    return true;
  }

  private saveSimpleKey(): void {
    if (!this.simpleKeyAllowed) return;
    this.removeSimpleKey();
    const key = this.currentKey();
    key.possible = true;
    key.required = this.flowLevel === 0 && this.indent === this.column;
    key.tokenNumber = this.tokensParsed + (this.tokens.length - this.head);
    key.mark = this.mark();
    this.simpleKeyByToken.set(key.tokenNumber, key);
  }

  private removeSimpleKey(): void {
    const key = this.currentKey();
    if (!key.possible) return;
    if (key.required) throw this.fail('a key lacks its colon', key.mark);
    key.possible = false;
    this.simpleKeyByToken.delete(key.tokenNumber);
  }

  private rollIndent(column: number, tokenNumber: number | undefined, type: TokenType, mark: Mark): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > MAX_DEPTH) throw this.tooDeep();
    if (tokenNumber === undefined) this.push(type, mark, mark);
    else this.insert(tokenNumber - this.tokensParsed, type, mark);
  }

  tooDeep(): Error {
    const mark = this.mark();
    return failure('too-deep', `The file is nested more than ${MAX_DEPTH} levels deep.`, {
      at: { line: mark.line + 1, column: mark.column + 1 },
    });
  }

  private unrollIndent(column: number, scanMark: Mark): void {
    if (this.flowLevel > 0) return;
    let blockMark: Mark = { ...scanMark, index: scanMark.index - 1 };
    while (this.indent > column) {
      // The end of a block moves before the comments at the block's own column: they are the parent's feet.
      let stop = blockMark.index;
      for (let i = this.comments.length - 1; i >= this.commentsHead; i--) {
        const comment = this.comments[i];
        if (comment === undefined || comment.endMark.index < stop) break;
        if (comment.startMark.column === this.indent + 1) blockMark = comment.startMark;
        stop = comment.scanMark.index;
      }
      this.push('block-end', blockMark, blockMark);
      this.indent = this.indents.pop() ?? -1;
    }
  }

  private scanToNextToken(scanMark: Mark): void {
    for (;;) {
      if (this.column === 0 && this.code() === BOM) this.skip();
      for (;;) {
        const code = this.code();
        if (code === SPACE || (code === TAB && (this.flowLevel > 0 || !this.simpleKeyAllowed))) this.skip();
        else break;
      }
      turnLineIntoHead(this);
      if (this.code() === 35) scanComments(this, scanMark);
      if (!isBreak(this.code())) return;
      this.skipLine();
      if (this.flowLevel === 0) this.simpleKeyAllowed = true;
    }
  }

  readRestOfLine(): string {
    const start = this.pos;
    while (!isBreakOrEnd(this.code())) this.skip();
    return this.text.slice(start, this.pos);
  }
}
