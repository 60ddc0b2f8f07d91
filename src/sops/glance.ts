/**
 * A glance at a YAML file: whether it is, beyond doubt, a file as sops and Slipway write it with every value encrypted
 * that should be. It knows one layout only, line by line, and has doubts about all else; whoever has doubts reads the
 * file properly. So a pre-commit hook can look at a thousand files in the time that reading a hundred takes.
 */
import { normalizeTime } from './go-numbers.ts';
import type { Selector } from './selection.ts';
import { compileSelection, isSelectionKind, isValid } from './selection.ts';

const BASE64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)';
const SEALED = `ENC\\[AES256_GCM,data:${BASE64},iv:[A-Za-z0-9+/]{43}=,tag:[A-Za-z0-9+/]{22}==,type:(?:str|int|float|bool|time)\\]`;

/** A key with a ciphertext, with a plain word, or with nothing, and then a map may follow. */
const LINE = new RegExp(`( *)([A-Za-z_][A-Za-z0-9_-]*):(?: (${SEALED})| ([A-Za-z][A-Za-z0-9._/-]*))?\\n`, 'y');

/** Keys that YAML takes for something else than text. */
const NO_TEXT = /^(?:true|false|null)$/i;

/** The sops block, in the order of sops 3.13, with age keys only; it ends the file. */
function blockPattern(indent: number): RegExp {
  const [outer, inner, armor] = indent === 4 ? [4, 8, 12] : [2, 4, 8];
  const at = (column: number) => ' '.repeat(column);
  const text = '[A-Za-z^(_][A-Za-z0-9_^$().|/-]*';
  const key = `${at(inner)}- enc: \\|\\n(?:${at(armor)}[A-Za-z0-9+/=-][A-Za-z0-9+/= -]*\\n)+${at(inner + 2)}recipient: age1[a-z0-9]+\\n`;
  const rule = `(?:${at(outer)}(encrypted_regex|encrypted_suffix): (${text})\\n)?`;
  const otherRule = `(?:${at(outer)}(unencrypted_regex|unencrypted_suffix): (${text})\\n)?`;
  return new RegExp(
    `sops:\\n${at(outer)}age:\\n(?:${key})+${rule}` +
      `${at(outer)}lastmodified: "(\\S{20})"\\n${at(outer)}mac: ${SEALED}\\n` +
      `(?:${at(outer)}mac_only_encrypted: true\\n)?${otherRule}${at(outer)}version: \\d+\\.\\d+\\.\\d+\\n$`,
    'y',
  );
}

const BLOCKS = [blockPattern(4), blockPattern(2)];

/** True: it is. False: perhaps not. */
export function isPlainlySealed(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  const end = text.lastIndexOf('\nsops:\n') + 1;
  const isSelected = end === 0 ? undefined : readRule(text, end);
  return isSelected !== undefined && areLinesRight(text, end, isSelected);
}

function readRule(text: string, start: number): Selector | undefined {
  for (const pattern of BLOCKS) {
    pattern.lastIndex = start;
    const match = pattern.exec(text);
    if (match === null) continue;
    const [, kind, value, lastModified = '', otherKind, otherValue] = match;
    const rule = { kind: kind ?? otherKind ?? '', value: value ?? otherValue ?? '' };
    if (normalizeTime(lastModified) === undefined || (kind !== undefined && otherKind !== undefined)) return undefined;
    if (NO_TEXT.test(rule.value) || !isSelectionKind(rule.kind)) return undefined;
    const selection = { kind: rule.kind, value: rule.value };
    return isValid(selection) ? compileSelection(selection) : undefined;
  }
  return undefined;
}

const NO_COMMENTS: readonly (readonly string[])[] = [];

function areLinesRight(text: string, end: number, isSelected: Selector): boolean {
  // The columns of the maps that are open, and the keys that lead to them.
  const columns = [0];
  const path: string[] = [];
  const seen = new Set<string>();
  let opened: string | undefined;
  for (let at = 0; at < end; at = LINE.lastIndex) {
    LINE.lastIndex = at;
    const match = LINE.exec(text);
    if (match === null || LINE.lastIndex > end) return false;
    const [, blanks = '', key = '', sealed, plain] = match;
    const column = blanks.length;
    if (opened !== undefined && column > (columns.at(-1) ?? 0)) {
      columns.push(column);
      path.push(opened);
    }
    while (column < (columns.at(-1) ?? 0)) {
      columns.pop();
      path.pop();
    }
    if (column !== columns.at(-1) || NO_TEXT.test(key) || key === 'sops') return false;
    const place = `${path.join('\0')}\0\0${key}`;
    if (seen.has(place)) return false;
    seen.add(place);
    opened = sealed === undefined && plain === undefined ? key : undefined;
    if (plain !== undefined && isSelected([...path, key], NO_COMMENTS, false)) return false;
  }
  return true;
}
