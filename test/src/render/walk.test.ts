import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { inApplyOrder, OverlaidTree, writeGoYaml } from '../../../src/flux/index.ts';
import { isObject, readDocuments } from '../../../src/manifest/index.ts';
import { findBuiltTool } from '../../../src/programs.ts';
import { createEngine, createKustomizeProgram, DiskTree, walk } from '../../../src/render/index.ts';
import { describeWithShared } from '../../support/shared.ts';

/** JJGadgets__Biohazard has files that use an anchor which is not there; what is expected of it was made with the name. */
function mended(tree: DiskTree): OverlaidTree {
  const files = ['kube/deploy/vm/jj/ks.yaml', 'kube/deploy/apps/continuwuity/ks.yaml'];
  const mends = files.flatMap((file): [string, Buffer][] => {
    const content = tree.read(file)?.toString();
    return content === undefined ? [] : [[file, Buffer.from(content.replaceAll('*pvc', 'jj-pvc'))]];
  });
  return new OverlaidTree(tree, new Map(mends));
}

interface Golden {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly level: number;
  readonly result: string;
  readonly file: string;
}

describeWithShared('golden', 'the walk of eight real repositories', (golden) => {
  const clusters = readdirSync(golden)
    .filter((name) => name !== 'fixtures')
    .flatMap((repository) => {
      const index = JSON.parse(readFileSync(join(golden, repository, 'index.json'), 'utf8')) as { entries: Golden[] };
      const names = [...new Set(index.entries.map(({ cluster }) => cluster))];
      return names.map((cluster) => ({
        repository,
        cluster,
        entries: index.entries.filter((entry) => entry.cluster === cluster),
      }));
    });

  // Its entry has a transformer, which is left to the real program.
  const needsProgram = (repository: string): boolean => repository === 'JJGadgets__Biohazard';
  const kustomize = findBuiltTool('kustomize');
  if (kustomize === undefined)
    process.stderr.write('skipped, as kustomize is not built: the walk of JJGadgets__Biohazard\n');
  const possible = clusters.filter(({ repository }) => kustomize !== undefined || !needsProgram(repository));

  test.each(possible)(
    'comes to each Kustomization of $repository, $cluster, and makes what kustomize makes',
    async (one) => {
      const tree = mended(new DiskTree(join(golden, '../corpus', one.repository)));
      const entry = one.entries.find(({ level }) => level === 0)?.path.replace(/^\.\//, '') ?? '';
      const engine = createEngine(createKustomizeProgram(kustomize, undefined));
      const walked = await walk({ tree, entry, engine });
      const rendered = new Map(walked.map((each) => [`${each.namespace}/${each.name}`, each]));
      const wrong: string[] = [];
      for (const { namespace, name, result, file } of one.entries) {
        const own = rendered.get(`${namespace}/${name}`);
        rendered.delete(`${namespace}/${name}`);
        if (result !== 'ok') {
          if (own?.status === 'built') wrong.push(`${namespace}/${name}: built, and is ${result}`);
          continue;
        }
        const expected = readDocuments(readFileSync(join(golden, one.repository, file), 'utf8')).map(
          ({ value }) => value,
        );
        const text = (objects: readonly unknown[]): string =>
          inApplyOrder(objects.filter(isObject)).map(writeGoYaml).join('---\n');
        if (own?.status !== 'built')
          wrong.push(`${namespace}/${name}: ${own?.error?.message ?? own?.reason ?? 'missed'}`);
        else if (text(own.built) !== text(expected)) wrong.push(`${namespace}/${name}: differs`);
      }
      expect(wrong).toEqual([]);
      const others = [...rendered.values()].filter(({ status }) => status !== 'skipped');
      expect(others.map(({ name }) => name)).toEqual([]);
    },
  );
});
