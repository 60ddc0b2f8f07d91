import { formatIdentity } from '../../manifest/index.ts';
import type { Change, Result, Standing } from '../../reconciler/index.ts';
import { formatChange, formatResult, newsFilter, sentenceOf, shortRevision, timeOf } from './format.ts';
import type { Report } from './report.ts';

const REDRAW_MS = 100;
const COLUMNS = 80;
const ROWS = 24;

/**
 * Lines that stay, and below them how far all is, drawn anew as it changes: how many are ready, and of those that are not
 * what each waits for.
 */
export class LiveView implements Report {
  readonly #stdout: NodeJS.WriteStream;
  readonly #clock: () => number;
  readonly #isNews = newsFilter();
  #standings: (() => readonly Standing[]) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #changes = 0;
  /** Lines of the lower part that are on the screen. */
  #drawn = 0;

  constructor(stdout: NodeJS.WriteStream, clock: () => number) {
    this.#stdout = stdout;
    this.#clock = clock;
  }

  readonly say = (sentence: string): void => {
    this.#print(sentence);
  };

  /** What a commit brings is too much to read; what happens by itself is why people watch. */
  readonly change = (change: Change): void => {
    this.#changes++;
    if (change.cause !== 'commit' || change.operation === 'deleted') this.#log(formatChange(change));
    this.#redraw();
  };

  readonly result = (result: Result): void => {
    if (this.#isNews(result) && (result.kind === 'failed' || result.kind === 'stalled')) {
      this.#log(formatResult(result));
    }
    this.#redraw();
  };

  readonly error = (error: unknown): void => {
    this.#print(sentenceOf(error));
  };

  readonly show = (standings: () => readonly Standing[]): void => {
    this.#standings = standings;
    this.#redraw();
  };

  readonly close = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draw();
    this.#standings = undefined;
    this.#drawn = 0;
  };

  #log(line: string): void {
    this.#print(`${timeOf(this.#clock())} ${line}`);
  }

  #print(text: string): void {
    this.#erase();
    this.#stdout.write(`${text}\n`);
    this.#redraw();
  }

  #redraw(): void {
    if (this.#standings === undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, REDRAW_MS);
  }

  #draw(): void {
    if (this.#standings === undefined) return;
    const { columns, rows } = this.#stdout;
    // A terminal that does not know its size says 0.
    const lines = viewOf(this.#standings(), this.#changes, columns || COLUMNS, Math.ceil((rows || ROWS) / 2));
    this.#erase();
    this.#stdout.write(lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #erase(): void {
    // Up so many lines, to the first column, and away with all below.
    if (this.#drawn > 0) this.#stdout.write(`\x1b[${this.#drawn}F\x1b[J`);
    this.#drawn = 0;
  }
}

/** The lower part, of at most so many columns and rows. */
export function viewOf(
  standings: readonly Standing[],
  changes: number,
  columns: number,
  rows: number,
): readonly string[] {
  const counted = standings.filter(({ state }) => state !== 'suspended');
  const ready = counted.filter(({ state }) => state === 'ready');
  const others = counted
    .filter(({ state }) => state !== 'ready')
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const head = [`${ready.length} of ${counted.length} ready`, `${changes} changes`, ...revisionsOf(ready)].join(', ');
  const room = Math.max(rows - 1, 1);
  const shown = others.length > room ? others.slice(0, room - 1) : others;
  const more = others.length - shown.length;
  const lines = [head, ...shown.map(lineOf), ...(more > 0 ? [`  and ${more} more`] : [])];
  return lines.map((line) => (line.length >= columns ? `${line.slice(0, Math.max(columns - 2, 1))}…` : line));
}

const ORDER: readonly Standing['state'][] = ['under way', 'failed', 'waiting'];

/** What the ready Kustomizations are at, where it is one revision. */
function revisionsOf(ready: readonly Standing[]): readonly string[] {
  const revisions = new Set(
    ready.filter(({ identity }) => identity.kind === 'Kustomization').map(({ revision }) => revision),
  );
  const [only] = revisions;
  return only === undefined || revisions.size > 1 ? [] : [shortRevision(only)];
}

function lineOf({ identity, state, message, unhealthy }: Standing): string {
  const waitsFor = unhealthy.slice(0, 3).map(formatIdentity).join(', ');
  const more = unhealthy.length > 3 ? ` and ${unhealthy.length - 3} more` : '';
  const why =
    state === 'under way' ? (waitsFor === '' ? '' : `waits for ${waitsFor}${more}`) : (message.split('\n')[0] ?? '');
  return `  ${state.padEnd(9)}  ${formatIdentity(identity)}${why === '' ? '' : `: ${why}`}`;
}
