import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createEngine, createKustomizeProgram, DiskTree, type Rendered, walk } from '../../../src/render/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { describeWithTool } from '../../support/tools.ts';

const base = temporaryFolder();
const outside = path.join(base, 'outside');
writeFiles(outside, { 'secret.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: stolen\n' });
let count = 0;

const kustomization = (name: string, folder: string): string =>
  JSON.stringify({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: { path: folder, sourceRef: { kind: 'GitRepository', name: 'flux-system' } },
  });
const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

/** A repository of a good Kustomization and one whose folder has these files. */
function hostile(files: Readonly<Record<string, string>>): string {
  count += 1;
  const root = path.join(base, `repository-${count}`);
  writeFiles(root, {
    'entry/good.yaml': kustomization('good', './good'),
    'entry/bad.yaml': kustomization('bad', './bad'),
    'good/config.yaml': configMap('good'),
    ...Object.fromEntries(Object.entries(files).map(([file, text]) => [`bad/${file}`, text])),
  });
  return root;
}

async function render(root: string, program?: string): Promise<Map<string, Rendered>> {
  const engine = createEngine(createKustomizeProgram(program, undefined));
  const rendered = await walk({ tree: new DiskTree(root), entry: 'entry', engine });
  return new Map(rendered.map((one) => [one.name, one]));
}

const objectsOf = (one: Rendered | undefined): string => JSON.stringify(one?.objects);

function cases(program: string | undefined): void {
  test.each([
    ['a file outside', 'resources: [../../outside/secret.yaml]\n', 'render/leads-out'],
    ['a file of the system', 'resources: [/etc/passwd]\n', 'render/leads-out'],
    ['a patch outside', 'patches: [{path: ../../outside/secret.yaml}]\n', 'render/leads-out'],
    [
      'a generator of files outside',
      'configMapGenerator: [{name: a, files: [a=../../outside/secret.yaml]}]\n',
      'render/leads-out',
    ],
    ['a base on the network', 'resources: [https://github.com/example/app]\n', 'render/remote'],
    ['a base by ssh', 'resources: ["git@github.com:example/app"]\n', 'render/remote'],
    ['a file on the network', 'configMapGenerator: [{name: a, files: [a=https://example.org/x]}]\n', 'render/remote'],
  ])('with %s fails, and alone', async (_name, text, code) => {
    const rendered = await render(hostile({ 'kustomization.yaml': text }), program);
    expect([rendered.get('bad')?.status, rendered.get('bad')?.error?.code]).toEqual(['failed', code]);
    expect(rendered.get('good')?.status).toBe('built');
    expect(objectsOf(rendered.get('bad'))).not.toContain('stolen');
  });

  test('with a symlink that leads out does not follow it', async () => {
    const root = hostile({ 'kustomization.yaml': 'resources: [link.yaml, folder]\n' });
    fs.symlinkSync(path.join(outside, 'secret.yaml'), path.join(root, 'bad/link.yaml'));
    fs.symlinkSync(outside, path.join(root, 'bad/folder'));
    const bad = (await render(root, program)).get('bad');
    expect(bad?.status).toBe('failed');
    expect(objectsOf(bad)).not.toContain('stolen');
  });

  test('with components that contain each other fails', async () => {
    const component = (other: string): string =>
      `kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\ncomponents: [${other}]\n`;
    const root = hostile({
      'kustomization.yaml': 'components: [a]\n',
      'a/kustomization.yaml': component('../b'),
      'b/kustomization.yaml': component('../a'),
    });
    expect((await render(root, program)).get('bad')?.status).toBe('failed');
  });

  test('with a plugin that is a program does not run it', async () => {
    const witness = path.join(base, `ran-${count}`);
    const root = hostile({
      'kustomization.yaml': 'generators: [plugin.yaml]\n',
      'plugin.yaml': `apiVersion: example.org/v1\nkind: Plugin\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: ./run.sh\n`,
      'run.sh': `#!/bin/sh\ntouch ${witness}\n`,
    });
    fs.chmodSync(path.join(root, 'bad/run.sh'), 0o755);
    expect((await render(root, program)).get('bad')?.status).toBe('failed');
    expect(fs.existsSync(witness)).toBe(false);
  });
}

describe('a repository', () => {
  cases(undefined);

  test('whose file is larger than any manifest fails, and alone', async () => {
    const root = hostile({ 'kustomization.yaml': 'resources: [big.yaml]\n' });
    fs.truncateSync(path.join(root, 'bad/kustomization.yaml'), 0);
    fs.writeFileSync(path.join(root, 'bad/kustomization.yaml'), 'resources: [big.yaml]\n');
    fs.closeSync(fs.openSync(path.join(root, 'bad/big.yaml'), 'w'));
    fs.truncateSync(path.join(root, 'bad/big.yaml'), 100 * 1024 * 1024);
    const rendered = await render(root);
    expect(rendered.get('bad')?.error?.code).toBe('render/file-too-large');
    expect(rendered.get('good')?.status).toBe('built');
  });

  test('whose aliases grow without end fails, and alone', async () => {
    const levels = Array.from({ length: 12 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at}, `.repeat(9)}*l${at}]`);
    const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bomb\nl0: &l0 [a, a]\n${levels.join('\n')}\n`;
    const rendered = await render(hostile({ 'bomb.yaml': bomb }));
    expect(rendered.get('bad')?.status).toBe('failed');
    expect(rendered.get('good')?.status).toBe('built');
  });

  test('whose file names hold line breaks is built', async () => {
    const root = hostile({ 'a\nb.yaml': configMap('odd') });
    expect((await render(root)).get('bad')?.status).toBe('built');
  });

  test('of many small documents is built in bounded time', async () => {
    const text = Array.from({ length: 20_000 }, (_, at) => configMap(`c${at}`)).join('---\n');
    expect((await render(hostile({ 'many.yaml': text }))).get('bad')?.objects).toHaveLength(20_000);
  }, 60_000);
});

describeWithTool('kustomize', 'a repository, with the real kustomize', (kustomize) => {
  cases(kustomize);
});
