import { expect, test } from '@jest/globals';
import { findBuiltTool } from '../../../src/programs.ts';
import { createEngine, createKustomizeProgram } from '../../../src/render/index.ts';
import { compareCluster, goldenClusters } from '../../support/goldens.ts';
import { describeWithShared } from '../../support/shared.ts';
import { describeWithTool } from '../../support/tools.ts';

describeWithShared('golden', 'the walk of eight real repositories', (golden) => {
  const clusters = goldenClusters(golden);

  // Its entry has a transformer, which is left to the real program.
  const needsProgram = (repository: string): boolean => repository === 'JJGadgets__Biohazard';
  const kustomize = findBuiltTool('kustomize');
  if (kustomize === undefined)
    process.stderr.write('skipped, as kustomize is not built: the walk of JJGadgets__Biohazard\n');
  const possible = clusters.filter(({ repository }) => kustomize !== undefined || !needsProgram(repository));

  test.each(possible)(
    'comes to each Kustomization of $repository, $cluster, and makes what kustomize makes',
    async (one) => {
      const engine = createEngine(createKustomizeProgram(kustomize, undefined));
      const { equal, wrong } = await compareCluster(golden, one, engine);
      expect(wrong).toEqual([]);
      expect(equal).toBeGreaterThan(0);
    },
  );

  // `npm run conformance` does so with every repository, which takes minutes.
  describeWithTool('kustomize', 'with --engine=kustomize', (program) => {
    const small = clusters.filter(({ entries }) => entries.length <= 20);
    test.each(small)('makes the same of $repository, $cluster', async (one) => {
      const engine = createEngine(createKustomizeProgram(program, undefined), true);
      expect((await compareCluster(golden, one, engine)).wrong).toEqual([]);
    });
  });
});
