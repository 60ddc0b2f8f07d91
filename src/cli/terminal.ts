import type { Io } from './command.ts';

export type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

const CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

/** How standard output shows text: in a pipe without colour and of any width. */
export interface Terminal {
  /** Columns; undefined where there is no limit. */
  readonly width: number | undefined;
  readonly paint: (text: string, colour: Colour | undefined) => string;
}

/** No colour in a pipe, on a terminal that has none, or where NO_COLOR is set (no-color.org). */
export function terminalOf({ stdout, env }: Pick<Io, 'stdout' | 'env'>): Terminal {
  if (!stdout.isTTY) return { width: undefined, paint: (text) => text };
  const hasColour = (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return {
    width: stdout.columns > 0 ? stdout.columns : undefined,
    paint: (text, colour) => {
      if (!hasColour || colour === undefined || text === '') return text;
      const [on, off] = CODES[colour];
      return `\u001b[${on}m${text}\u001b[${off}m`;
    },
  };
}

/** A cell of a table, or the text of it. */
export type Cell = string | { readonly text: string; readonly colour: Colour | undefined };

const GAP = 2;

/**
 * Rows with their columns one below the other, a line each, cut where the terminal ends. The last column takes what is
 * left; a column in which nothing stands is left out.
 */
export function tableLines(rows: readonly (readonly Cell[])[], { width, paint }: Terminal): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(0, ...rows.map((row) => textOf(row[at]).length)));
  return rows.map((row) => {
    let line = '';
    let used = 0;
    for (const [at, columnWidth] of widths.entries()) {
      if (columnWidth === 0) continue;
      const cell = row[at];
      const left = width === undefined ? Infinity : width - used;
      const text = cut(textOf(cell), left);
      line += paint(text, typeof cell === 'object' ? cell.colour : undefined);
      const padding = Math.min(columnWidth + GAP - text.length, Math.max(left - text.length, 0));
      line += ' '.repeat(padding);
      used += text.length + padding;
    }
    return line.trimEnd();
  });
}

/** Text in so many columns, with an ellipsis for what is left out. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 0 ? '' : `${text.slice(0, width - 1)}…`;
}

/** Text broken at spaces into lines of so many columns; a word that is longer stands on a line of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    for (const word of paragraph.split(' ')) {
      const last = lines.at(-1);
      if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    return lines;
  });
}

function textOf(cell: Cell | undefined): string {
  return cell === undefined ? '' : typeof cell === 'string' ? cell : cell.text;
}

const SECOND_MS = 1000;
const UNITS = [
  ['d', 86_400 * SECOND_MS],
  ['h', 3600 * SECOND_MS],
  ['m', 60 * SECOND_MS],
  ['s', SECOND_MS],
] as const;

/** How long ago a time was, in its greatest unit, as `12m`; '' where it is no time. */
export function ageOf(time: string, now: number): string {
  const age = now - Date.parse(time);
  if (Number.isNaN(age)) return '';
  const [unit, length] = UNITS.find(([, one]) => age >= one) ?? UNITS[3];
  return `${Math.max(0, Math.floor(age / length))}${unit}`;
}
