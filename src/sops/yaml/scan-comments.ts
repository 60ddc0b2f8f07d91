/**
 * Comments: where a run of them begins and ends, and which token it belongs to (go-yaml's scannerc.go:
 * yaml_parser_scan_line_comment, yaml_parser_scan_comments). sops encrypts a comment under the path of the map that it is
 * put in here, so these rules are followed, not improved.
 */
import { isBlank, isBreak, isBreakOrEnd, NUL } from './characters.ts';
import type { Mark, Scanner } from './scanner.ts';

const START: Mark = { index: 0, line: 0, column: 0 };

/** `key: # text` followed by a sequence: the text heads the sequence (scannerc.go: yaml_parser_scan_to_next_token). */
export function turnLineIntoHead(scanner: Scanner): void {
  const comment = scanner.comments.at(-1);
  if (comment === undefined || comment.line === '' || isBreak(scanner.code())) return;
  if (scanner.tokens.at(-1)?.type !== 'block-entry' || scanner.tokens.at(-2)?.type !== 'block-sequence-start') return;
  comment.head = comment.line;
  comment.line = '';
  if (comment.startMark.line === scanner.lineNumber - 1) comment.tokenMark = scanner.mark();
}

/** A comment behind a token, in its line. */
export function scanLineComment(scanner: Scanner, tokenMark: Mark): void {
  if (scanner.newlines > 0) return;
  let ahead = 0;
  while (isBlank(scanner.code(ahead))) ahead++;
  if (scanner.code(ahead) !== 35) return;
  scanner.skip(ahead);
  const startMark = scanner.mark();
  const line = scanner.readRestOfLine();
  scanner.comments.push({ scanMark: START, tokenMark, startMark, endMark: START, head: '', line, foot: '' });
}

/** A run of comment lines, cut into feet of what stands before it and the head of what follows. */
export function scanComments(scanner: Scanner, firstScanMark: Mark): void {
  let scanMark = firstScanMark;
  let token = scanner.tokens.at(-1);
  if (token?.type === 'flow-entry' && scanner.tokens.length > 1) token = scanner.tokens.at(-2);
  if (token === undefined) throw scanner.fail('it ends too early');
  let tokenMark = token.start;
  let startMark: Mark = START;
  let nextIndent = Math.max(scanner.indent, 0);
  let recentEmpty = false;
  let firstEmpty = scanner.newlines <= 1;
  let line = scanner.lineNumber;
  let column = scanner.column;
  let text = '';
  // The line in which a comment must begin to still be a foot of what stands before it.
  let footLine = -1;
  if (scanMark.line > 0) {
    footLine = scanner.lineNumber - scanner.newlines + 1;
    if (scanner.newlines === 0 && scanner.column > 1) footLine++;
  }
  const add = (kind: 'head' | 'foot', mark: Mark, endMark: Mark) => {
    scanner.comments.push({
      scanMark,
      tokenMark: mark,
      startMark,
      endMark,
      head: '',
      line: '',
      foot: '',
      [kind]: text,
    });
  };
  let peek = 0;
  for (; ; peek++) {
    const code = scanner.code(peek);
    column++;
    if (isBlank(code)) continue;
    const closesFlow = scanner.flowLevel > 0 && (code === 93 || code === 125);
    if (closesFlow || isBreakOrEnd(code)) {
      if (closesFlow || !recentEmpty) {
        const dedented = startMark.column - 1 < nextIndent;
        if (closesFlow || (firstEmpty && ((startMark.line === footLine && token.type !== 'value') || dedented))) {
          if (text !== '') {
            // Dedented, it has nothing to do with the token before it.
            if (dedented) tokenMark = startMark;
            const here = { index: scanner.pos + peek, line, column };
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
      const here = { index: scanner.pos + peek, line, column };
      add('foot', tokenMark, here);
      scanMark = here;
      tokenMark = here;
      text = '';
    }
    if (code !== 35) break;
    if (text === '') startMark = { index: scanner.pos + peek, line, column };
    else text += '\n';
    recentEmpty = false;
    const seen = scanner.pos + peek;
    while (scanner.pos < seen) {
      if (isBreak(scanner.code())) scanner.skipLine();
      else scanner.skip();
    }
    text += scanner.readRestOfLine();
    // The break that ends the comment is stepped over uncounted, so that only an empty line counts as a break.
    peek = 0;
    column = 0;
    line = scanner.lineNumber;
    nextIndent = Math.max(scanner.indent, 0);
  }
  if (text !== '') add('head', startMark, { index: scanner.pos + peek - 1, line, column });
}
