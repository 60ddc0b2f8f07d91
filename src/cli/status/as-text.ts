import { isAtRest, type ReadinessState, shortRevision } from '../../flux/index.ts';
import { formatIdentity } from '../../manifest/index.ts';
import { formatHolder, type FluxObject, whyNot } from '../../reconciler/index.ts';
import { causeLines } from '../live/cause-lines.ts';
import { ageOf, type Cell, type Colour, tableLines, type Terminal } from '../terminal.ts';
import { isInTrouble, type StatusReport, unreadyObjects } from './report.ts';

export const SIGNS: Readonly<Record<ReadinessState, { readonly sign: string; readonly colour: Colour }>> = {
  ready: { sign: '✓', colour: 'green' },
  progressing: { sign: '◌', colour: 'yellow' },
  waiting: { sign: '◌', colour: 'yellow' },
  failed: { sign: '✗', colour: 'red' },
  stalled: { sign: '✗', colour: 'red' },
  suspended: { sign: '‖', colour: 'dim' },
  unattended: { sign: '?', colour: 'yellow' },
  deleting: { sign: '–', colour: 'yellow' },
};
/** Of those that are in trouble, so many are told of at length. */
const MAX_CAUSES = 10;

/** For people at a terminal: every object on a line, then why those that failed did so. */
export function statusText(report: StatusReport, terminal: Terminal): string {
  const lines = [
    `${report.context} ${terminal.paint(report.server, 'dim')}`,
    ...keeperLines(report),
    '',
    ...tableLines(rowsOf(report), terminal),
    '',
    ...troubleLines(report, terminal),
    summary(report.objects),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * What fits onto a screen of so many rows: where not all does, a kind's objects that are ready are counted, and of the
 * others as many are shown as fit.
 */
export function statusScreen(report: StatusReport, terminal: Terminal, rows: number): string {
  const frame = [`${report.context} ${terminal.paint(report.server, 'dim')}`, ...keeperLines(report), ''];
  const last = ['', summary(report.objects)];
  const room = Math.max(rows - frame.length - last.length - 1, 1);
  const whole = tableLines(rowsOf(report), terminal);
  const table = whole.length <= room ? whole : tableLines(rowsOf(report, true), terminal);
  const shown = table.length <= room ? table : [...table.slice(0, room - 1), `… ${table.length - room + 1} more lines`];
  return `${[...frame, ...shown, ...last].join('\n')}\n`;
}

/** One object at length. */
export function objectText(one: FluxObject, report: StatusReport, terminal: Terminal): string {
  const cause = report.causes.get(one);
  return `${[fluxHead(one, report.now, terminal), ...(cause === undefined ? [] : causeLines(one, cause, terminal))].join('\n')}\n`;
}

/** What became of an object, in one line: for those who watch in a pipe. */
export function changeLine(one: FluxObject, time: string): string {
  const { identity, readiness } = one;
  const said = [readiness.state, whyNot(one)].filter((part) => part !== '').join(': ');
  return `${time} ${formatIdentity(identity)} ${said}${one.revision === '' ? '' : ` (${shortRevision(one.revision)})`}\n`;
}

function keeperLines({ keepers }: StatusReport): readonly string[] {
  if (keepers === undefined) return [];
  if (keepers.length === 0) return ['Nobody keeps it: no lease of a controller of Flux is held.'];
  const byHolder = new Map<string, string[]>();
  for (const { controller, holder } of keepers) byHolder.set(holder, [...(byHolder.get(holder) ?? []), controller]);
  return Array.from(byHolder, ([holder, controllers]) => {
    const isOne = byHolder.size === 1;
    return `kept by ${formatHolder(holder)}${isOne ? '' : ` (${controllers.join(', ')})`}`;
  });
}

function rowsOf({ objects, now }: StatusReport, countsReady = false): readonly (readonly Cell[])[] {
  const kinds = [...new Set(objects.map(({ identity }) => identity.kind))];
  return kinds.flatMap((kind) => {
    const ofKind = objects.filter(({ identity }) => identity.kind === kind);
    const shown = countsReady ? ofKind.filter(({ readiness }) => !isAtRest(readiness)) : ofKind;
    const hidden = ofKind.length - shown.length;
    const count: Cell[] = hidden === 0 ? [] : [{ text: `${hidden} at rest`, colour: 'dim' }];
    return [['', { text: kind, colour: 'bold' }, ...count], ...shown.map((one) => rowOf(one, now))];
  });
}

function rowOf(one: FluxObject, now: number): readonly Cell[] {
  const { sign, colour } = SIGNS[one.readiness.state];
  const { namespace, name } = one.identity;
  return [
    { text: sign, colour },
    `${namespace}/${name}`,
    shortRevision(one.revision),
    { text: ageOf(one.readiness.since, now), colour: 'dim' },
    { text: whyNot(one), colour },
  ];
}

function troubleLines({ objects, causes, now }: StatusReport, terminal: Terminal): readonly string[] {
  const inTrouble = objects.filter(isInTrouble);
  const lines = inTrouble.slice(0, MAX_CAUSES).flatMap((one) => {
    const cause = causes.get(one);
    return cause === undefined ? [] : [fluxHead(one, now, terminal), ...causeLines(one, cause, terminal), ''];
  });
  const others = inTrouble.length - MAX_CAUSES;
  return others > 0 ? [...lines, `${others} more: slipway status OBJECT tells of one.`, ''] : lines;
}

/** An object of Flux with how it stands, as the head of what is told of it. */
export function fluxHead({ identity, readiness, revision }: FluxObject, now: number, { paint }: Terminal): string {
  const { sign, colour } = SIGNS[readiness.state];
  const age = ageOf(readiness.since, now);
  const state = [readiness.state, age === '' ? '' : `for ${age}`].filter((part) => part !== '').join(' ');
  const at = revision === '' ? '' : `, at ${shortRevision(revision)}`;
  return `${paint(sign, colour)} ${paint(formatIdentity(identity), 'bold')}  ${paint(state, colour)}${at}`;
}

function summary(objects: readonly FluxObject[]): string {
  const unready = unreadyObjects(objects);
  const count = `${objects.length} object${objects.length === 1 ? '' : 's'}`;
  const suspended = objects.filter(({ readiness }) => readiness.state === 'suspended').length;
  const rest = suspended === 0 ? '' : `, ${suspended} suspended`;
  if (unready.length === 0) return `${count}, all ready${rest}.`;
  return `${unready.length} of ${count} ${unready.length === 1 ? 'is' : 'are'} not ready${rest}.`;
}
