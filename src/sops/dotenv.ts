/**
 * dotenv <-> tree, as sops's store does it (stores/dotenv/store.go): a line is a comment, empty, or a key and a value
 * around its first `=`. Nothing is quoted or trimmed; the two characters `\n` stand for a line feed.
 */
import { failure } from './failure.ts';
import { formatFloatG, parseFloatAsGo } from './go-numbers.ts';
import type { Branch, Comment, Entry, Scalar } from './tree.ts';
import { branch, entry } from './tree.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws {SlipwayError} `sops/dotenv-syntax`, `sops/not-utf8` (a key). */
export function readDotenv(bytes: Buffer): Branch {
  const entries: (Entry | Comment)[] = [];
  // One character a byte: values may hold any bytes.
  const text = bytes.toString('latin1');
  let start = 0;
  text.split('\n').forEach((line, index) => {
    const at = { line: index + 1, column: 1 };
    if (line.startsWith('#')) {
      entries.push({ kind: 'comment', bytes: Buffer.from(line.slice(1), 'latin1'), inline: false });
    } else if (line !== '') {
      const split = line.indexOf('=');
      if (split === -1) {
        throw failure('dotenv-syntax', 'A line is neither a comment nor a key and value with = between them.', { at });
      }
      const value = Buffer.from(line.slice(split + 1).replaceAll('\\n', '\n'), 'latin1');
      const source = { start: start + split + 1, end: start + line.length, line: at.line, column: split + 2 };
      const key = decodeKey(line.slice(0, split), at);
      entries.push(
        entry(key, { kind: 'scalar', type: 'str', bytes: value, source }, { start, end: start + split, ...at }),
      );
    }
    start += line.length + 1;
  });
  return branch(entries);
}

function decodeKey(latin1: string, at: { line: number; column: number }): string {
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'));
  } catch (cause) {
    throw failure('not-utf8', 'A key is not valid UTF-8.', { at, cause });
  }
}

/** @throws {SlipwayError} `sops/unsupported-value` for a map or list. */
export function emitDotenv(root: Branch): Buffer {
  const parts: Buffer[] = [];
  for (const item of root.entries) {
    if (item.kind === 'comment') {
      parts.push(Buffer.from('#'), item.bytes, NEWLINE);
      continue;
    }
    if (item.value.kind === 'map' || item.value.kind === 'list') {
      throw failure('unsupported-value', `dotenv has no place for the map or list under ${JSON.stringify(item.key)}.`);
    }
    const value = item.value.kind === 'null' ? Buffer.from('<nil>') : plainText(item.value);
    parts.push(Buffer.from(`${item.key}=`), escapeNewlines(value), NEWLINE);
  }
  return Buffer.concat(parts);
}

const NEWLINE = Buffer.from('\n');

function escapeNewlines(value: Buffer): Buffer {
  if (!value.includes(10)) return value;
  return Buffer.from(value.toString('latin1').replaceAll('\n', '\\n'), 'latin1');
}

/** stores.ValToString: a value as the formats write it that know text only. */
export function plainText({ type, bytes }: Scalar): Buffer {
  if (type === 'bool') return Buffer.from(bytes.toString() === 'True' ? 'true' : 'false');
  if (type === 'time') return Buffer.from(bytes.toString().replace(/\.\d+/, ''));
  if (type !== 'float') return bytes;
  const text = formatFloatG(parseFloatAsGo(bytes.toString()) ?? Number.NaN, 'E');
  return Buffer.from(/[.E]/.test(text) ? text : /^-?\d+$/.test(text) ? `${text}.0` : text);
}
