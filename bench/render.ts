/** `slipway build` and `slipway diff` of real repositories, beside the real kustomize, one process a Kustomization. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { generateKustomization, resolvePath } from '../src/flux/index.ts';
import { findBuiltTool } from '../src/programs.ts';
import { createEngine, createKustomizeProgram, DiskTree, walk } from '../src/render/index.ts';
import { measure, median, type Usage } from './measure.ts';

const CORPUS = path.resolve(import.meta.dirname, '../../shared/corpus');
const PROGRAM = path.resolve(import.meta.dirname, '../bin/slipway.js');
const RUNS = 5;
const REPOSITORIES = [
  { name: 'onedr0p__home-ops', entry: 'kubernetes/flux/cluster' },
  { name: 'joryirving__home-ops', entry: 'kubernetes/clusters/main' },
];

/** The table in Markdown. */
export async function benchRender(log: (line: string) => void): Promise<string> {
  if (!fs.existsSync(CORPUS)) return 'The repositories that this measures are not here.';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  try {
    const rows: string[] = [];
    for (const repository of REPOSITORIES) rows.push(...(await rowsFor(repository, folder, log)));
    return ['| | wall s | CPU s | peak MB |', '| --- | --- | --- | --- |', ...rows].join('\n');
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function rowsFor(
  { name, entry }: (typeof REPOSITORIES)[number],
  base: string,
  log: (line: string) => void,
): Promise<string[]> {
  const folder = path.join(base, name);
  fs.cpSync(path.join(CORPUS, name), folder, { recursive: true });
  const cache = path.join(base, 'cache');
  const compiled = path.join(base, 'compiled');
  const slipway = (verb: string, ...args: readonly string[]): Usage =>
    measure(
      folder,
      [process.execPath, PROGRAM, verb, ...args, '--entry', entry],
      { XDG_CACHE_HOME: cache },
      // Something differs, and has to.
      verb === 'diff' ? 1 : 0,
    );
  const forgetRendered = (): void => {
    fs.rmSync(path.join(cache, 'slipway/rendered'), { recursive: true, force: true });
  };
  slipway('build', '--out', compiled);
  const empty: Usage[] = [];
  const warm: Usage[] = [];
  const kustomize: number[] = [];
  const { run, count } = await realKustomize(folder, entry);
  for (let turn = 0; turn < RUNS; turn += 1) {
    forgetRendered();
    empty.push(slipway('build', '--out', path.join(base, 'out')));
    warm.push(slipway('build', '--out', path.join(base, 'out')));
    if (turn < 3) kustomize.push(run());
    log(`${name}, turn ${turn + 1} of ${RUNS}`);
  }
  const edit = committed(folder);
  edit(0);
  slipway('diff', 'HEAD');
  const changed: Usage[] = [];
  const again: Usage[] = [];
  for (let turn = 1; turn <= RUNS; turn += 1) {
    edit(turn);
    changed.push(slipway('diff', 'HEAD'));
    again.push(slipway('diff', 'HEAD'));
  }
  const median3 = kustomize.toSorted((a, b) => a - b)[1] ?? Number.NaN;
  return [
    row(`${name}: \`slipway build\`, empty cache`, median(empty)),
    row(`${name}: \`slipway build\`, warm cache`, median(warm)),
    row(`${name}: \`slipway diff\` after a change of one file`, median(changed)),
    row(`${name}: \`slipway diff\` of the same change again`, median(again)),
    `| ${name}: kustomize, ${count} processes | ${median3.toFixed(2)} | | |`,
  ];
}

/** Makes a git repository of a folder. The function that is returned changes one file, each time to something else. */
function committed(folder: string): (turn: number) => void {
  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'ignore' });
  };
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'as it is');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const releases = files.filter((file) => file.endsWith('helmrelease.yaml')).map((file) => path.join(folder, file));
  const [release] = releases.filter((file) => /^ {2}interval: /m.test(fs.readFileSync(file, 'utf8')));
  if (release === undefined) throw new Error(`there is no HelmRelease in ${folder}`);
  const text = fs.readFileSync(release, 'utf8');
  return (turn) => {
    fs.writeFileSync(release, text.replace(/^ {2}interval: .*$/m, `  interval: ${100 + turn}m`));
  };
}

/** What kustomize takes for the same Kustomizations, each in a process, with the kustomization.yaml that Flux generates. */
async function realKustomize(folder: string, entry: string): Promise<{ run: () => number; count: number }> {
  const program = findBuiltTool('kustomize');
  if (program === undefined) return { run: () => Number.NaN, count: 0 };
  const tree = new DiskTree(folder);
  const rendered = await walk({ tree, entry, engine: createEngine(createKustomizeProgram(program, undefined)) });
  const targets = rendered
    .filter(({ status }) => status === 'built')
    .map(({ spec, path: own }) => {
      const at = resolvePath('', own) ?? '';
      return { at, generated: generateKustomization(tree, at, spec) };
    });
  const run = (): number => {
    const started = performance.now();
    for (const { at, generated } of targets) {
      const file = path.join(folder, generated.file);
      const before = fs.existsSync(file) ? fs.readFileSync(file) : undefined;
      fs.writeFileSync(file, generated.content);
      const args = ['build', path.join(folder, at), '--load-restrictor', 'LoadRestrictionsNone', '--reorder', 'none'];
      const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      if (before === undefined) fs.rmSync(file);
      else fs.writeFileSync(file, before);
      if (status !== 0) throw new Error(stderr);
    }
    return (performance.now() - started) / 1000;
  };
  return { run, count: targets.length };
}

function row(name: string, { wallSeconds, cpuSeconds, peakMegabytes }: Usage): string {
  return `| ${name} | ${wallSeconds.toFixed(2)} | ${cpuSeconds.toFixed(2)} | ${peakMegabytes.toFixed(0)} |`;
}
