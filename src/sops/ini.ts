/**
 * INI <-> tree, as sops's store and gopkg.in/ini.v1 do it. Sections are maps under the root; keys before any section
 * are in DEFAULT. A `#` or `;` in a value that is not quoted begins a comment, so it is lost to the value: that is
 * what sops reads, and so what the MAC covers.
 */
import { plainText } from './dotenv.ts';
import { failure } from './failure.ts';
import type { Branch, Comment, Entry } from './tree.ts';
import { branch, entry } from './tree.ts';

const DEFAULT_SECTION = 'DEFAULT';

/** unicode.IsSpace of Go. */
const SPACES = '\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING = new RegExp(`^[${SPACES}]+`);
const AROUND = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, 'g');
const trimStart = (text: string) => text.replace(LEADING, '');
const trim = (text: string) => text.replace(AROUND, '');

interface Key {
  readonly name: string;
  value: string;
  comment: string;
  readonly line: number;
}

interface Section {
  readonly name: string;
  comment: string;
  readonly keys: Key[];
  readonly line: number;
}

/** @throws {SlipwayError} `sops/ini-syntax`. */
export function readIni(text: string): Branch {
  const sections = new Reader(text.replace(/^\ufeff/, '')).read();
  return branch(
    sections.map((section) => {
      const at = { start: 0, end: 0, line: section.line, column: 1 };
      return entry(section.name, branch(sectionEntries(section)), at);
    }),
  );
}

function sectionEntries(section: Section): (Entry | Comment)[] {
  const entries: (Entry | Comment)[] = [];
  if (section.comment !== '') entries.push(comment(section.comment));
  for (const key of section.keys) {
    const source = { start: 0, end: 0, line: key.line, column: 1 };
    entries.push(entry(key.name, { kind: 'scalar', type: 'str', bytes: Buffer.from(key.value), source }, source));
    // ini.v1 hangs a comment on the key below it; sops keeps it behind that key (treeItemFromSection).
    if (key.comment !== '') entries.push(comment(key.comment));
  }
  return entries;
}

function comment(text: string): Comment {
  const stripped = text.startsWith(';')
    ? text.replace(/^[; ]+/, '')
    : text.startsWith('#')
      ? text.replace(/^[# ]+/, '')
      : text;
  return { kind: 'comment', bytes: Buffer.from(stripped), inline: false };
}

class Reader {
  private readonly text: string;
  private pos = 0;
  private line = 0;
  private comment = '';

  constructor(text: string) {
    this.text = text;
  }

  read(): Section[] {
    let section: Section = { name: DEFAULT_SECTION, comment: '', keys: [], line: 1 };
    const sections = [section];
    let count = 1;
    while (this.pos < this.text.length) {
      const line = trimStart(this.readLine());
      if (line === '') continue;
      if (line.startsWith('#') || line.startsWith(';')) {
        this.comment += line;
      } else if (line.startsWith('[')) {
        section = this.readSection(line);
        sections.push(section);
        count = 1;
      } else {
        const at = this.line;
        const { name, rest } = this.readName(line);
        const value = this.readValue(rest);
        const keyName = name === '-' ? `#${count++}` : name;
        if (keyName === '') throw this.fail('a key has no name');
        const known = section.keys.find((key) => key.name === keyName);
        const key = known ?? { name: keyName, value, comment: '', line: at };
        if (known === undefined) section.keys.push(key);
        key.value = value;
        key.comment = this.takeComment();
      }
    }
    return sections;
  }

  private readLine(): string {
    const end = this.text.indexOf('\n', this.pos);
    const line = this.text.slice(this.pos, end === -1 ? undefined : end + 1);
    this.pos += line.length;
    this.line++;
    return line;
  }

  private takeComment(): string {
    const comment = trim(this.comment);
    this.comment = '';
    return comment;
  }

  private readSection(line: string): Section {
    const close = line.lastIndexOf(']');
    if (close === -1) throw this.fail('a section lacks its ]');
    const name = line.slice(1, close);
    if (name === '') throw this.fail('a section has no name');
    this.comment += /[#;][^]*$/.exec(line.slice(close + 1))?.[0] ?? '';
    return { name, comment: this.takeComment(), keys: [], line: this.line };
  }

  private readName(line: string): { name: string; rest: string } {
    const quote = line.startsWith('"""') && line.length > 6 ? '"""' : /^["`]/.test(line) ? line.slice(0, 1) : '';
    if (quote === '') {
      const end = line.search(/[=:]/);
      if (end === -1) throw this.fail('a line has neither = nor :');
      if (end === 0) throw this.fail('a key has no name');
      return { name: trim(line.slice(0, end)), rest: line.slice(end + 1) };
    }
    const close = line.indexOf(quote, quote.length);
    if (close === -1) throw this.fail('the quotes of a key are not closed');
    const end = line.slice(close + quote.length).search(/[=:]/);
    if (end === -1) throw this.fail('a line has neither = nor :');
    return { name: trim(line.slice(quote.length, close)), rest: line.slice(close + quote.length + end + 1) };
  }

  private readValue(written: string): string {
    const line = trimStart(written);
    if (line === '') return '';
    const quote = line.startsWith('"""') && line.length > 3 ? '"""' : line.startsWith('`') ? '`' : '';
    if (quote !== '') {
      const close = line.lastIndexOf(quote);
      return close >= quote.length ? line.slice(quote.length, close) : this.readLines(line.slice(quote.length), quote);
    }
    let value = trim(line);
    if (value.endsWith('\\')) return this.readContinuation(value.slice(0, -1));
    const comment = value.search(/[#;]/);
    if (comment !== -1) {
      this.comment += value.slice(comment);
      value = trim(value.slice(0, comment));
    }
    const isQuoted = (mark: string) =>
      value.length >= 2 && value.startsWith(mark) && value.indexOf(mark, 1) === value.length - 1;
    return isQuoted("'") || isQuoted('"') ? value.slice(1, -1) : value;
  }

  private readLines(first: string, quote: string): string {
    let value = first;
    while (this.pos < this.text.length) {
      const next = this.readLine();
      const close = next.lastIndexOf(quote);
      if (close === -1 || trim(next.slice(close + quote.length)).endsWith('\\')) {
        value += next;
        continue;
      }
      const after = /[#;][^]*$/.exec(next.slice(close))?.[0];
      if (after !== undefined) this.comment += trim(after);
      return value + next.slice(0, close);
    }
    throw this.fail('the quotes of a value are not closed');
  }

  private readContinuation(first: string): string {
    let value = first;
    while (this.pos < this.text.length) {
      const next = trim(this.readLine());
      if (next === '') break;
      value += next;
      if (!value.endsWith('\\')) break;
      value = value.slice(0, -1);
    }
    return value;
  }

  private fail(message: string): Error {
    return failure('ini-syntax', `The file is not valid INI: ${message}.`, { at: { line: this.line, column: 1 } });
  }
}

/** @throws {SlipwayError} `sops/unsupported-value` where the tree is not sections of values. */
export function emitIni(root: Branch): Buffer {
  const sections = root.entries.filter((item) => item.kind === 'entry');
  let text = '';
  sections.forEach(({ key: name, value }, index) => {
    if (value.kind !== 'map') {
      throw failure('unsupported-value', `INI has no place for ${JSON.stringify(name)} outside of a section.`);
    }
    const { sectionComment, keys } = gather(value);
    text += emitComment(sectionComment);
    if (index > 0 || name.toUpperCase() !== DEFAULT_SECTION) text += `[${name}]\n`;
    else if (keys.length === 0) return;
    text += emitKeys(keys);
    if (index < sections.length - 1) text += '\n';
  });
  return Buffer.from(text);
}

interface WrittenKey {
  readonly name: string;
  readonly value: string;
  comment: string;
}

function gather(section: Branch): { sectionComment: string; keys: WrittenKey[] } {
  let sectionComment = '';
  const keys: WrittenKey[] = [];
  section.entries.forEach((item, index) => {
    if (item.kind === 'comment') {
      const last = keys.at(-1);
      if (index === 0) sectionComment = item.bytes.toString();
      else if (last !== undefined) last.comment = item.bytes.toString();
      return;
    }
    if (item.value.kind === 'map' || item.value.kind === 'list') {
      throw failure('unsupported-value', `INI has no place for the map or list under ${JSON.stringify(item.key)}.`);
    }
    const value = item.value.kind === 'null' ? '<nil>' : plainText(item.value).toString();
    keys.push({ name: item.key, value, comment: '' });
  });
  return { sectionComment, keys };
}

function emitComment(comment: string): string {
  if (comment === '') return '';
  const lines = comment
    .split('\n')
    .map((line) => (/^[#;]/.test(line) ? `${line.slice(0, 1)} ${trim(line.slice(1))}` : `; ${line}`));
  return `${lines.join('\n')}\n`;
}

/** Keys of a section with their `=` aligned (ini.v1 file.go: writeToBuffer, PrettyFormat). */
function emitKeys(keys: readonly WrittenKey[]): string {
  const names = keys.map(({ name }) => emitName(name));
  const width = Math.max(...names.map((name) => Buffer.byteLength(name)), 0);
  return keys
    .map(({ value, comment }, index) => {
      const name = names[index] ?? '';
      return `${emitComment(comment)}${name}${' '.repeat(width - Buffer.byteLength(name))} = ${emitValue(value)}\n`;
    })
    .join('');
}

function emitName(name: string): string {
  if (/["=:]/.test(name)) return `\`${name}\``;
  return name.includes('`') ? `"""${name}"""` : name;
}

function emitValue(value: string): string {
  if (/[\n`]/.test(value)) return `"""${value}"""`;
  if (/[#;]/.test(value)) return `\`${value}\``;
  return trim(value) === value ? value : `"${value}"`;
}
