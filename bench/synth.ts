/** Synthesizing generated clusters, beside stock cdk8s on the same input in the same run. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { measure, median, type Usage } from './measure.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const SLIPWAY = [process.execPath, path.join(REPOSITORY, 'bin/slipway.js'), 'synth'];
const STOCK = [process.execPath, path.join(REPOSITORY, 'node_modules/cdk8s-cli/bin/cdk8s'), 'synth'];

interface Case {
  readonly title: string;
  readonly apps: number;
  readonly chain?: boolean;
  readonly runs: number;
  /** Stock cdk8s is quadratic in charts: beyond this it takes tens of minutes. */
  readonly stockRuns: number;
}

const CASES: readonly Case[] = [
  { title: '10 apps', apps: 10, runs: 5, stockRuns: 5 },
  { title: '100 apps', apps: 100, runs: 5, stockRuns: 5 },
  { title: '1000 apps', apps: 1000, runs: 5, stockRuns: 2 },
  { title: '1000 apps in a chain', apps: 1000, chain: true, runs: 3, stockRuns: 1 },
  { title: '10000 apps', apps: 10_000, runs: 1, stockRuns: 0 },
];

/** The table in Markdown. */
export function benchSynth(log: (line: string) => void): string {
  const rows = CASES.flatMap((one) => {
    log(one.title);
    return rowsOf(one);
  });
  return [
    '| | wall s | CPU s | peak MB | stock ÷ this, wall | stock ÷ this, CPU |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function rowsOf({ title, apps, chain, runs, stockRuns }: Case): string[] {
  const env = { APPS: String(apps), ...(chain === true && { CHAIN: '1' }), CDK8S_CHECK_UPGRADE: 'false' };
  const fresh: Usage[] = [];
  const unchanged: Usage[] = [];
  const stock: Usage[] = [];
  const ours = project('slipway');
  const theirs = project('stock');
  try {
    // In turn, so that a machine whose speed drifts drifts for both.
    for (let run = 0; run < Math.max(runs, stockRuns); run += 1) {
      if (run < runs) {
        fs.rmSync(path.join(ours, 'kubernetes'), { recursive: true, force: true });
        fs.rmSync(path.join(ours, '.slipway'), { recursive: true, force: true });
        fresh.push(measure(ours, SLIPWAY, env));
        unchanged.push(measure(ours, SLIPWAY, env));
      }
      if (run < stockRuns) stock.push(measure(theirs, STOCK, env));
    }
  } finally {
    for (const folder of [ours, theirs]) fs.rmSync(folder, { recursive: true, force: true });
  }
  const baseline = stock.length > 0 ? median(stock) : undefined;
  return [
    row(`${title}, \`slipway synth\`, unchanged tree`, median(unchanged), baseline),
    row(`${title}, \`slipway synth\`, fresh tree`, median(fresh), baseline),
    ...(baseline ? [row(`${title}, stock \`cdk8s synth\``, baseline)] : []),
  ];
}

function project(program: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  const main = path.join(import.meta.dirname, 'programs', `${program}.ts`);
  fs.writeFileSync(path.join(folder, 'cdk8s.yaml'), `app: node ${main}\noutput: dist\n`);
  return folder;
}

function row(title: string, usage: Usage, baseline?: Usage): string {
  const ratios = baseline
    ? [baseline.wallSeconds / usage.wallSeconds, baseline.cpuSeconds / usage.cpuSeconds].map(
        (ratio) => `${ratio.toFixed(1)}×`,
      )
    : ['', ''];
  const figures = [
    usage.wallSeconds.toFixed(2),
    usage.cpuSeconds.toFixed(2),
    usage.peakMegabytes.toFixed(0),
    ...ratios,
  ];
  return `| ${[title, ...figures].join(' | ')} |`;
}
