import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { MemoryTree } from '../../../src/flux/index.ts';
import { createEngine, createKustomizeProgram } from '../../../src/render/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { describeWithTool } from '../../support/tools.ts';

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

describeWithTool('kustomize', 'the real kustomize', (kustomize) => {
  const engine = createEngine(createKustomizeProgram(kustomize, undefined));

  test('is quoted with its reason alone, not with what it finds out of fashion, nor with our folder', async () => {
    const tree = new MemoryTree([
      ['app/kustomization.yaml', 'resources: [a.yaml, gone.yaml]\ncommonLabels: {a: b}\n'],
      ['app/a.yaml', configMap],
    ]);
    await expect(engine.build(tree, 'app')).rejects.toThrow(
      /^kustomize refuses the folder: (?!.*(?:Flag|Warning|tmp)).*gone\.yaml/s,
    );
  });

  test('has the files that the configuration of a transformer names, in a file or a folder', async () => {
    const patch = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {patched: "yes"}\n';
    const transformer = (file: string): string =>
      `apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: of-${file}}\npath: ${file}\ntarget: {kind: ConfigMap}\n`;
    const tree = new MemoryTree([
      ['app/kustomization.yaml', 'resources: [a.yaml]\ntransformers: [one.yaml, more]\n'],
      ['app/a.yaml', configMap],
      ['app/one.yaml', transformer('patch.yaml')],
      ['app/patch.yaml', patch],
      ['app/more/kustomization.yaml', 'resources: [two.yaml]\n'],
      ['app/more/two.yaml', transformer('other.yaml')],
      ['app/other.yaml', patch.replace('patched', 'again')],
    ]);
    const { objects } = await engine.build(tree, 'app');
    expect(objects).toMatchObject([{ data: { patched: 'yes', again: 'yes' } }]);
  });
});

const folder = temporaryFolder();

test('while kustomize builds, all else goes on', async () => {
  const program = path.join(folder, 'kustomize');
  fs.writeFileSync(program, '#!/bin/sh\necho "{}"\n', { mode: 0o755 });
  let hasGoneOn = false;
  setImmediate(() => {
    hasGoneOn = true;
  });
  const { text } = await createKustomizeProgram(program, undefined).build(new Map(), '', undefined);
  expect(text).toBe('{}\n');
  expect(hasGoneOn).toBe(true);
});
