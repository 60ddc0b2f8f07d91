/**
 * Changes in a YAML text, line by line: what did not change stays as it was written, with its quotes, blank lines and
 * comments. Whatever cannot be done so with certainty is not done at all.
 */
import type { Branch, Comment, Entry, List, Source, Value } from '../tree.ts';
import { areEqual, isEqual } from '../tree.ts';
import { emitEntries, emitScalarAt } from './emit.ts';
import { readYaml } from './read.ts';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Thrown within: this change cannot be made in place. */
class NotInPlace extends Error {}

/**
 * The text with these documents in place of those that it was read as; undefined where that cannot be done in place.
 *
 * @param before The documents as they were read from `source`.
 */
export function spliceYaml(source: string, before: readonly Branch[], after: readonly Branch[]): string | undefined {
  if (before.length !== after.length) return undefined;
  const splicer = new Splicer(source);
  try {
    before.forEach((document, index) => {
      const target = after[index];
      if (target !== undefined) splicer.changeMap(document, target);
    });
    const text = splicer.apply();
    return areEqual(readYaml(text), after) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The spaces of one level in a text: those before the first line that has any, and a key. */
export function detectIndent(source: string): number | undefined {
  const width = /^[^\s#-][^\n]*:[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( +)[^\s#-]/m.exec(source)?.[1]?.length;
  return width !== undefined && width >= 2 && width <= 9 ? width : undefined;
}

class Splicer {
  private readonly source: string;
  private readonly indent: number;
  private readonly newline: string;
  private readonly edits: Edit[] = [];

  constructor(source: string) {
    this.source = source;
    this.indent = detectIndent(source) ?? 4;
    this.newline = source.includes('\r\n') ? '\r\n' : '\n';
  }

  apply(): string {
    let text = '';
    let at = 0;
    for (const { start, end, text: inserted } of this.edits.sort((a, b) => a.start - b.start || a.end - b.end)) {
      if (start < at) throw new NotInPlace();
      text += this.source.slice(at, start) + inserted;
      at = end;
    }
    return text + this.source.slice(at);
  }

  changeMap(before: Branch, after: Branch): void {
    const old = before.entries;
    let i = 0;
    let pending: (Entry | Comment)[] = [];
    // Behind the last entry that stays: where what is new is written.
    let behind: Entry | undefined;
    const flush = (next?: Entry | Comment) => {
      if (pending.length === 0) return;
      this.insert(pending, behind, next);
      pending = [];
    };
    for (const item of after.entries) {
      const match = old.findIndex((other, index) => index >= i && isSame(other, item));
      if (match === -1) {
        pending.push(item);
        continue;
      }
      flush(old[match]);
      for (const gone of old.slice(i, match)) this.remove(gone);
      const matched = old[match];
      if (matched?.kind === 'entry' && item.kind === 'entry') {
        this.changeEntry(matched, item);
        behind = matched;
      } else {
        behind = undefined;
      }
      i = match + 1;
    }
    flush();
    for (const gone of old.slice(i)) this.remove(gone);
  }

  private changeEntry(before: Entry, after: Entry): void {
    if (isEqual(before, after)) return;
    const edits = this.edits.length;
    try {
      this.changeValue(before.value, after.value, before.source, false);
    } catch (error) {
      if (!(error instanceof NotInPlace)) throw error;
      this.edits.length = edits;
      const { start, end, column } = this.linesOf(before);
      this.edits.push({ start, end, text: this.emit([after], column) });
    }
  }

  private changeValue(before: Value, after: Value, parent: Source | undefined, inList: boolean): void {
    if (isEqual(before, after)) return;
    if (before.kind === 'map' && after.kind === 'map' && before.entries.length > 0 && after.entries.length > 0) {
      this.changeMap(before, after);
    } else if (before.kind === 'list' && after.kind === 'list') {
      this.changeList(before, after);
    } else {
      this.changeScalar(before, after, parent, inList);
    }
  }

  private changeList(before: List, after: List): void {
    if (before.items.length !== after.items.length) throw new NotInPlace();
    before.items.forEach((item, index) => {
      const target = after.items[index];
      if (target === undefined || isEqual(item, target)) return;
      if (item.kind === 'comment' || target.kind === 'comment') throw new NotInPlace();
      this.changeValue(item, target, item.source, true);
    });
  }

  private changeScalar(before: Value, after: Value, parent: Source | undefined, inList: boolean): void {
    const range = before.source;
    if (range === undefined || parent === undefined) throw new NotInPlace();
    if (before.kind === 'map' || before.kind === 'list' || range.start === range.end) throw new NotInPlace();
    // Within a list the block's own indent is not known here; only text of one line is written.
    const text = emitScalarAt(after, parent.column - 1, this.indent);
    if (text === undefined || (inList && text.includes('\n'))) throw new NotInPlace();
    const old = this.source.slice(range.start, range.end);
    const rest = /^[ \t]*(#[^\r\n]*)?/.exec(this.source.slice(range.end));
    if (text.includes('\n') && !old.includes('\n') && rest?.[1] !== undefined) throw new NotInPlace();
    const isBlock = /^[|>]/.test(old);
    const ended = isBlock && /[\r\n]$/.test(old);
    this.edits.push({
      start: range.start,
      end: range.end,
      text: this.adapt(ended ? `${text.replace(/\n$/, '')}\n` : text.replace(/\n$/, '')),
    });
  }

  /** Above the entry that follows; where a comment or nothing follows, behind the entry before. */
  private insert(items: readonly (Entry | Comment)[], behind: Entry | undefined, next?: Entry | Comment): void {
    if (next?.kind === 'entry') {
      const { start, column } = this.linesOf(next, true);
      this.edits.push({ start, end: start, text: this.emit(items, column) });
      return;
    }
    if (behind === undefined || endsWithComment(behind.value)) throw new NotInPlace();
    const { end, column, isEnded } = this.linesOf(behind, true);
    const text = this.emit(items, column);
    this.edits.push({ start: end, end, text: isEnded ? text : this.newline + text });
  }

  private remove(item: Entry | Comment): void {
    if (item.kind === 'comment') throw new NotInPlace();
    const { start, end } = this.linesOf(item);
    this.edits.push({ start, end, text: '' });
  }

  /**
   * The whole lines of an entry, and its column; not in place where it shares a line with anything else.
   *
   * @param withComment Whether a comment may stand behind it, in its last line.
   */
  private linesOf(
    { source, value }: Entry,
    withComment = false,
  ): { start: number; end: number; column: number; isEnded: boolean } {
    if (source === undefined || value.source === undefined) throw new NotInPlace();
    const start = this.source.lastIndexOf('\n', source.start - 1) + 1;
    if (!/^ *$/.test(this.source.slice(start, source.start))) throw new NotInPlace();
    let end = endOf(value);
    const atLineStart = end > 0 && this.source[end - 1] === '\n';
    if (!atLineStart) {
      const rest = /^[ \t]*(?:#[^\n]*)?(\r?\n|$)/.exec(this.source.slice(end));
      if (rest === null || (!withComment && rest[0].includes('#'))) throw new NotInPlace();
      end += rest[0].length;
    }
    const isEnded = end > 0 && this.source[end - 1] === '\n';
    return { start, end, column: source.start - start, isEnded };
  }

  private emit(items: readonly (Entry | Comment)[], column: number): string {
    return this.adapt(emitEntries(items, column, this.indent));
  }

  private adapt(text: string): string {
    return this.newline === '\n' ? text : text.replaceAll('\n', this.newline);
  }
}

/** Whether comments stand below the last value within, which its end does not count in. */
function endsWithComment(value: Value): boolean {
  const last = value.kind === 'map' ? value.entries.at(-1) : value.kind === 'list' ? value.items.at(-1) : undefined;
  if (last === undefined) return false;
  return last.kind === 'comment' || endsWithComment(last.kind === 'entry' ? last.value : last);
}

function endOf(value: Value): number {
  return value.source?.end ?? 0;
}

function isSame(before: Entry | Comment, after: Entry | Comment): boolean {
  if (before.kind === 'comment' || after.kind === 'comment') return isEqual(before, after);
  return before.key === after.key;
}
