/**
 * The reconciler beside Flux's controllers and beside bare server-side apply of the same objects: each on a new control
 * plane of this machine, one after the other.
 */
import { randomInt } from 'node:crypto';
import { type Cluster, withCluster } from './cluster.ts';
import { type Contestant, flux, hasFlux, type Running, slipway } from './contestants.ts';
import { drift, type Drift, percentile } from './drift.ts';
import { follow, type Followed } from './followed.ts';
import { bareApply, chainFromNothing, fromNothing } from './from-nothing.ts';
import { CHAIN, FLUX_NAMESPACE, KUSTOMIZATION, namesOf } from './objects.ts';
import { bareStatus, unrelatedCommit, type UnrelatedCommit } from './unrelated-commit.ts';

type Log = (line: string) => void;
type Usage = ReturnType<Running['usage']>;

interface FromNothing {
  readonly seconds: number;
  readonly usage: Usage;
}

interface Measured {
  /** A round each. */
  readonly begun: readonly FromNothing[];
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
  const theirs = hasFlux() ? await measure('flux', flux, count, log) : undefined;
  if (theirs === undefined) log('Flux is not here: npm run tools source-controller kustomize-controller');
  return [...fromNothingTable(count, bare, ours, theirs), '', ...standingTable(count, ours, theirs)].join('\n');
}

async function measure(name: string, contestant: Contestant, count: number, log: Log): Promise<Measured> {
  const say = (line: string): void => {
    log(`${count}, ${name}: ${line}`);
  };
  const begin = async (cluster: Cluster, running: Running, followed: Followed): Promise<FromNothing> => {
    const seconds = await fromNothing(cluster, followed, count);
    const usage = running.usage();
    say(`all Ready in ${seconds.toFixed(2)} s, ${usage.cpuSeconds.toFixed(1)} s CPU, ${megabytes(usage)} MB`);
    return { seconds, usage };
  };
  const begun: FromNothing[] = [];
  for (let round = 1; round < roundsOf(count); round++) {
    begun.push(
      await withCluster(count, (cluster) =>
        atWork(contestant, cluster, (running, followed) => begin(cluster, running, followed)),
      ),
    );
  }
  return withCluster(count, (cluster) =>
    atWork(contestant, cluster, async (running, kustomizations) => {
      begun.push(await begin(cluster, running, kustomizations));
      const commit = await unrelatedCommit(cluster, kustomizations);
      say(`a commit in ${commit.seconds.toFixed(2)} s, ${commit.writes} writes, ${commit.events} events`);
      const chainSeconds = await chainFromNothing(cluster, kustomizations);
      say(`a chain in ${chainSeconds.toFixed(2)} s`);
      const repairs = contestant === slipway ? await drifts(cluster.client, count, say) : undefined;
      const { peakMegabytes } = running.usage();
      const bareStatusSeconds = await bareStatus(cluster, kustomizations);
      say(`bare writes of status in ${bareStatusSeconds.toFixed(2)} s`);
      return { begun, chainSeconds, commit, drift: repairs, peakMegabytes, bareStatusSeconds };
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
  const row = (title: string, { begun }: Measured): string => {
    const times = begun.map(({ seconds }) => seconds);
    const middle = begun.find(({ seconds }) => seconds === median(times));
    const share = (median(times) / median(bare)).toFixed(1);
    const { cpuSeconds = Number.NaN, peakMegabytes = Number.NaN } = middle?.usage ?? {};
    return `| ${title} | ${spread(times)} | ${share}× | ${cpuSeconds.toFixed(1)} | ${Math.round(peakMegabytes)} |`;
  };
  const medianOf = ({ begun }: Measured): number => median(begun.map(({ seconds }) => seconds));
  return [
    `| ${count} Kustomizations from nothing to Ready | wall s | ÷ bare apply | CPU s | peak MB |`,
    '| --- | --- | --- | --- | --- |',
    `| bare server-side apply of the ${3 * count} objects | ${spread(bare)} | | | |`,
    row('Slipway', ours),
    ...(theirs === undefined ? [] : [row(`Flux, ${(medianOf(theirs) / medianOf(ours)).toFixed(1)}× the time`, theirs)]),
  ];
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
  const row = (title: string, cell: (measured: Measured) => string): string =>
    `| ${title} | ${all.map(cell).join(' | ')} |`;
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
