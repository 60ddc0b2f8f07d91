import { expect, test } from '@jest/globals';
import { MemoryTree } from '../../../src/flux/index.ts';
import { createEngine, createKustomizeProgram } from '../../../src/render/index.ts';
import { describeWithTool } from '../../support/tools.ts';

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

describeWithTool('kustomize', 'the real kustomize', (kustomize) => {
  const engine = createEngine(createKustomizeProgram(kustomize, undefined));

  test('is quoted with its reason alone, not with what it finds out of fashion, nor with our folder', () => {
    const tree = new MemoryTree([
      ['app/kustomization.yaml', 'resources: [a.yaml, gone.yaml]\ncommonLabels: {a: b}\n'],
      ['app/a.yaml', configMap],
    ]);
    expect(() => engine.build(tree, 'app')).toThrow(
      /^kustomize refuses the folder: (?!.*(?:Flag|Warning|tmp)).*gone\.yaml/s,
    );
  });

  test('has the files that the configuration of a transformer names, in a file or a folder', () => {
    const patch = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {patched: "yes"}\n';
    const transformer = (path: string): string =>
      `apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: of-${path}}\npath: ${path}\ntarget: {kind: ConfigMap}\n`;
    const tree = new MemoryTree([
      ['app/kustomization.yaml', 'resources: [a.yaml]\ntransformers: [one.yaml, more]\n'],
      ['app/a.yaml', configMap],
      ['app/one.yaml', transformer('patch.yaml')],
      ['app/patch.yaml', patch],
      ['app/more/kustomization.yaml', 'resources: [two.yaml]\n'],
      ['app/more/two.yaml', transformer('other.yaml')],
      ['app/other.yaml', patch.replace('patched', 'again')],
    ]);
    const { objects } = engine.build(tree, 'app');
    expect(objects).toMatchObject([{ data: { patched: 'yes', again: 'yes' } }]);
  });
});
