/** Anchors, aliases and tags before a value, and directives before a document (YAML 1.1, 6.8 and 6.9). */
import { isBlankOrEnd, isWord } from './characters.ts';
import type { Mark, Scanner, Token, TokenType } from './scanner.ts';

const token = (scanner: Scanner, type: TokenType, start: Mark, value: string, suffix = ''): Token => ({
  ...{ type, start, end: scanner.mark(), value, suffix },
  style: 'plain',
});

export function readAnchor(scanner: Scanner, type: 'alias' | 'anchor'): Token {
  const start = scanner.mark();
  scanner.skip();
  const nameStart = scanner.pos;
  while (isWord(scanner.code())) scanner.skip();
  const name = scanner.text.slice(nameStart, scanner.pos);
  if (name === '' || !(isBlankOrEnd(scanner.code()) || '?:,]}%@`'.includes(String.fromCharCode(scanner.code())))) {
    throw scanner.fail(`the name of an ${type} is missing or holds a character that it may not`, start);
  }
  return token(scanner, type, start, name);
}

export function readTag(scanner: Scanner): Token {
  const start = scanner.mark();
  let handle = '';
  let suffix: string;
  if (scanner.code(1) === 60) {
    scanner.skip(2);
    suffix = readTagUri(scanner, '');
    if (scanner.code() !== 62) throw scanner.fail('a tag lacks its >', start);
    scanner.skip();
  } else {
    handle = readTagHandle(scanner);
    if (handle.length > 1 && handle.endsWith('!')) {
      suffix = readTagUri(scanner, '');
    } else {
      suffix = readTagUri(scanner, handle);
      handle = '!';
      if (suffix === '') [handle, suffix] = ['', '!'];
    }
  }
  if (!isBlankOrEnd(scanner.code())) throw scanner.fail('a tag is not followed by a blank', start);
  return token(scanner, 'tag', start, handle, suffix);
}

function readTagHandle(scanner: Scanner): string {
  const start = scanner.pos;
  if (scanner.code() !== 33) throw scanner.fail('a tag handle lacks its !');
  scanner.skip();
  while (isWord(scanner.code())) scanner.skip();
  if (scanner.code() === 33) scanner.skip();
  return scanner.text.slice(start, scanner.pos);
}

function readTagUri(scanner: Scanner, head: string): string {
  const start = scanner.pos;
  while (isWord(scanner.code()) || ";/?:@&=+$,.!~*'()[]%".includes(String.fromCharCode(scanner.code()))) scanner.skip();
  const written = scanner.text.slice(start, scanner.pos);
  if (head === '' && written === '') throw scanner.fail('a tag has no name');
  try {
    return head.slice(1) + decodeURIComponent(written);
  } catch {
    throw scanner.fail('a tag holds a broken % escape');
  }
}

export function readDirective(scanner: Scanner): Token {
  const start = scanner.mark();
  const line = /^%(\w+)([ \t]+[^\n\r]*)?/.exec(scanner.text.slice(scanner.pos, scanner.pos + 1024));
  const rest = (line?.[2] ?? '')
    .replace(/(^|[ \t])#.*$/, '')
    .replaceAll('\0', '')
    .trim();
  if (line?.[1] === 'YAML') {
    if (!/^1\.1$|^1\.2$/.test(rest)) throw scanner.fail('it asks for a version of YAML that is not known', start);
    scanner.skip(line[0].replaceAll('\0', '').length);
    return token(scanner, 'version-directive', start, rest);
  } else if (line?.[1] === 'TAG') {
    const [handle = '', prefix = '', more] = rest.split(/[ \t]+/);
    if (!/^!([\w-]*!)?$/.test(handle) || prefix === '' || more !== undefined) {
      throw scanner.fail('a %TAG directive is malformed', start);
    }
    scanner.skip(line[0].replaceAll('\0', '').length);
    return token(scanner, 'tag-directive', start, handle, prefix);
  } else {
    throw scanner.fail('it holds a directive that is not known', start);
  }
}
