import { SlipwayError } from '../../errors.ts';
import { Budget, type YamlError } from './yaml-error.ts';

export interface Position {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
}

/** A text with its lines, for as long as anybody may ask where something stands. */
export class YamlSource {
  readonly text: string;
  readonly file: string | undefined;
  readonly budget = new Budget();
  #lineStarts: readonly number[] | undefined;

  constructor(text: string, file: string | undefined) {
    this.text = text;
    this.file = file;
  }

  positionAt(offset: number): Position {
    const starts = (this.#lineStarts ??= lineStarts(this.text));
    let line = 0;
    for (let above = starts.length; above - line > 1;) {
      const middle = (line + above) >>> 1;
      if ((starts[middle] ?? 0) <= offset) line = middle;
      else above = middle;
    }
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  }

  /** The error as users see it. */
  error(error: YamlError): SlipwayError {
    return new SlipwayError({
      code: `manifest/${error.problem}`,
      message: error.message,
      place: { file: this.file, ...this.positionAt(error.offset) },
    });
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}
