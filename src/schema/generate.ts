/**
 * `npm run schemas`: writes src/schema/data/ anew, from the Go modules of the Kubernetes release below (they are
 * fetched by `go mod download`) and from imports/crds/.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fluxData } from './generator/flux.ts';
import { kubernetesData } from './generator/kubernetes.ts';
import { lifecycles } from './generator/lifecycle.ts';
import type { DataFile } from './generator/raw.ts';

const RELEASE = '1.35.4';
/** Modules with types of API objects, at the versions that belong to the release. */
const API_MODULES = ['k8s.io/api', 'k8s.io/apiextensions-apiserver', 'k8s.io/kube-aggregator'];

const DATA = join(import.meta.dirname, 'data');
const CRDS = join(import.meta.dirname, '../../imports/crds');

/** The data of Flux's kinds, as `npm run schemas` makes it from imports/crds/. */
export function fluxFiles(): readonly DataFile[] {
  return fluxData(
    readdirSync(CRDS)
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .map((file) => readFileSync(join(CRDS, file), 'utf8')),
  );
}

/** One definition a line: small, and a new release is a difference that can be read. */
export function dataText(content: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(content).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function downloadModule(path: string, version: string): string {
  const answer = execFileSync('go', ['mod', 'download', '-json', `${path}@${version}`], { encoding: 'utf8' });
  const { Dir: folder } = JSON.parse(answer) as { Dir: string };
  return folder;
}

if (import.meta.main) {
  const kubernetes = downloadModule('k8s.io/kubernetes', `v${RELEASE}`);
  const modules = API_MODULES.map((path) => downloadModule(path, `v0${RELEASE.slice(RELEASE.indexOf('.'))}`));
  const files = [...kubernetesData(kubernetes), ...fluxFiles()];

  rmSync(DATA, { recursive: true, force: true });
  mkdirSync(DATA);
  for (const { name, definitions } of files) writeFileSync(join(DATA, `${name}.json`), dataText(definitions));
  const apis = Object.fromEntries(
    files.flatMap(({ apis }) => Object.entries(apis)).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  writeFileSync(join(DATA, 'apis.json'), dataText(apis));
  writeFileSync(join(DATA, 'lifecycle.json'), dataText(lifecycles(modules)));
  console.log(`src/schema/data/: Kubernetes ${RELEASE} and Flux, ${files.length} files of definitions.`);
}
