/**
 * Tree -> YAML text, byte for byte as sops writes it: what stores/yaml/store.go makes of the tree's comments, and
 * what go-yaml v3's emitter (emitterc.go) makes of that. Two indents of the emitter's own make: nested maps go to the
 * next multiple of the indent, a list inside a list to the dash plus two.
 *
 * go-yaml keeps one pending head, line, foot and tail comment, which the next node overwrites or prints; a comment
 * that it moves or loses is moved or lost here as well.
 */
import { formatFloatG, parseFloatAsGo } from '../go-numbers.ts';
import type { Branch, Comment, Entry, List, Scalar, Value } from '../tree.ts';
import { isBreak } from './characters.ts';
import type { WrittenScalar } from './scalar-style.ts';
import { analyze, chooseStyle, escapeDouble, writePlain, writeString } from './scalar-style.ts';

/** sops's own indent (stores/yaml/store.go: IndentDefault). */
export const DEFAULT_INDENT = 4;

export function emitYaml(documents: readonly Branch[], indent: number = DEFAULT_INDENT): string {
  const emitter = new Emitter(indent);
  documents.forEach((document, index) => {
    emitter.document(document, index === 0);
  });
  return emitter.text;
}

/** The lines of some entries of a map that stands at this column, without those before or after. */
export function emitEntries(entries: readonly (Entry | Comment)[], column: number, indent: number): string {
  const emitter = new Emitter(indent);
  emitter.entriesAt(entries, column);
  return emitter.text;
}

/** A scalar as the value of a key at this column; a block of text brings its line breaks along, but not the last. */
export function emitScalarAt(value: Value, column: number, indent: number): string | undefined {
  if (value.kind === 'list' || value.kind === 'map') return undefined;
  const emitter = new Emitter(indent);
  emitter.scalarAt(value, column);
  return emitter.text;
}

interface Comments {
  readonly head: string;
  readonly line: string;
  readonly foot: string;
}

const NONE: Comments = { head: '', line: '', foot: '' };

interface Child<T> {
  readonly item: T;
  readonly head: string;
  readonly line: string;
  foot: string;
}

/** Comments given to the collection as a whole and to its children (store.go: appendTreeBranch, appendSequence). */
function assignComments<T extends Value | Entry>(
  items: readonly (T | Comment)[],
): { head: string; children: Child<T>[] } {
  let head = '';
  let heads: string[] = [];
  let lines: string[] = [];
  const children: Child<T>[] = [];
  const join = (texts: readonly string[]) => (texts.length === 0 ? '' : `#${texts.join('\n#')}`);
  for (const item of items) {
    if (item.kind === 'comment') {
      (item.inline ? lines : heads).push(item.bytes.toString());
      continue;
    }
    if (children.length === 0) {
      head = join(heads);
      heads = [];
    }
    children.push({ item, head: join(heads), line: join(lines), foot: '' });
    heads = [];
    lines = [];
  }
  const rest = join([...heads, ...lines]);
  const last = children.at(-1);
  if (last === undefined) head = rest;
  else last.foot = rest;
  return { head, children };
}

const joinComments = (...comments: readonly string[]) => comments.filter((comment) => comment !== '').join('\n');

class Emitter {
  text = '';
  private readonly best: number;
  private column = 0;
  private whitespace = true;
  private indention = true;
  private indent = -1;
  private readonly indents: number[] = [];
  private footIndent = -1;
  private head = '';
  private line = '';
  private foot = '';
  private tail = '';
  private keyLine = '';

  constructor(indent: number) {
    // emitterc.go: yaml_emitter_emit_stream_start.
    this.best = indent >= 2 && indent <= 9 ? indent : 2;
  }

  document(root: Branch, isFirst: boolean): void {
    if (!isFirst) {
      this.writeIndent();
      this.indicator('---', true, false, false);
      this.writeIndent();
    }
    const { head, children } = assignComments(root.entries);
    this.announce({ ...NONE, head });
    this.processHead();
    this.processLine();
    this.processFoot();
    this.mapping(children, NONE, false);
    this.footIndent = 0;
    this.processFoot();
    this.footIndent = -1;
    this.writeIndent();
  }

  entriesAt(entries: readonly (Entry | Comment)[], column: number): void {
    const { head, children } = assignComments(entries);
    this.indents.push(-1);
    this.indent = column;
    this.announce({ ...NONE, head });
    this.processHead();
    this.pairs(children);
    this.announce({ ...NONE }, children.at(-1)?.foot);
    this.processHead();
    if (this.column > 0) this.putBreak();
  }

  scalarAt(value: Value, column: number): void {
    this.indent = column;
    this.scalar(writtenValue(value), false, false);
  }

  private announce({ head, line, foot }: Comments, tail = ''): void {
    if (head !== '') this.head = head;
    if (line !== '') this.line = line;
    if (foot !== '') this.foot = foot;
    if (tail !== '') this.tail = tail;
  }

  private mapping(children: readonly Child<Entry>[], own: Comments, inSequence: boolean): void {
    if (children.length === 0) {
      this.indicator('{', true, true, false);
      this.pushIndent(true, inSequence);
      this.announce({ ...own, head: '' });
      this.processHead();
      this.popIndent();
      this.indicator('}', false, false, false);
      this.processLine();
      this.processFoot();
      return;
    }
    this.pushIndent(false, inSequence);
    this.pairs(children);
    this.announce({ ...own, head: '' }, children.at(-1)?.foot);
    this.processHead();
    this.popIndent();
  }

  private pairs(children: readonly Child<Entry>[]): void {
    for (const { item, head, line } of children) {
      this.announce({ ...NONE, head });
      this.processHead();
      this.writeIndent();
      if (this.line !== '') {
        this.keyLine = this.line;
        this.line = '';
      }
      const key = writeString(Buffer.from(item.key));
      const isSimple = isSimpleKey(key);
      if (!isSimple) this.indicator('?', true, false, true);
      this.scalar(key, isSimple, false);
      this.value(item.value, line, isSimple);
    }
  }

  private value(value: Value, line: string, isSimple: boolean): void {
    const start = startOf(value, { ...NONE, line });
    this.announce(start.comments);
    if (isSimple) {
      this.indicator(':', false, false, false);
    } else {
      this.writeIndent();
      this.indicator(':', true, false, true);
    }
    if (this.keyLine !== '') {
      if (start.scalar === undefined) {
        [this.line, this.keyLine] = [this.keyLine, this.line];
        this.processLine();
        [this.line, this.keyLine] = [this.keyLine, this.line];
      } else if (this.line === '') {
        this.line = this.keyLine;
        this.keyLine = '';
      }
    }
    this.node(start, false);
  }

  private sequence(children: readonly Child<Value>[], own: Comments, inSequence: boolean): void {
    if (children.length === 0) {
      this.indicator('[', true, true, false);
      this.pushIndent(true, inSequence);
      this.announce({ ...own, head: '' });
      this.popIndent();
      if (this.column === 0) this.writeIndent();
      this.indicator(']', false, false, false);
      this.processLine();
      this.processFoot();
      return;
    }
    this.pushIndent(false, inSequence);
    for (const { item, head, line, foot } of children) {
      const start = startOf(item, { head, line, foot });
      this.announce(start.comments);
      this.processHead();
      this.writeIndent();
      this.indicator('-', true, false, true);
      this.node(start, true);
    }
    this.announce({ ...own, head: '' });
    this.popIndent();
  }

  private node(start: Start, inSequence: boolean): void {
    if (start.scalar !== undefined) this.scalar(start.scalar, false, inSequence);
    this.processLine();
    this.processFoot();
    if (start.map !== undefined) this.mapping(start.map, start.own, inSequence);
    if (start.list !== undefined) this.sequence(start.list, start.own, inSequence);
  }

  private scalar(scalar: WrittenScalar, isSimple: boolean, inSequence: boolean): void {
    const style = chooseStyle(scalar, analyze(scalar.text), isSimple);
    if (scalar.tag !== '') {
      if (!this.whitespace) this.put(' ');
      this.put(scalar.tag);
      this.whitespace = false;
      this.indention = false;
    }
    this.pushIndent(true, inSequence);
    switch (style) {
      case 'plain':
        if (scalar.text !== '' && !this.whitespace) this.put(' ');
        this.put(scalar.text);
        if (scalar.text !== '') this.whitespace = false;
        this.indention = false;
        break;
      case 'single':
        this.single(scalar.text);
        break;
      case 'double':
        this.indicator('"', true, false, false);
        this.put(escapeDouble(scalar.text));
        this.indicator('"', false, false, false);
        break;
      case 'literal':
      case 'folded':
        this.literal(scalar.text);
        break;
    }
    this.popIndent();
  }

  /** Only LS and PS can be breaks here: text with a line feed is a block. */
  private single(text: string): void {
    this.indicator("'", true, false, false);
    let afterBreak = false;
    for (const character of text) {
      if (character !== ' ' && isBreak(character.charCodeAt(0))) {
        this.putForeignBreak(character);
        afterBreak = true;
        continue;
      }
      if (character !== ' ') {
        if (afterBreak) this.writeIndent();
        afterBreak = false;
        this.indention = false;
      }
      this.put(character === "'" ? "''" : character);
    }
    this.indicator("'", false, false, false);
  }

  private literal(text: string): void {
    const first = text.charCodeAt(0);
    const last = text.charCodeAt(text.length - 1);
    // go-yaml writes its own indent here even where the block is indented by less, so that nobody can read it back.
    const width = /^\n+$/.test(text) ? this.best : this.indent - Math.max(this.indents.at(-1) ?? 0, 0);
    const hint = first === 32 || isBreak(first) ? String(width) : '';
    let chomping = '';
    if (!isBreak(last)) chomping = '-';
    else if (text.length === 1 || isBreak(text.charCodeAt(text.length - 2))) chomping = '+';
    this.indicator('|', true, false, false);
    if (hint !== '') this.indicator(hint, false, false, false);
    if (chomping !== '') this.indicator(chomping, false, false, false);
    if (this.line === '') this.putBreak();
    else this.processLine();
    this.whitespace = true;
    let breaks = true;
    for (const part of text.split(/(?<=[\n\u2028\u2029])|(?=[\n\u2028\u2029])/)) {
      if (part === '\n') {
        this.putBreak();
        breaks = true;
      } else if (part === '\u2028' || part === '\u2029') {
        this.putForeignBreak(part);
        breaks = true;
      } else {
        if (breaks) this.writeIndent();
        this.put(part);
        this.indention = false;
        breaks = false;
      }
    }
  }

  private pushIndent(flow: boolean, inSequence: boolean): void {
    this.indents.push(this.indent);
    if (this.indent < 0) this.indent = flow ? this.best : 0;
    else if (inSequence) this.indent += 2;
    else this.indent = this.best * Math.floor((this.indent + this.best) / this.best);
  }

  private popIndent(): void {
    this.indent = this.indents.pop() ?? -1;
  }

  private put(text: string): void {
    this.text += text;
    this.column += text.length;
  }

  private putBreak(): void {
    this.text += '\n';
    this.column = 0;
    this.indention = true;
  }

  private putForeignBreak(character: string): void {
    this.text += character;
    this.column = 0;
    this.indention = true;
  }

  private indicator(text: string, needsSpace: boolean, isSpace: boolean, isIndention: boolean): void {
    if (needsSpace && !this.whitespace) this.put(' ');
    this.put(text);
    this.whitespace = isSpace;
    this.indention = this.indention && isIndention;
  }

  private writeIndent(): void {
    const indent = Math.max(this.indent, 0);
    if (!this.indention || this.column > indent || (this.column === indent && !this.whitespace)) this.putBreak();
    if (this.footIndent === indent) this.putBreak();
    if (this.column < indent) this.put(' '.repeat(indent - this.column));
    this.whitespace = true;
    this.footIndent = -1;
  }

  private processHead(): void {
    if (this.tail !== '') {
      this.writeIndent();
      this.comment(this.tail);
      this.tail = '';
      this.footIndent = Math.max(this.indent, 0);
    }
    if (this.head === '') return;
    this.writeIndent();
    this.comment(this.head);
    this.head = '';
  }

  private processLine(): void {
    if (this.line === '') return;
    if (!this.whitespace) this.put(' ');
    this.comment(this.line);
    this.line = '';
  }

  private processFoot(): void {
    if (this.foot === '') return;
    this.writeIndent();
    this.comment(this.foot);
    this.foot = '';
    this.footIndent = Math.max(this.indent, 0);
  }

  private comment(text: string): void {
    text.split('\n').forEach((line, index, lines) => {
      if (line !== '') {
        if (index > 0) this.writeIndent();
        this.put(line.startsWith('#') ? line : `# ${line}`);
        this.indention = false;
      }
      if (index < lines.length - 1 || line !== '') this.putBreak();
    });
    this.whitespace = true;
  }
}

/** go-yaml's limit for a key without `?`: 128 bytes, on one line. */
function isSimpleKey(key: WrittenScalar): boolean {
  return Buffer.byteLength(key.text) + key.tag.length <= 128 && !analyze(key.text).multiline;
}

interface Start {
  readonly comments: Comments;
  /** Comments that a collection keeps until its end. */
  readonly own: Comments;
  readonly scalar?: WrittenScalar;
  readonly map?: readonly Child<Entry>[];
  readonly list?: readonly Child<Value>[];
}

function startOf(value: Value, comments: Comments): Start {
  if (value.kind !== 'map' && value.kind !== 'list') return { comments, own: NONE, scalar: writtenValue(value) };
  const own = { ...comments, head: '' };
  const { head, children } = value.kind === 'map' ? mapChildren(value) : listChildren(value);
  const start = { comments: { ...NONE, head: joinComments(comments.head, head) }, own };
  return children.kind === 'map' ? { ...start, map: children.of } : { ...start, list: children.of };
}

function mapChildren(map: Branch) {
  const { head, children } = assignComments(map.entries);
  return { head, children: { kind: 'map', of: children } as const };
}

function listChildren(list: List) {
  const { head, children } = assignComments(list.items);
  return { head, children: { kind: 'list', of: children } as const };
}

function writtenValue(value: Value): WrittenScalar {
  return value.kind === 'scalar' ? writtenScalar(value) : writePlain('null');
}

function writtenScalar({ type, bytes }: Scalar): WrittenScalar {
  switch (type) {
    case 'str':
      return writeString(bytes);
    case 'bool':
      return writePlain(bytes.toString() === 'True' ? 'true' : 'false');
    case 'float':
      return writePlain(writtenFloat(bytes.toString()));
    case 'int':
    case 'time':
      return writePlain(bytes.toString());
  }
}

function writtenFloat(text: string): string {
  if (text === 'NaN') return '.nan';
  if (text === '+Inf') return '.inf';
  if (text === '-Inf') return '-.inf';
  return formatFloatG(parseFloatAsGo(text) ?? Number.NaN);
}
