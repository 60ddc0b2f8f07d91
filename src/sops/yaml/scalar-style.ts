/** How go-yaml v3 writes a scalar: which style it chooses, and the text (encode.go: stringv; emitterc.go: analyze_scalar). */
import { isBlank, isBreak } from './characters.ts';
import { resolvePlain } from './resolve.ts';
import type { ScalarStyle } from './scanner.ts';

export interface WrittenScalar {
  readonly text: string;
  /** The style that is asked for; where it cannot hold the text, chooseStyle finds another. */
  readonly style: ScalarStyle;
  /** Written before it, or ''. */
  readonly tag: string;
}

/** Words that YAML 1.1 takes for booleans, which go-yaml reads as text but quotes. */
const OLD_BOOL = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** A string: plain where it would be read as the same string, a block where it has line feeds, else quoted. */
export function writeString(bytes: Buffer): WrittenScalar {
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    const encoded = bytes.toString('base64').replace(/.{70}(?=.)/g, '$&\n');
    // Text of several lines ends with a line feed, as encodeBase64 of resolve.go has it.
    return encoded.length > 70
      ? { text: `${encoded}\n`, style: 'literal', tag: '!!binary' }
      : { text: encoded, style: 'plain', tag: '!!binary' };
  }
  if (text.includes('\n')) return { text, style: 'literal', tag: '' };
  // go-yaml writes the merge key's sign with its tag, since it would merge otherwise.
  if (text === '<<') return { text, style: 'plain', tag: '!!merge' };
  const isPlain = resolvePlain(text) === undefined && !OLD_BOOL.test(text) && !BASE_60.test(text);
  return { text, style: isPlain ? 'plain' : 'double', tag: '' };
}

export const writePlain = (text: string): WrittenScalar => ({ text, style: 'plain', tag: '' });

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export interface Analysis {
  readonly multiline: boolean;
  readonly plainAllowed: boolean;
  readonly singleAllowed: boolean;
  readonly blockAllowed: boolean;
}

/** Most text: letters, digits and signs that mean nothing in YAML. A short cut past the letter by letter analysis. */
const HARMLESS = /^[A-Za-z0-9/_.+][A-Za-z0-9/_.+=,()[\]@^$|-]*(?::[A-Za-z0-9/_.+=,()[\]@^$|-]+)*$/;

export function analyze(text: string): Analysis {
  if (text === '') return { multiline: false, plainAllowed: true, singleAllowed: true, blockAllowed: false };
  if (HARMLESS.test(text) && !text.startsWith('...')) {
    return { multiline: false, plainAllowed: true, singleAllowed: true, blockAllowed: true };
  }
  let plainAllowed = !/^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \t]|$))/.test(text);
  let spaceBreak = false;
  let breakSpace = false;
  let tab = false;
  let special = false;
  let multiline = false;
  let previousSpace = false;
  let previousBreak = false;
  let precededByBlank = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isSpace = code === 32;
    const breaks = isBreak(code);
    if (i > 0 && code === 58 && (i + 1 === text.length || isBlank(text.charCodeAt(i + 1)))) plainAllowed = false;
    if (i > 0 && code === 35 && precededByBlank) plainAllowed = false;
    if (code === 9) tab = true;
    else if (!isPrintable(code)) special = true;
    if (isSpace && previousBreak) breakSpace = true;
    if (breaks && previousSpace) spaceBreak = true;
    if (breaks) multiline = true;
    previousSpace = isSpace;
    previousBreak = breaks;
    precededByBlank = isBlank(code) || breaks || code === 0;
  }
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  const edges = first === 32 || isBreak(first) || last === 32 || isBreak(last);
  return {
    multiline,
    plainAllowed: plainAllowed && !edges && !breakSpace && !spaceBreak && !tab && !special && !multiline,
    singleAllowed: !breakSpace && !spaceBreak && !tab && !special,
    blockAllowed: last !== 32 && !spaceBreak && !special,
  };
}

export function chooseStyle(scalar: WrittenScalar, analysis: Analysis, isSimpleKey: boolean): ScalarStyle {
  let style = scalar.style;
  if (isSimpleKey && analysis.multiline) style = 'double';
  if (style === 'plain' && (!analysis.plainAllowed || (scalar.text === '' && isSimpleKey))) style = 'single';
  if (style === 'single' && !analysis.singleAllowed) style = 'double';
  if ((style === 'literal' || style === 'folded') && (!analysis.blockAllowed || isSimpleKey)) style = 'double';
  return style;
}

/** What go-yaml writes as it is (yamlprivateh.go: is_printable): nothing outside of the basic plane. */
export function isPrintable(code: number): boolean {
  return (
    code === 10 ||
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  );
}

const SHORT_ESCAPES = new Map([
  [0x00, '\\0'],
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x1b, '\\e'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x85, '\\N'],
  [0xa0, '\\_'],
  [0x2028, '\\L'],
  [0x2029, '\\P'],
]);

/** The inside of a double-quoted scalar. */
export function escapeDouble(text: string): string {
  // go-yaml looks for a byte order mark at the beginning of the text for every character, so one there escapes them all.
  const all = text.startsWith('\ufeff');
  let result = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isSafe = isPrintable(code) && !isBreak(code) && code !== 0x22 && code !== 0x5c;
    result += isSafe && !all ? character : escape(code);
  }
  return result;
}

function escape(code: number): string {
  const short = SHORT_ESCAPES.get(code);
  if (short !== undefined) return short;
  const [letter, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).toUpperCase().padStart(width, '0')}`;
}
