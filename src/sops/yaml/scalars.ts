/** The text of plain, quoted and block scalars (YAML 1.1, chapter 9), as go-yaml reads them. */
import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isDigit, NUL, SPACE, TAB } from './characters.ts';
import { scanLineComment } from './scan-comments.ts';
import type { Scanner, Token } from './scanner.ts';

function scalar(start: Token['start'], end: Token['end'], value: string, style: Token['style']): Token {
  return { type: 'scalar', start, end, value, suffix: '', style };
}

/** Line breaks and blanks between the words of a flow scalar: how they fold. */
export class Folding {
  private whitespace = '';
  private leadingBreak = '';
  private trailingBreaks = '';
  leadingBlanks = false;

  reset(): void {
    this.whitespace = this.leadingBreak = this.trailingBreaks = '';
    this.leadingBlanks = false;
  }

  /** Consumes blanks and breaks; in a plain scalar no tab may stand before the column that its lines are indented by. */
  consume(scanner: Scanner, indent = 0): void {
    for (;;) {
      const code = scanner.code();
      if (isBlank(code)) {
        if (this.leadingBlanks) {
          if (code === TAB && scanner.column < indent) throw scanner.fail('a tab stands where spaces must');
        } else {
          this.whitespace += String.fromCharCode(code);
        }
        scanner.skip();
      } else if (isBreak(code)) {
        const text = scanner.readLine();
        if (this.leadingBlanks) {
          this.trailingBreaks += text;
        } else {
          this.whitespace = '';
          this.leadingBreak = text;
          this.leadingBlanks = true;
        }
      } else {
        return;
      }
    }
  }

  /** What stands for the blanks consumed: the blanks, or one space, or the breaks beyond the first. */
  take(): string {
    const { whitespace, leadingBreak, trailingBreaks, leadingBlanks } = this;
    this.reset();
    if (!leadingBlanks) return whitespace;
    if (leadingBreak === '\n') return trailingBreaks === '' ? ' ' : trailingBreaks;
    return leadingBreak + trailingBreaks;
  }
}

const endsPlainInFlow = (code: number) =>
  code === 44 || code === 63 || code === 91 || code === 93 || code === 123 || code === 125;

export function readPlainScalar(scanner: Scanner): Token {
  const start = scanner.mark();
  const indent = scanner.indent + 1;
  const { folding } = scanner;
  folding.reset();
  let end = start;
  let value = '';
  for (;;) {
    if (scanner.column === 0 && scanner.atDocumentMarker()) break;
    if (scanner.code() === 35) break;
    const wordStart = scanner.pos;
    for (;;) {
      const code = scanner.code();
      if (isBlankOrEnd(code)) break;
      if (code === 58 && isBlankOrEnd(scanner.code(1))) break;
      if (scanner.flowLevel > 0 && endsPlainInFlow(code)) break;
      scanner.pos++;
    }
    if (scanner.pos > wordStart) {
      scanner.newlines = 0;
      value += folding.take() + scanner.text.slice(wordStart, scanner.pos);
      end = scanner.mark();
    }
    if (!(isBlank(scanner.code()) || isBreak(scanner.code()))) break;
    folding.consume(scanner, indent);
    if (scanner.flowLevel === 0 && scanner.column < indent) break;
  }
  if (folding.leadingBlanks) scanner.simpleKeyAllowed = true;
  return scalar(start, end, value, 'plain');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};
const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

export function readQuotedScalar(scanner: Scanner, style: 'single' | 'double'): Token {
  const single = style === 'single';
  const quote = single ? 39 : 34;
  const start = scanner.mark();
  scanner.skip();
  const { folding } = scanner;
  folding.reset();
  let value = '';
  for (;;) {
    if (scanner.column === 0 && scanner.atDocumentMarker()) throw scanner.fail('a quoted text is not closed', start);
    if (scanner.code() === NUL) throw scanner.fail('a quoted text is not closed', start);
    for (;;) {
      const code = scanner.code();
      if (isBlankOrEnd(code)) break;
      if (code === quote) {
        if (!(single && scanner.code(1) === quote)) break;
        value += "'";
        scanner.skip(2);
      } else if (!single && code === 92) {
        if (isBreak(scanner.code(1))) {
          scanner.skip();
          scanner.skipLine();
          folding.leadingBlanks = true;
          break;
        }
        value += readEscape(scanner, start);
      } else {
        const from = scanner.pos;
        do scanner.pos++;
        while (!isBlankOrEnd(scanner.code()) && scanner.code() !== quote && (single || scanner.code() !== 92));
        scanner.newlines = 0;
        value += scanner.text.slice(from, scanner.pos);
      }
    }
    if (scanner.code() === quote) break;
    folding.consume(scanner);
    value += folding.take();
  }
  scanner.skip();
  return scalar(start, scanner.mark(), value, style);
}

function readEscape(scanner: Scanner, start: Token['start']): string {
  const letter = String.fromCharCode(scanner.code(1));
  const text = ESCAPES[letter];
  const length = ESCAPE_LENGTH[letter];
  if (text === undefined && length === undefined) throw scanner.fail('a quoted text holds an unknown escape', start);
  scanner.skip(2);
  if (text !== undefined || length === undefined) return text ?? '';
  const digits = scanner.text.slice(scanner.pos, scanner.pos + length);
  const code = new RegExp(`^[0-9A-Fa-f]{${length}}$`).test(digits) ? Number.parseInt(digits, 16) : undefined;
  if (code === undefined || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    throw scanner.fail('a quoted text holds a broken escape', start);
  }
  scanner.skip(length);
  return String.fromCodePoint(code);
}

export function readBlockScalar(scanner: Scanner, style: 'literal' | 'folded'): Token {
  const start = scanner.mark();
  scanner.skip();
  const { chomping, increment } = readBlockHeader(scanner, start);
  while (isBlank(scanner.code())) scanner.skip();
  if (scanner.code() === 35) {
    scanLineComment(scanner, start);
    scanner.readRestOfLine();
  }
  if (!isBreakOrEnd(scanner.code())) throw scanner.fail('text stands behind the sign of a block of text', start);
  if (isBreak(scanner.code())) scanner.skipLine();

  let indent = increment === 0 ? 0 : Math.max(scanner.indent, 0) + increment;
  let end = scanner.mark();
  const readBreaks = (): string => {
    let breaks = '';
    let deepest = 0;
    end = scanner.mark();
    for (;;) {
      while ((indent === 0 || scanner.column < indent) && scanner.code() === SPACE) scanner.skip();
      deepest = Math.max(deepest, scanner.column);
      if ((indent === 0 || scanner.column < indent) && scanner.code() === TAB) {
        throw scanner.fail('a tab stands where spaces must', start);
      }
      if (!isBreak(scanner.code())) break;
      breaks += scanner.readLine();
      end = scanner.mark();
    }
    if (indent === 0) indent = Math.max(deepest, scanner.indent + 1, 1);
    return breaks;
  };

  let value = '';
  let leadingBreak = '';
  let trailingBreaks = readBreaks();
  let leadingBlank = false;
  while (scanner.column === indent && scanner.code() !== NUL) {
    const startsBlank = isBlank(scanner.code());
    const folds = style === 'folded' && !leadingBlank && !startsBlank && leadingBreak === '\n';
    if (!folds) value += leadingBreak;
    else if (trailingBreaks === '') value += ' ';
    value += trailingBreaks;
    leadingBlank = startsBlank;
    value += scanner.readRestOfLine();
    leadingBreak = isBreak(scanner.code()) ? scanner.readLine() : '';
    trailingBreaks = readBreaks();
  }
  if (chomping !== '-') value += leadingBreak;
  if (chomping === '+') value += trailingBreaks;
  return scalar(start, end, value, style);
}

function readBlockHeader(scanner: Scanner, start: Token['start']): { chomping: '' | '-' | '+'; increment: number } {
  let chomping: '' | '-' | '+' = '';
  let increment = 0;
  for (let i = 0; i < 2; i++) {
    const code = scanner.code();
    if ((code === 43 || code === 45) && chomping === '') {
      chomping = code === 43 ? '+' : '-';
      scanner.skip();
    } else if (isDigit(code) && increment === 0) {
      increment = code - 48;
      if (increment === 0) throw scanner.fail('a block of text is indented by 0', start);
      scanner.skip();
    }
  }
  return { chomping, increment };
}
