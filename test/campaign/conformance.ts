/**
 * `npm run conformance [-- --write] [--runs N]`: counts what docs/conformance.md states of kustomize and of post-build
 * substitution, by comparing with the real programs and with Flux's own test data, and with `--write` replaces the table
 * there. Takes some minutes; ends with 1 where something is not equal that was.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { SlipwayError } from '../../src/errors.ts';
import { MemoryTree } from '../../src/flux/index.ts';
import { findBuiltTool } from '../../src/programs.ts';
import { createEngine, createKustomizeProgram } from '../../src/render/index.ts';
import { envsubstCases, evaluated, expectedOf } from '../support/envsubst-cases.ts';
import { compareCluster, goldenClusters } from '../support/goldens.ts';
import { buildCase, buildText, krustyCases, OTHER_THAN_THE_TABLE } from '../support/krusty.ts';
import { folders } from '../src/flux/kustomize/folders.ts';

const { values } = parseArgs({ options: { write: { type: 'boolean' }, runs: { type: 'string' } } });
const RUNS = Number(values.runs ?? 1000);
const ROOT = path.resolve(import.meta.dirname, '../..');
const GOLDEN = path.resolve(ROOT, '../shared/golden');
const FIXTURES = path.join(GOLDEN, 'fixtures');
const DOCUMENT = path.join(ROOT, 'docs/conformance.md');

const kustomize = findBuiltTool('kustomize');
if (kustomize === undefined || !fs.existsSync(GOLDEN)) {
  console.error('This takes the real kustomize (npm run tools) and the reference data in ../shared.');
  process.exit(3);
}
const program = createKustomizeProgram(kustomize, undefined);

interface Row {
  readonly what: string;
  readonly cases: number;
  readonly equal: number;
  /** What becomes of the others. */
  readonly others: string;
  /** What is not as it was known to be. */
  readonly wrong: readonly string[];
}

async function goldens(what: string, force: boolean): Promise<Row> {
  const engine = createEngine(program, force);
  let equal = 0;
  const wrong: string[] = [];
  for (const cluster of goldenClusters(GOLDEN)) {
    const compared = await compareCluster(GOLDEN, cluster, engine);
    equal += compared.equal;
    wrong.push(...compared.wrong.map((one) => `${cluster.repository}: ${one}`));
    console.error(`${what}: ${cluster.repository}, ${cluster.cluster}: ${compared.equal}`);
  }
  return { what, cases: equal + wrong.length, equal, others: '', wrong };
}

async function table(): Promise<Row> {
  const engine = createEngine(program);
  const cases = krustyCases(FIXTURES);
  const listed = new Set(Object.values(OTHER_THAN_THE_TABLE).flat());
  const built = await Promise.all(cases.map((one) => buildCase(one, engine)));
  const wrong = cases.filter(({ name, expected }, at) => !listed.has(name) && built[at] !== expected);
  const native = cases.filter(({ files, folder, expected }) => {
    const outcome = buildText(new MemoryTree(Object.entries(files)), folder);
    return 'text' in outcome && outcome.text?.trim() === expected;
  });
  return {
    what: "kustomize's own table (krusty)",
    cases: cases.length,
    equal: cases.length - listed.size - wrong.length,
    others: `${native.length} of the equal ones natively, the rest by kustomize; ${listed.size} in the list below`,
    wrong: wrong.map(({ name }) => name),
  };
}

async function random(): Promise<Row> {
  let native = 0;
  const property = fc.asyncProperty(folders, async (files) => {
    const outcome = buildText(new MemoryTree(files), '');
    if ('notCovered' in outcome) return;
    native += 1;
    if (outcome.text !== (await printed(new Map(files)))) throw new Error('differs');
  });
  const { failed, counterexample, numRuns } = await fc.check(property, { numRuns: RUNS, endOnFailure: true });
  const wrong = failed ? [JSON.stringify([...(counterexample?.[0] ?? [])])] : [];
  const others = `${numRuns - native} left to kustomize`;
  return { what: 'folders made at random', cases: numRuns, equal: native - wrong.length, others, wrong };
}

async function printed(files: ReadonlyMap<string, string>): Promise<string | undefined> {
  const bytes = new Map([...files].map(([file, text]) => [file, Buffer.from(text)]));
  try {
    return (await program.build(bytes, '', undefined)).text;
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

function substitution(): Row {
  const cases = envsubstCases(FIXTURES);
  const wrong = cases.filter((one) => evaluated(one) !== expectedOf(one));
  return {
    what: "post-build substitution: the table of Flux's envsubst",
    cases: cases.length,
    equal: cases.length - wrong.length,
    others: '',
    wrong: wrong.map(({ input }) => input),
  };
}

/** Its cases are the tests of one file. */
function fluxFixtures(): Row {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-conformance-')), 'results.json');
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'test/src/render/flux-fixtures.test.ts'];
  try {
    execFileSync(process.execPath, [...jest, '--json', '--outputFile', file], { cwd: ROOT, stdio: 'ignore' });
  } catch {
    // What failed stands in the file.
  }
  const { testResults } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    testResults: readonly { assertionResults: readonly { status: string; fullName: string }[] }[];
  };
  fs.rmSync(path.dirname(file), { recursive: true });
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = results.filter(({ status }) => status === 'passed');
  return {
    what: "test data of Flux's own components and of flux-local",
    cases: results.length,
    equal: passed.length,
    others: 'what of it does not say what is rendered stands in `test/src/render/flux-fixtures.ts`, with reasons',
    wrong: results.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  };
}

const rows = [
  await goldens('every Kustomization of eight repositories, from the entry of each of eleven clusters', false),
  await goldens('the same with `--engine=kustomize`', true),
  await table(),
  await random(),
  substitution(),
  fluxFixtures(),
];
const lines = [
  ['compared with', 'cases', 'equal', 'others'],
  ['---', '---:', '---:', '---'],
  ...rows.map(({ what, cases, equal, others }) => [what, String(cases), String(equal), others]),
].map((cells) => `| ${cells.join(' | ')} |`);
const reasons = Object.entries(OTHER_THAN_THE_TABLE).map(([reason, names]) => `- ${names.length}: ${reason}`);
const version = execFileSync(kustomize, ['version'], { encoding: 'utf8' }).trim();
const section = [
  `By \`npm run conformance\`, with kustomize ${version}.`,
  '',
  ...lines,
  '',
  'Cases of the table that do not come out as it says:',
  '',
  ...reasons,
].join('\n');
console.log(section);
for (const { what, wrong } of rows) for (const one of wrong) console.error(`not equal: ${what}: ${one}`);
if (values.write === true) {
  const [begin, end] = ['<!-- conformance -->\n', '<!-- /conformance -->'];
  const text = fs.readFileSync(DOCUMENT, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error('docs/conformance.md has no section for it');
  fs.writeFileSync(DOCUMENT, `${text.slice(0, from + begin.length)}\n${section}\n\n${text.slice(to)}`);
}
process.exitCode = rows.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
