/** What a hostile repository costs `slipway build`, as a process of its own: one error, and bounded memory and time. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { REPOSITORY } from '../../support/project.ts';

// A busy machine gives a process its time late; what is asserted is the time that it used.
jest.setTimeout(120_000);

const MAX_CPU_SECONDS = 15;
const MAX_MEGABYTES = 400;

const base = temporaryFolder();
const outside = path.join(base, 'outside');
writeFiles(outside, { 'secret.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stolen}\n' });
let count = 0;

const kustomization = (name: string): string =>
  JSON.stringify({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: { path: `./${name}`, sourceRef: { kind: 'GitRepository', name: 'flux-system' } },
  });
const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const component = (other: string): string =>
  `kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\ncomponents: [${other}]\n`;

function aliasBomb(): string {
  const levels = Array.from({ length: 12 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at}, `.repeat(9)}*l${at}]`);
  return `${configMap('bomb')}l0: &l0 [a, a]\n${levels.join('\n')}\n`;
}

/** More values than a file may have; a fifth of it is built (hostile.test.ts). */
const MANY = Array.from({ length: 100_000 }, (_, at) => configMap(`c${at}`)).join('---\n');

/** 100 MB that take no room on the disk. */
function hugeFile(folder: string): void {
  fs.closeSync(fs.openSync(path.join(folder, 'huge.yaml'), 'w'));
  fs.truncateSync(path.join(folder, 'huge.yaml'), 100 * 1024 * 1024);
}

/** By what they have: the files of the one Kustomization, what else is laid there, and the code of the error. */
const FAILING: readonly [string, Readonly<Record<string, string>>, ((folder: string) => void) | undefined, string][] = [
  [
    'a symlink out of it',
    { 'kustomization.yaml': 'resources: [link.yaml]\n' },
    (folder) => {
      fs.symlinkSync(path.join(outside, 'secret.yaml'), path.join(folder, 'link.yaml'));
    },
    'render/',
  ],
  ['a path out of it', { 'kustomization.yaml': 'resources: [../../../etc/passwd]\n' }, undefined, 'render/leads-out'],
  [
    'a base on a network',
    { 'kustomization.yaml': 'resources: ["https://github.com/example/app"]\n' },
    undefined,
    'render/remote',
  ],
  ['aliases that grow without end', { 'bomb.yaml': aliasBomb() }, undefined, ''],
  ['100,000 small documents', { 'many.yaml': MANY }, undefined, 'flux/not-kubernetes-yaml'],
  ['a document of 100 MB', { 'kustomization.yaml': 'resources: [huge.yaml]\n' }, hugeFile, 'render/file-too-large'],
  [
    'components in a circle',
    {
      'kustomization.yaml': 'components: [a]\n',
      'a/kustomization.yaml': component('../b'),
      'b/kustomization.yaml': component('../a'),
    },
    undefined,
    'render/',
  ],
  [
    'a plugin that is a program',
    {
      'kustomization.yaml': 'generators: [plugin.yaml]\n',
      'plugin.yaml':
        'apiVersion: example.org/v1\nkind: Plugin\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: "exec: {path: ./run.sh}"\n',
      'run.sh': '#!/bin/sh\nexit 0\n',
    },
    undefined,
    'render/',
  ],
];

function hostile(files: Readonly<Record<string, string>>): string {
  count += 1;
  const root = path.join(base, `repository-${count}`);
  writeFiles(root, {
    'entry/good.yaml': kustomization('good'),
    'entry/bad.yaml': kustomization('bad'),
    'good/config.yaml': configMap('good'),
    ...Object.fromEntries(Object.entries(files).map(([file, text]) => [`bad/${file}`, text])),
  });
  return root;
}

/** `slipway build`, which may take no more than it should. */
function build(root: string): {
  readonly status: number | null;
  readonly errors: readonly string[];
  readonly out: string;
} {
  const usage = path.join(base, `usage-${count}`);
  const reporter = pathToFileURL(path.join(REPOSITORY, 'bench/report-usage.js')).href;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(REPOSITORY, 'bin/slipway.js'), 'build', '--entry', 'entry', '--no-cache'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      env: { PATH: process.env.PATH, HOME: base, BENCH_USAGE: usage, NODE_OPTIONS: `--import=${reporter}` },
    },
  );
  const [cpu = 0, kilobytes = 0] =
    fs.readFileSync(usage, 'utf8').trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  expect(cpu / 1e6).toBeLessThan(MAX_CPU_SECONDS);
  expect(kilobytes / 1024).toBeLessThan(MAX_MEGABYTES);
  return { status, errors: stderr.split('\n').filter((line) => line.startsWith('error ')), out: stdout };
}

describe('a repository with', () => {
  test.each(FAILING)('%s costs little, and is one error of one Kustomization', (_what, files, lay, code) => {
    const root = hostile(files);
    lay?.(path.join(root, 'bad'));
    const { status, errors, out } = build(root);
    expect([status, errors]).toEqual([1, [expect.stringContaining('flux-system/bad')]]);
    expect(errors[0]).toContain(code);
    expect(out).toContain('name: good\n');
    expect(out).not.toContain('stolen');
  });

  test('file names with line breaks is built', () => {
    const { status, out } = build(hostile({ 'a\nb.yaml': configMap('odd') }));
    expect([status, out]).toEqual([0, expect.stringContaining('name: odd\n')]);
  });
});
