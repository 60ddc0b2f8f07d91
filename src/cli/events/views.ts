import { commitOf, shortRevision } from '../../flux/index.ts';
import { formatIdentity } from '../../manifest/index.ts';
import type { AuditEntry, Happening } from '../../reconciler/index.ts';
import { fieldName } from '../diff/field.ts';
import { type Terminal, wrapped } from '../terminal.ts';

const INDENT = '    ';
const MAX_FIELDS = 5;

/** What happened: when, to which object, and below that the rest. */
export function happeningText(happening: Happening, terminal: Terminal): string {
  const { width, paint } = terminal;
  const room = width === undefined ? Infinity : Math.max(width - INDENT.length, 20);
  const time = new Date(happening.time).toISOString().replace(/\.\d+Z$/, 'Z');
  const head = `${paint(time, 'dim')} ${paint(formatIdentity(happening.object), 'bold')}  ${whatText(happening, terminal)}`;
  const rest = detailsOf(happening).flatMap((line) => wrapped(line, room));
  return `${[head, ...rest.map((line) => `${INDENT}${line}`)].join('\n')}\n`;
}

function whatText(happening: Happening, { paint }: Terminal): string {
  if (happening.kind === 'change') return paint(happening.change.operation, 'green');
  const { reason, count, isWarning } = happening;
  return paint(count > 1 ? `${reason}, ${count} times` : reason, isWarning ? 'red' : undefined);
}

function detailsOf(happening: Happening): readonly string[] {
  if (happening.kind === 'event') return shortRevision(happening.message).trim().split('\n');
  return changeDetails(happening.change);
}

/** By whom, from which commit and why a change was made, and which fields it changed. */
export function changeDetails({ kustomization, revision, commit, fields, cause }: AuditEntry): readonly string[] {
  const by =
    commit === undefined ? shortRevision(revision) : (commitOf(revision)?.slice(0, 12) ?? shortRevision(revision));
  const others = fields.length - MAX_FIELDS;
  const names = fields
    .slice(0, MAX_FIELDS)
    .map((pointer) => fieldName(pointer))
    .join(', ');
  return [
    `by Kustomization/${kustomization} at ${by}${commit === undefined ? '' : `, ${commit.author}: ${commit.subject}`} (${cause})`,
    ...(names === '' ? [] : [others > 0 ? `${names} and ${others} more` : names]),
  ];
}

/** For programs. */
export function happeningJson(happening: Happening): string {
  const { time, object, ...rest } = happening;
  const said =
    rest.kind === 'change'
      ? { ...rest.change, time: undefined, object: undefined, kind: undefined }
      : {
          type: rest.isWarning ? 'Warning' : 'Normal',
          reason: rest.reason,
          message: rest.message,
          count: rest.count,
          revision: rest.revision,
        };
  return `${JSON.stringify({ time: new Date(time).toISOString(), what: rest.kind, object, ...said })}\n`;
}
