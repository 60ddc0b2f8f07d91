/** Synthesizing generated clusters, beside stock cdk8s on the same input in the same run. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { measure, median, type Usage } from './measure.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const PROGRAMS = path.join(import.meta.dirname, 'programs');
const SLIPWAY = [process.execPath, path.join(REPOSITORY, 'bin/slipway.js'), 'synth'];
const STOCK = [process.execPath, path.join(REPOSITORY, 'node_modules/cdk8s-cli/bin/cdk8s'), 'synth'];

/** How stock cdk8s runs a program: as its template `cdk8s init typescript-app` has it, or by this same Node. */
type Stock = 'template' | 'node';

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
  { title: '1000 apps', apps: 1000, runs: 5, stockRuns: 3 },
  { title: '1000 apps in a chain', apps: 1000, chain: true, runs: 3, stockRuns: 1 },
  { title: '10000 apps', apps: 10_000, runs: 2, stockRuns: 0 },
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
  const stock: Record<Stock, Usage[]> = { template: [], node: [] };
  const ours = project(`node ${path.join(PROGRAMS, 'slipway.ts')}`);
  const template = templateProject();
  const node = project(`node ${path.join(PROGRAMS, 'stock.ts')}`);
  try {
    // In turn, so that a machine whose speed drifts drifts for all of them.
    for (let run = 0; run < Math.max(runs, stockRuns); run += 1) {
      if (run < runs) {
        fs.rmSync(path.join(ours, 'kubernetes'), { recursive: true, force: true });
        fs.rmSync(path.join(ours, '.slipway'), { recursive: true, force: true });
        fresh.push(measure(ours, SLIPWAY, env));
        unchanged.push(measure(ours, SLIPWAY, env));
      }
      if (run < stockRuns) {
        stock.template.push(measure(template, STOCK, env));
        stock.node.push(measure(node, STOCK, env));
      }
    }
  } finally {
    for (const folder of [ours, template, node]) fs.rmSync(folder, { recursive: true, force: true });
  }
  const baseline = stock.template.length > 0 ? median(stock.template) : undefined;
  return [
    row(`${title}: \`slipway synth\`, unchanged tree`, median(unchanged), baseline),
    row(`${title}: \`slipway synth\`, fresh tree`, median(fresh), baseline),
    ...(baseline
      ? [
          row(`${title}: stock, as its template`, baseline),
          row(`${title}: stock, program by plain Node`, median(stock.node), baseline),
        ]
      : []),
  ];
}

function project(app: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  fs.writeFileSync(path.join(folder, 'cdk8s.yaml'), `app: ${app}\noutput: dist\n`);
  return folder;
}

/** A project as `cdk8s init typescript-app` lays it out: CommonJS, and ts-node with a type check. */
function templateProject(): string {
  const folder = project('npx ts-node main.ts');
  fs.symlinkSync(path.join(REPOSITORY, 'node_modules'), path.join(folder, 'node_modules'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }\n');
  fs.copyFileSync(
    path.join(REPOSITORY, 'node_modules/cdk8s-cli/templates/typescript-app/tsconfig.json'),
    path.join(folder, 'tsconfig.json'),
  );
  for (const [from, to] of [
    ['stock.ts', 'main.ts'],
    ['app.ts', 'app.ts'],
  ] as const) {
    const text = fs.readFileSync(path.join(PROGRAMS, from), 'utf8');
    // CommonJS names a module without its ending.
    fs.writeFileSync(path.join(folder, to), text.replace("'./app.ts'", "'./app'"));
  }
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
