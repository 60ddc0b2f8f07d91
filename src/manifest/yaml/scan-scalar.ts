import { breakText, isBlank, isBreak } from './characters.ts';
import type { Scanner } from './scan.ts';

const TAB = 0x09;
const LF = 0x0a;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const PIPE = 0x7c;

/** Line breaks, and blanks around them, inside a scalar: one break becomes a space, of several all but the first stay. */
function fold(blanks: string): string {
  const breaks = blanks.replace(/[ \t]+/g, '');
  if (!breaks.startsWith('\n')) return breaks;
  return breaks.length === 1 ? ' ' : breaks.slice(1);
}

/** How often a group repeats in one match: without a limit, a line of a megabyte overflows the matcher's stack. */
const MOST = 4096;

const BREAKS = '\\n\\r\\x85\\u2028\\u2029';

/**
 * What a plain scalar has on one line, to its last character that is not blank. Matching by such expressions is what
 * makes a cold start fast: a loop over characters runs interpreted until long after the first hundred files.
 */
const PLAIN_LINE = plainLine('');
const PLAIN_LINE_IN_FLOW = plainLine(',?[\\]{}');

function plainLine(excluded: string): RegExp {
  const end = `\\0\\t ${BREAKS}`;
  return new RegExp(
    `(?:[^:${end}${excluded}]|:(?![${end}])|[ \\t]+(?![#${end}${excluded}]|:[${end}])){0,${MOST}}`,
    'y',
  );
}

/** Line breaks and indentation without tabs. */
const LINES = /\n[ \n]*/y;

/** Reads a plain scalar and the blanks after it (yaml_parser_scan_plain_scalar). */
export function scanPlain(scanner: Scanner): { text: string; severalLines: boolean } {
  const { text, flowLevel } = scanner;
  const line = flowLevel > 0 ? PLAIN_LINE_IN_FLOW : PLAIN_LINE;
  const indent = scanner.indent + 1;
  let value = '';
  /** What stands between `partEnd` and here, if a line break does. */
  let blanks = '';
  let partStart = scanner.offset;
  let partEnd = partStart;
  while (text.charCodeAt(scanner.offset) !== HASH && !scanner.atDocumentIndicator()) {
    const end = endOfLine(line, text, scanner.offset);
    if (end > scanner.offset) {
      if (blanks !== '') {
        value += text.slice(partStart, partEnd) + fold(blanks);
        partStart = scanner.offset;
        blanks = '';
      }
      partEnd = end;
      scanner.offset = end;
    }
    let code = text.charCodeAt(scanner.offset);
    if (!isBlank(code) && !isBreak(code)) break;
    for (; isBlank(code) || isBreak(code); code = text.charCodeAt(scanner.offset)) {
      if (code === LF) {
        LINES.lastIndex = scanner.offset;
        const [lines = ''] = LINES.exec(text) ?? [];
        blanks += lines;
        scanner.skipLines(lines);
      } else if (isBreak(code)) {
        blanks += breakText(code);
        scanner.skipBreak();
      } else {
        if (code === TAB && blanks !== '' && scanner.column < indent) {
          scanner.fail(scanner.offset, 'A tab cannot be used for indentation: use spaces.');
        }
        scanner.offset++;
      }
    }
    if (flowLevel === 0 && scanner.column < indent) break;
  }
  return { text: value + text.slice(partStart, partEnd), severalLines: blanks !== '' };
}

/** Where a line of a scalar ends that starts at this offset. */
function endOfLine(line: RegExp, text: string, offset: number): number {
  for (let end = offset; ; end = line.lastIndex) {
    line.lastIndex = end;
    line.test(text);
    // Each repetition takes a character at least: a shorter match was not ended by the limit.
    if (line.lastIndex - end < MOST) return line.lastIndex;
  }
}

/** Reads a quoted scalar with its quotes (yaml_parser_scan_flow_scalar). */
export function scanQuoted(scanner: Scanner, quote: typeof SINGLE_QUOTE | typeof DOUBLE_QUOTE): string {
  const { text } = scanner;
  const start = scanner.offset;
  scanner.offset++;
  const double = quote === DOUBLE_QUOTE;
  let value = '';
  for (;;) {
    if (scanner.atDocumentIndicator())
      scanner.fail(scanner.offset, 'The text in quotes is not closed before this line.');
    const runEnd = endOfLine(QUOTED_LINE[quote], text, scanner.offset);
    value += text.slice(scanner.offset, runEnd);
    scanner.offset = runEnd;
    const code = text.charCodeAt(runEnd);
    if (code === 0) scanner.fail(start, 'The text in quotes is not closed.');
    if (code === quote) {
      if (double || text.charCodeAt(runEnd + 1) !== quote) {
        scanner.offset++;
        return value;
      }
      value += "'";
      scanner.offset += 2;
    } else if (double && code === BACKSLASH) {
      value += isBreak(text.charCodeAt(runEnd + 1)) ? escapedBreak(scanner) : escapeSequence(scanner, start);
    } else {
      value += fold(skipBlankLines(scanner));
    }
  }
}

/** Text between quotes to the next quote, backslash or line break, without the blanks before a line break. */
const QUOTED_LINE = {
  [DOUBLE_QUOTE]: new RegExp(`(?:[^"\\\\\\0\\t ${BREAKS}]|[ \\t]+(?![\\t ${BREAKS}])){0,${MOST}}`, 'y'),
  [SINGLE_QUOTE]: new RegExp(`(?:[^'\\0\\t ${BREAKS}]|[ \\t]+(?![\\t ${BREAKS}])){0,${MOST}}`, 'y'),
} as const;

/** A backslash at the end of a line: the break, and the blanks of the next line, are not part of the text. */
function escapedBreak(scanner: Scanner): string {
  scanner.offset++;
  scanner.skipBreak();
  // The break itself is gone; those of empty lines after it stay.
  return skipBlankLines(scanner);
}

/** Skips blanks and line breaks, and gives the breaks back. */
function skipBlankLines(scanner: Scanner): string {
  const { text } = scanner;
  let breaks = '';
  for (
    let code = text.charCodeAt(scanner.offset);
    isBlank(code) || isBreak(code);
    code = text.charCodeAt(scanner.offset)
  ) {
    if (isBreak(code)) {
      breaks += breakText(code);
      scanner.skipBreak();
    } else scanner.offset++;
  }
  return breaks;
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

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function escapeSequence(scanner: Scanner, start: number): string {
  const { text, offset } = scanner;
  const letter = text.charAt(offset + 1);
  const simple = ESCAPES[letter];
  if (simple !== undefined) {
    scanner.offset += 2;
    return simple;
  }
  const length = HEX_DIGITS[letter];
  // JSON's \/ is not among those that Go knows.
  if (length === undefined) scanner.fail(offset, 'This is no escape sequence of YAML; \\\\ stands for one backslash.');
  const digits = text.slice(offset + 2, offset + 2 + length);
  if (digits.length < length || !/^[0-9A-Fa-f]+$/.test(digits)) {
    scanner.fail(offset, `An escape sequence with \\${letter} must have ${length} hexadecimal digits.`);
  }
  const code = Number.parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    scanner.fail(start, 'An escape sequence stands for no Unicode character; YAML has no surrogate pairs.');
  }
  scanner.offset += 2 + length;
  return String.fromCodePoint(code);
}

/** Reads a literal or folded block (yaml_parser_scan_block_scalar). */
export function scanBlockScalar(scanner: Scanner): string {
  const { text } = scanner;
  const start = scanner.offset;
  const literal = text.charCodeAt(start) === PIPE;
  HEADER.lastIndex = start + 1;
  const header = HEADER.exec(text)?.groups;
  if (header === undefined)
    scanner.fail(start, 'After | or > only -, +, one digit from 1 to 9 and a comment can stand.');
  const chomping = header.before ?? header.after;
  const digit = header.first ?? header.second;
  scanner.offset = HEADER.lastIndex;
  if (isBreak(text.charCodeAt(scanner.offset))) scanner.skipBreak();

  const block = { indent: digit === undefined ? 0 : Math.max(scanner.indent, 0) + Number(digit) };
  let value = '';
  let leadingBreak = '';
  let leadingBlank = false;
  let trailingBreaks = scanBlockBreaks(scanner, block);
  while (scanner.column === block.indent && text.charCodeAt(scanner.offset) !== 0) {
    const blank = isBlank(text.charCodeAt(scanner.offset));
    if (!literal && !leadingBlank && !blank && leadingBreak === '\n') {
      if (trailingBreaks === '') value += ' ';
    } else value += leadingBreak;
    value += trailingBreaks;
    leadingBlank = blank;
    const lineEnd = scanner.endOfLine(scanner.offset);
    value += text.slice(scanner.offset, lineEnd);
    scanner.offset = lineEnd;
    const code = text.charCodeAt(lineEnd);
    leadingBreak = isBreak(code) ? breakText(code) : '';
    if (leadingBreak !== '') scanner.skipBreak();
    trailingBreaks = scanBlockBreaks(scanner, block);
  }
  if (chomping !== '-') value += leadingBreak;
  if (chomping === '+') value += trailingBreaks;
  return value;
}

const HEADER =
  /(?:(?<before>[+-])(?<second>[1-9])?|(?<first>[1-9])(?<after>[+-])?)?[ \t]*(?:#[^\n\r\x85\u2028\u2029\0]*)?(?=[\n\r\x85\u2028\u2029\0])/y;

/** Skips indentation and empty lines, whose breaks it gives back; finds the indentation where none was given. */
function scanBlockBreaks(scanner: Scanner, block: { indent: number }): string {
  const { text } = scanner;
  let breaks = '';
  let widest = 0;
  for (;;) {
    let code = text.charCodeAt(scanner.offset);
    while (code === SPACE && (block.indent === 0 || scanner.column < block.indent))
      code = text.charCodeAt(++scanner.offset);
    widest = Math.max(widest, scanner.column);
    if (code === TAB && (block.indent === 0 || scanner.column < block.indent)) {
      scanner.fail(scanner.offset, 'A tab cannot be used for indentation: use spaces.');
    }
    if (!isBreak(code)) break;
    breaks += breakText(code);
    scanner.skipBreak();
  }
  if (block.indent === 0) block.indent = Math.max(widest, scanner.indent + 1, 1);
  return breaks;
}
