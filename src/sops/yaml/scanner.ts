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
  isWord,
  NUL,
  SPACE,
  TAB,
} from './characters.ts';
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
    if (this.tokens.at(-1)?.type !== 'block-entry') this.scanLineComment(mark);
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
        this.fetchAnchor('alias');
        return;
      case '&':
        this.fetchAnchor('anchor');
        return;
      case '!':
        this.fetchTag();
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

  private fetchAnchor(type: 'alias' | 'anchor'): void {
    this.saveSimpleKey();
    this.simpleKeyAllowed = false;
    const start = this.mark();
    this.skip();
    const nameStart = this.pos;
    while (isWord(this.code())) this.skip();
    const name = this.text.slice(nameStart, this.pos);
    if (name === '' || !(isBlankOrEnd(this.code()) || '?:,]}%@`'.includes(String.fromCharCode(this.code())))) {
      throw this.fail(`the name of an ${type} is missing or holds a character that it may not`, start);
    }
    this.push(type, start, this.mark(), name);
  }

  private fetchTag(): void {
    this.saveSimpleKey();
    this.simpleKeyAllowed = false;
    const start = this.mark();
    let handle = '';
    let suffix: string;
    if (this.code(1) === 60) {
      this.skip(2);
      suffix = this.readTagUri('');
      if (this.code() !== 62) throw this.fail('a tag lacks its >', start);
      this.skip();
    } else {
      handle = this.readTagHandle(false);
      if (handle.length > 1 && handle.endsWith('!')) {
        suffix = this.readTagUri('');
      } else {
        suffix = this.readTagUri(handle);
        handle = '!';
        if (suffix === '') [handle, suffix] = ['', '!'];
      }
    }
    if (!isBlankOrEnd(this.code())) throw this.fail('a tag is not followed by a blank', start);
    this.push('tag', start, this.mark(), handle, suffix);
  }

  private readTagHandle(directive: boolean): string {
    const start = this.pos;
    if (this.code() !== 33) throw this.fail('a tag handle lacks its !');
    this.skip();
    while (isWord(this.code())) this.skip();
    if (this.code() === 33) this.skip();
    else if (directive && this.pos - start > 1) throw this.fail('a tag handle lacks its !');
    return this.text.slice(start, this.pos);
  }

  private readTagUri(head: string): string {
    const start = this.pos;
    while (isWord(this.code()) || ";/?:@&=+$,.!~*'()[]%".includes(String.fromCharCode(this.code()))) this.skip();
    const written = this.text.slice(start, this.pos);
    if (head === '' && written === '') throw this.fail('a tag has no name');
    try {
      return head.slice(1) + decodeURIComponent(written);
    } catch {
      throw this.fail('a tag holds a broken % escape');
    }
  }

  private fetchDirective(): void {
    this.unrollIndent(-1, this.mark());
    this.removeSimpleKey();
    this.simpleKeyAllowed = false;
    const start = this.mark();
    const line = /^%(\w+)([ \t]+[^\n\r]*)?/.exec(this.text.slice(this.pos, this.pos + 1024));
    const rest = (line?.[2] ?? '')
      .replace(/(^|[ \t])#.*$/, '')
      .replaceAll('\0', '')
      .trim();
    if (line?.[1] === 'YAML') {
      if (!/^1\.1$|^1\.2$/.test(rest)) throw this.fail('it asks for a version of YAML that is not known', start);
      this.skip(line[0].replaceAll('\0', '').length);
      this.push('version-directive', start, this.mark(), rest);
    } else if (line?.[1] === 'TAG') {
      const [handle = '', prefix = '', more] = rest.split(/[ \t]+/);
      if (!/^!([\w-]*!)?$/.test(handle) || prefix === '' || more !== undefined) {
        throw this.fail('a %TAG directive is malformed', start);
      }
      this.skip(line[0].replaceAll('\0', '').length);
      this.push('tag-directive', start, this.mark(), handle, prefix);
    } else {
      throw this.fail('it holds a directive that is not known', start);
    }
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
      this.turnLineIntoHead();
      if (this.code() === 35) this.scanComments(scanMark);
      if (!isBreak(this.code())) return;
      this.skipLine();
      if (this.flowLevel === 0) this.simpleKeyAllowed = true;
    }
  }

  /** `key: # text` followed by a sequence: the text heads the sequence (scannerc.go: yaml_parser_scan_to_next_token). */
  private turnLineIntoHead(): void {
    const comment = this.comments.at(-1);
    if (comment === undefined || comment.line === '' || isBreak(this.code())) return;
    if (this.tokens.at(-1)?.type !== 'block-entry' || this.tokens.at(-2)?.type !== 'block-sequence-start') return;
    comment.head = comment.line;
    comment.line = '';
    if (comment.startMark.line === this.lineNumber - 1) comment.tokenMark = this.mark();
  }

  scanLineComment(tokenMark: Mark): void {
    if (this.newlines > 0) return;
    let ahead = 0;
    while (isBlank(this.code(ahead))) ahead++;
    if (this.code(ahead) !== 35) return;
    this.skip(ahead);
    const startMark = this.mark();
    const line = this.readRestOfLine();
    this.comments.push({ scanMark: START, tokenMark, startMark, endMark: START, head: '', line, foot: '' });
  }

  readRestOfLine(): string {
    const start = this.pos;
    while (!isBreakOrEnd(this.code())) this.skip();
    return this.text.slice(start, this.pos);
  }

  /** A run of comment lines, cut into feet of what stands before it and the head of what follows. */
  private scanComments(firstScanMark: Mark): void {
    let scanMark = firstScanMark;
    let token = this.tokens.at(-1);
    if (token?.type === 'flow-entry' && this.tokens.length > 1) token = this.tokens.at(-2);
    if (token === undefined) throw this.fail('it ends too early');
    let tokenMark = token.start;
    let startMark: Mark = START;
    let nextIndent = Math.max(this.indent, 0);
    let recentEmpty = false;
    let firstEmpty = this.newlines <= 1;
    let line = this.lineNumber;
    let column = this.column;
    let text = '';
    // The line in which a comment must begin to still be a foot of what stands before it.
    let footLine = -1;
    if (scanMark.line > 0) {
      footLine = this.lineNumber - this.newlines + 1;
      if (this.newlines === 0 && this.column > 1) footLine++;
    }
    const add = (kind: 'head' | 'foot', mark: Mark, endMark: Mark) => {
      this.comments.push({ scanMark, tokenMark: mark, startMark, endMark, head: '', line: '', foot: '', [kind]: text });
    };
    let peek = 0;
    for (; ; peek++) {
      const code = this.code(peek);
      column++;
      if (isBlank(code)) continue;
      const closesFlow = this.flowLevel > 0 && (code === 93 || code === 125);
      if (closesFlow || isBreakOrEnd(code)) {
        if (closesFlow || !recentEmpty) {
          const dedented = startMark.column - 1 < nextIndent;
          if (closesFlow || (firstEmpty && ((startMark.line === footLine && token.type !== 'value') || dedented))) {
            if (text !== '') {
              // Dedented, it has nothing to do with the token before it.
              if (dedented) tokenMark = startMark;
              const here = { index: this.pos + peek, line, column };
              add('foot', tokenMark, here);
              scanMark = here;
              tokenMark = here;
              text = '';
            }
          } else if (text !== '' && code !== NUL) {
            text += '\n';
          }
        }
        if (!isBreak(code)) break;
        firstEmpty = false;
        recentEmpty = true;
        column = 0;
        line++;
        continue;
      }
      if (text !== '' && column - 1 < nextIndent && column !== startMark.column) {
        const here = { index: this.pos + peek, line, column };
        add('foot', tokenMark, here);
        scanMark = here;
        tokenMark = here;
        text = '';
      }
      if (code !== 35) break;
      if (text === '') startMark = { index: this.pos + peek, line, column };
      else text += '\n';
      recentEmpty = false;
      const seen = this.pos + peek;
      while (this.pos < seen) {
        if (isBreak(this.code())) this.skipLine();
        else this.skip();
      }
      text += this.readRestOfLine();
      // The break that ends the comment is stepped over uncounted, so that only an empty line counts as a break.
      peek = 0;
      column = 0;
      line = this.lineNumber;
      nextIndent = Math.max(this.indent, 0);
    }
    if (text !== '') add('head', startMark, { index: this.pos + peek - 1, line, column });
  }
}
