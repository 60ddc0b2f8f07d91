/**
 * The reconciler beside Flux's controllers and beside bare server-side apply of the same objects: each on a new control
 * plane of this machine, one after the other.
 */
import { randomInt } from 'node:crypto';
import { type Cluster, withCluster } from './cluster.ts';
import { type Contestant, flux, hasFlux, type Running, slipway } from './contestants.ts';
import { drift, type Drift, percentile } from './drift.ts';
import { follow, type Followed } from './followed.ts';
import { bareApply, chainFromNothing, type FromNothing, fromNothing } from './from-nothing.ts';
import { CHAIN, FLUX_NAMESPACE, KUSTOMIZATION, namesOf } from './objects.ts';
import { bareStatus, unrelatedCommit, type UnrelatedCommit } from './unrelated-commit.ts';

type Log = (line: string) => void;
type Usage = ReturnType<Running['usage']>;

interface Begun extends FromNothing {
  readonly usage: Usage;
}

interface Measured {
  /** A round each. */
  readonly begun: readonly Begun[];
  /** Undefined where it was given up. */
  readonly standing: Standing | undefined;
}

/** While all stand. */
interface Standing {
  readonly chainSeconds: number;
  readonly commit: UnrelatedCommit;
  readonly drift: Drift | undefined;
  readonly peakMegabytes: number;
  readonly bareStatusSeconds: number;
}

const EDITS = 500;
/** Of what takes seconds the median of so many rounds counts, and all are told. */
const ROUNDS = 3;
const SECONDS_LONG = 100;
const WARM_UP = 10;
/** What takes so many times as long as Slipway did is given up. */
const PATIENCE = 20;

export async function benchReconcile(log: Log, counts: readonly number[] = [100, 1000]): Promise<string> {
  const tables: string[] = [];
  // As for whoever starts the command twice: V8 keeps what it compiled.
  await withCluster(WARM_UP, (cluster) =>
    atWork(slipway, cluster, (_, followed) => fromNothing(cluster, followed, WARM_UP)),
  );
  for (const count of counts) tables.push(await compare(log, count));
  return tables.join('\n\n');
}

async function compare(log: Log, count: number): Promise<string> {
  const bare: number[] = [];
  for (let round = 0; round < roundsOf(count); round++) {
    const seconds = await withCluster(count, (cluster) => bareApply(cluster, count));
    log(`${count}: bare apply ${seconds.toFixed(2)} s`);
    bare.push(seconds);
  }
  const ours = await measure('slipway', slipway, count, log);
  const limit = PATIENCE * medianOf(ours);
  const theirs = hasFlux() ? await measure('flux', flux, count, log, limit) : undefined;
  if (theirs === undefined) log('Flux is not here: npm run tools source-controller kustomize-controller');
  return [...fromNothingTable(count, bare, ours, theirs), '', ...standingTable(count, ours, theirs)].join('\n');
}

async function measure(
  name: string,
  contestant: Contestant,
  count: number,
  log: Log,
  limit?: number,
): Promise<Measured> {
  const say = (line: string): void => {
    log(`${count}, ${name}: ${line}`);
  };
  const begin = async (cluster: Cluster, running: Running, followed: Followed): Promise<Begun> => {
    const { seconds, ready } = await fromNothing(cluster, followed, count, limit);
    const usage = running.usage();
    say(`${ready} Ready in ${seconds.toFixed(2)} s, ${usage.cpuSeconds.toFixed(1)} s CPU, ${megabytes(usage)} MB`);
    return { seconds, ready, usage };
  };
  const begun: Begun[] = [];
  for (let round = 1; round < roundsOf(count); round++) {
    begun.push(
      await withCluster(count, (cluster) =>
        atWork(contestant, cluster, (running, followed) => begin(cluster, running, followed)),
      ),
    );
  }
  return withCluster(count, (cluster) =>
    atWork(contestant, cluster, async (running, kustomizations) => {
      const last = await begin(cluster, running, kustomizations);
      begun.push(last);
      if (last.ready < count) return { begun, standing: undefined };
      const commit = await unrelatedCommit(cluster, kustomizations);
      say(`a commit in ${commit.seconds.toFixed(2)} s, ${commit.writes} writes, ${commit.events} events`);
      const chainSeconds = await chainFromNothing(cluster, kustomizations);
      say(`a chain in ${chainSeconds.toFixed(2)} s`);
      const repairs = contestant === slipway ? await drifts(cluster.client, count, say) : undefined;
      const { peakMegabytes } = running.usage();
      const bareStatusSeconds = await bareStatus(cluster, kustomizations);
      say(`bare writes of status in ${bareStatusSeconds.toFixed(2)} s`);
      return { begun, standing: { chainSeconds, commit, drift: repairs, peakMegabytes, bareStatusSeconds } };
    }),
  );
}

function roundsOf(count: number): number {
  return count <= SECONDS_LONG ? ROUNDS : 1;
}

/** Runs `work` while a contestant reconciles the cluster. */
async function atWork<T>(
  contestant: Contestant,
  cluster: Cluster,
  work: (running: Running, kustomizations: Followed) => Promise<T>,
): Promise<T> {
  const running = await contestant(cluster);
  const kustomizations = await follow(cluster.client, KUSTOMIZATION, FLUX_NAMESPACE);
  try {
    return await work(running, kustomizations);
  } finally {
    kustomizations.stop();
    await running.stop();
  }
}

async function drifts(client: Parameters<typeof drift>[0], count: number, say: Log): Promise<Drift> {
  const seed = randomInt(2 ** 31);
  const repairs = await drift(client, namesOf(count), EDITS, seed);
  say(`drift (seed ${seed}): ${[0.5, 0.99, 1].map((share) => milliseconds(repairs, share)).join(', ')}`);
  return repairs;
}

function fromNothingTable(
  count: number,
  bare: readonly number[],
  ours: Measured,
  theirs: Measured | undefined,
): string[] {
  const row = (title: string, measured: Measured): string => {
    const { begun } = measured;
    const middle = begun.find(({ seconds }) => seconds === medianOf(measured));
    const { cpuSeconds = Number.NaN, peakMegabytes = Number.NaN } = middle?.usage ?? {};
    const isWhole = measured.standing !== undefined;
    const share = `${isWhole ? '' : 'more than '}${(medianOf(measured) / median(bare)).toFixed(1)}×`;
    const times = spread(begun.map(({ seconds }) => seconds));
    const wall = isWhole ? times : `given up after ${times}, with ${middle?.ready ?? 0} Ready`;
    return `| ${title} | ${wall} | ${share} | ${cpuSeconds.toFixed(1)} | ${Math.round(peakMegabytes)} |`;
  };
  return [
    `| ${count} Kustomizations from nothing to Ready | wall s | ÷ bare apply | CPU s | peak MB |`,
    '| --- | --- | --- | --- | --- |',
    `| bare server-side apply of the ${3 * count} objects | ${spread(bare)} | | | |`,
    row('Slipway', ours),
    ...(theirs === undefined ? [] : [row(`Flux, ${timesAs(theirs, ours)} the time of Slipway`, theirs)]),
  ];
}

function timesAs(one: Measured, other: Measured): string {
  return `${one.standing === undefined ? 'more than ' : ''}${(medianOf(one) / medianOf(other)).toFixed(1)}×`;
}

function medianOf({ begun }: Measured): number {
  return median(begun.map(({ seconds }) => seconds));
}

/** Of an odd number of values the one in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** As `1.9 (1.8 to 2.1)`. */
function spread(values: readonly number[]): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((one) => one.toFixed(1));
  return values.length === 1 ? `${middle}` : `${middle} (${least} to ${most})`;
}

function standingTable(count: number, ours: Measured, theirs: Measured | undefined): string[] {
  const all = [ours, ...(theirs === undefined ? [] : [theirs])];
  const row = (title: string, cell: (standing: Standing) => string): string =>
    `| ${title} | ${all.map(({ standing }) => (standing === undefined ? '' : cell(standing))).join(' | ')} |`;
  return [
    `| while ${count} Kustomizations stand | Slipway |${theirs === undefined ? '' : ' Flux |'}`,
    `| --- | --- |${theirs === undefined ? '' : ' --- |'}`,
    row(`a chain of ${CHAIN.length} by dependsOn, from nothing to Ready`, ({ chainSeconds }) => seconds(chainSeconds)),
    row('a commit that changes none of the manifests, until all have applied it', ({ commit }) =>
      seconds(commit.seconds),
    ),
    row('one field of the status of each written by patches alone', ({ bareStatusSeconds }) =>
      seconds(bareStatusSeconds),
    ),
    row('objects written by that, status aside', ({ commit }) => `${commit.writes}`),
    row('events told of it', ({ commit }) => `${commit.events}`),
    row(`${EDITS} edits and deletions put right: median, 99th percentile, slowest`, ({ drift: repairs }) =>
      repairs === undefined
        ? 'at the next interval'
        : [0.5, 0.99, 1].map((share) => milliseconds(repairs, share)).join(', '),
    ),
    row('peak memory at the end', ({ peakMegabytes }) => `${Math.round(peakMegabytes)} MB`),
  ];
}

function megabytes({ peakMegabytes }: Usage): string {
  return `${Math.round(peakMegabytes)}`;
}

function milliseconds(repairs: Drift, share: number): string {
  return `${Math.round(percentile(repairs, share))} ms`;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}
