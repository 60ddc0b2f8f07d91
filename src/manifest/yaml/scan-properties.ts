import { isBreak } from './characters.ts';
import type { Scanner } from './scan.ts';
import type { Token } from './tokens.ts';

const ANCHOR = /[\w-]+(?=[?:,\]}%@` \t\r\n\0\x85\u2028\u2029])/y;

/** `&name` or `*name` (yaml_parser_scan_anchor). */
export function scanAnchor(scanner: Scanner, type: 'anchor' | 'alias'): Token {
  const start = scanner.offset;
  ANCHOR.lastIndex = start + 1;
  const name = ANCHOR.exec(scanner.text)?.[0];
  if (name === undefined) scanner.fail(start, `The name of an ${type} must be letters, digits, '-' and '_'.`);
  scanner.offset += 1 + name.length;
  return { type, start, name };
}

const URI = String.raw`[\w;/?:@&=+$,.!~*'()[\]%-]`;
const TAG = new RegExp(
  String.raw`(?:!<(${URI}+)>|(![\w-]*!)(${URI}+)|!(?![\w-]*!)(${URI}*))(?=[ \t\r\n\0\x85\u2028\u2029])`,
  'y',
);

/** `!<uri>`, `!!name`, `!handle!name`, `!name` or `!` (yaml_parser_scan_tag). */
export function scanTag(scanner: Scanner): Token {
  const start = scanner.offset;
  TAG.lastIndex = start;
  const match = TAG.exec(scanner.text);
  if (match === null) scanner.fail(start, 'This is no tag that YAML knows: !name, !!name, !handle!name or !<uri>.');
  const [whole, uri, handle, suffix, local = ''] = match;
  scanner.offset += whole.length;
  if (uri !== undefined) return { type: 'tag', start, handle: '', suffix: unescape(scanner, start, uri) };
  return { type: 'tag', start, handle: handle ?? '!', suffix: unescape(scanner, start, suffix ?? local) };
}

function unescape(scanner: Scanner, start: number, text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    scanner.fail(start, 'The tag has a % that does not start an escaped character.');
  }
}

const DIRECTIVE = new RegExp(
  String.raw`%(?:YAML[ \t]+(\d{1,2}\.\d{1,2})|TAG[ \t]+(![\w-]*!|!)[ \t]+(${URI}+))` +
    String.raw`[ \t]*(?:#[^\n\r\0\x85\u2028\u2029]*)?(?=[\n\r\0\x85\u2028\u2029])`,
  'y',
);

/** `%YAML 1.1` or `%TAG !handle! prefix`, with its line break (yaml_parser_scan_directive). */
export function scanDirective(scanner: Scanner): Token {
  const start = scanner.offset;
  DIRECTIVE.lastIndex = start;
  const match = DIRECTIVE.exec(scanner.text);
  if (match === null) scanner.fail(start, 'A line that starts with % must be a directive, %YAML or %TAG.');
  const [whole, version, handle = '', prefix = ''] = match;
  scanner.offset += whole.length;
  if (isBreak(scanner.text.charCodeAt(scanner.offset))) scanner.skipBreak();
  return { type: 'directive', start, directive: version === undefined ? { handle, prefix } : { version } };
}
