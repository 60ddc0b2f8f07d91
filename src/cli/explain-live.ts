import { commitOf, formatTime, shortRevision } from '../flux/index.ts';
import { formatIdentity } from '../manifest/index.ts';
import {
  type AuditEntry,
  findObject,
  type FluxObject,
  parseQuery,
  saidByPods,
  surveyCluster,
  type Trace,
  traceObject,
  whyNot,
} from '../reconciler/index.ts';
import { withCluster } from './cluster.ts';
import { type Arguments, type Io, isJson, type Status } from './command.ts';
import { changeDetails } from './events/views.ts';
import { auditNotes } from './live/audit-notes.ts';
import { type Cause, causeOf } from './live/cause.ts';
import { causeData } from './live/cause-data.ts';
import { causeLines, commitLines, labelled } from './live/cause-lines.ts';
import { createCheckout } from './live/checkout.ts';
import { createCommits, type KnownCommit } from './live/commits.ts';
import { directoryOf } from './live/operands.ts';
import { createOrigins, fileText, type MadeBy } from './live/origins.ts';
import { fluxObjectData } from './status/as-data.ts';
import { fluxHead } from './status/as-text.ts';
import { type Terminal, terminalOf } from './terminal.ts';

interface LiveExplanation {
  readonly trace: Trace;
  /** What pods say of why they are not ready. */
  readonly pods: readonly string[];
  /** At which what applied it is. */
  readonly commit: KnownCommit | undefined;
  readonly madeBy: MadeBy | undefined;
  /** The newest in the audit log. */
  readonly lastChange: AuditEntry | undefined;
  /** Of what applied it, where that is not ready. */
  readonly causes: ReadonlyMap<FluxObject, Cause>;
}

/** `slipway explain --live`: what brought an object of the cluster there, and why it is not well. */
export function explainLive(args: Arguments, query: string, io: Io): Promise<Status> {
  const asJson = isJson(args.options.output);
  return withCluster<Status>(args, io, async (client) => {
    const now = Date.now();
    const [object, objects] = await Promise.all([findObject(client, parseQuery(query)), surveyCluster(client)]);
    const trace = await traceObject(client, object, objects, now);
    const notes = await auditNotes(client, io.env);
    const directory = directoryOf(args, io);
    const commits = createCommits(directory ?? io.cwd, notes.commit);
    const checkout = createCheckout(directory, objects, io);
    const context = { client, objects, commits, origins: createOrigins(io.cwd, checkout), now };
    const { identity, owner } = trace.written;
    const own = objects.find((one) => one.object.metadata.uid === object.metadata.uid);
    const unready = [...(own === undefined ? [] : [own]), ...trace.owners].filter((one) => whyNot(one) !== '');
    const explanation: LiveExplanation = {
      trace,
      pods: trace.health.status === 'Current' ? [] : await saidByPods(client, object),
      commit: commits.of(commitOf(trace.owners.at(-1)?.revision ?? '')),
      madeBy: await context.origins.of(identity, owner),
      lastChange: notes.lastChange(identity),
      causes: new Map(await Promise.all(unready.map(async (one) => [one, await causeOf(one, context)] as const))),
    };
    io.stdout.write(asJson ? asData(explanation) : asText(explanation, terminalOf(io), now));
    return trace.health.status === 'Current' && unready.length === 0 ? 0 : 1;
  });
}

function asText(
  { trace, pods, commit, madeBy, lastChange, causes }: LiveExplanation,
  terminal: Terminal,
  now: number,
): string {
  const { identity, health, partOf, owners, source } = trace;
  const said = health.status === 'Current' ? 'is well' : `${health.status}: ${health.message}`;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['pods', pods],
    ['part of', partOf.map(formatIdentity)],
    ['applied by', owners.length === 0 ? ['nobody of Flux: it has no labels of an owner'] : owners.map(ownerText)],
    [
      'source',
      source === undefined ? [] : [`${formatIdentity(source.identity)}, at ${shortRevision(source.revision)}`],
    ],
    ['commit', commit === undefined ? [] : commitLines(commit)],
    ['changed', lastChange === undefined ? [] : changeText(lastChange)],
    ['file', madeBy === undefined ? [] : [fileText(madeBy)]],
    ['made by', (madeBy?.source ?? []).map((line, at) => (at === 0 ? line : `from ${line}`))],
  ];
  const lines = [
    `${terminal.paint(formatIdentity(identity), 'bold')}  ${terminal.paint(said, health.status === 'Current' ? 'green' : 'red')}`,
    ...rows.flatMap(([label, texts]) => labelled(label, texts, terminal)),
    ...[...causes].flatMap(([one, cause]) => ['', fluxHead(one, now, terminal), ...causeLines(one, cause, terminal)]),
  ];
  return `${lines.join('\n')}\n`;
}

function ownerText(one: FluxObject): string {
  const why = whyNot(one);
  return `${formatIdentity(one.identity)}, ${why === '' ? 'which is ready' : why}`;
}

function changeText(change: AuditEntry): readonly string[] {
  return [`${formatTime(change.time)}: ${change.operation}`, ...changeDetails(change)];
}

function asData({ trace, pods, commit, madeBy, lastChange, causes }: LiveExplanation): string {
  const { identity, health, partOf, owners, source } = trace;
  const told = (one: FluxObject): object => ({ ...fluxObjectData(one), ...causeData(causes.get(one)) });
  const data = {
    ...identity,
    health,
    pods,
    partOf,
    appliedBy: owners.map(told),
    source: source === undefined ? null : fluxObjectData(source),
    commit: commit ?? null,
    lastChange: lastChange === undefined ? null : { ...lastChange, time: formatTime(lastChange.time) },
    file: madeBy?.file ?? null,
    line: madeBy?.line ?? null,
    madeBy: madeBy?.source ?? [],
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}
