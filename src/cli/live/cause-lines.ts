import { formatIdentity } from '../../manifest/index.ts';
import type { FluxObject, Unwell } from '../../reconciler/index.ts';
import { type Terminal, wrapped } from '../terminal.ts';
import type { Cause } from './cause.ts';
import type { KnownCommit } from './commits.ts';
import { fileText } from './origins.ts';

const LABEL_WIDTH = 11;
const INDENT = 2;
const MAX_UNWELL = 5;

/** Why an object is as it is, below its head: a label and what it says on each line. */
export function causeLines({ readiness, waitsFor }: FluxObject, cause: Cause, terminal: Terminal): readonly string[] {
  const { reason, message } = readiness;
  const said = [reason, message].filter((part) => part !== '').join(': ');
  const { commit, madeBy, unwell, remedy } = cause;
  return [
    ...labelled('status', [said], terminal),
    ...labelled(
      'waits for',
      waitsFor.map(({ identity, why }) => `${formatIdentity(identity)}, which ${why}`),
      terminal,
    ),
    ...labelled('not well', unwellLines(unwell), terminal),
    ...labelled('commit', commit === undefined ? [] : commitLines(commit), terminal),
    ...labelled('file', madeBy === undefined ? [] : [fileText(madeBy)], terminal),
    ...labelled(
      'made by',
      (madeBy?.source ?? []).map((line, at) => (at === 0 ? line : `from ${line}`)),
      terminal,
    ),
    ...labelled('to do', remedy === undefined ? [] : [remedy], terminal),
  ];
}

/** `  label      text`, the text broken where a terminal ends; nothing where there is none. */
export function labelled(label: string, texts: readonly string[], { width, paint }: Terminal): readonly string[] {
  const room = width === undefined ? Infinity : Math.max(width - INDENT - LABEL_WIDTH, 20);
  const lines = texts.flatMap((text) => wrapped(text, room));
  const margin = ' '.repeat(INDENT);
  return lines.map(
    (line, at) => `${margin}${at === 0 ? paint(label.padEnd(LABEL_WIDTH), 'dim') : ' '.repeat(LABEL_WIDTH)}${line}`,
  );
}

export function commitLines({ hash, author, date, subject }: KnownCommit): readonly string[] {
  const by = [author, date].filter((part) => part !== undefined).join(', ');
  return [
    [hash.slice(0, 12), by].filter((part) => part !== '').join('  '),
    ...(subject === undefined ? [] : [subject]),
  ];
}

function unwellLines(unwell: readonly Unwell[]): readonly string[] {
  const lines = unwell
    .slice(0, MAX_UNWELL)
    .flatMap(({ identity, health, pods }) => [
      `${formatIdentity(identity)} ${health.status}: ${health.message}`,
      ...pods.map((line) => `  ${line}`),
    ]);
  const others = unwell.length - MAX_UNWELL;
  return others > 0 ? [...lines, `and ${others} more`] : lines;
}
