/** What the real kustomize makes of every Kustomization of real repositories, and what a walk makes of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inApplyOrder, OverlaidTree, writeGoYaml } from '../../src/flux/index.ts';
import { isObject, readDocuments } from '../../src/manifest/index.ts';
import { DiskTree, type Engine, type Rendered, walk } from '../../src/render/index.ts';

interface Golden {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly level: number;
  readonly result: string;
  readonly file: string;
}

export interface GoldenCluster {
  readonly repository: string;
  readonly cluster: string;
  readonly entries: readonly Golden[];
}

/** @param golden the folder of the expected results, beside that of the repositories */
export function goldenClusters(golden: string): readonly GoldenCluster[] {
  return readdirSync(golden)
    .filter((name) => name !== 'fixtures')
    .flatMap((repository) => {
      const index = JSON.parse(readFileSync(join(golden, repository, 'index.json'), 'utf8')) as { entries: Golden[] };
      const clusters = Map.groupBy(index.entries, ({ cluster }) => cluster);
      return [...clusters].map(([cluster, entries]) => ({ repository, cluster, entries }));
    });
}

export interface Comparison {
  /** How many Kustomizations are equal, object by object and in their order. */
  readonly equal: number;
  /** What differs, is missed, is invented, or is built where kustomize refuses. */
  readonly wrong: readonly string[];
}

/** Walks a cluster from its entry and compares each Kustomization with what is expected of it. */
export async function compareCluster(golden: string, one: GoldenCluster, engine: Engine): Promise<Comparison> {
  const tree = mended(new DiskTree(join(golden, '../corpus', one.repository)));
  const entry = one.entries.find(({ level }) => level === 0)?.path.replace(/^\.\//, '') ?? '';
  const walked = await walk({ tree, entry, engine });
  const rendered = new Map<string, Rendered>(walked.map((each) => [`${each.namespace}/${each.name}`, each]));
  const wrong: string[] = [];
  let equal = 0;
  for (const { namespace, name, result, file } of one.entries) {
    const key = `${namespace}/${name}`;
    const own = rendered.get(key);
    rendered.delete(key);
    if (result !== 'ok') {
      if (own?.status === 'built') wrong.push(`${key}: built, and is ${result}`);
      continue;
    }
    const expected = readDocuments(readFileSync(join(golden, one.repository, file), 'utf8')).map(({ value }) => value);
    if (own?.status !== 'built') wrong.push(`${key}: ${own?.error?.message ?? own?.reason ?? 'missed'}`);
    else if (inOrder(own.built) !== inOrder(expected)) wrong.push(`${key}: differs`);
    else equal += 1;
  }
  const invented = [...rendered.values()].filter(({ status }) => status !== 'skipped');
  return { equal, wrong: [...wrong, ...invented.map(({ name }) => `${name}: invented`)] };
}

function inOrder(objects: readonly unknown[]): string {
  return inApplyOrder(objects.filter(isObject)).map(writeGoYaml).join('---\n');
}

/** JJGadgets__Biohazard has files that use an anchor which is not there; what is expected of it was made with the name. */
function mended(tree: DiskTree): OverlaidTree {
  const files = ['kube/deploy/vm/jj/ks.yaml', 'kube/deploy/apps/continuwuity/ks.yaml'];
  const mends = files.flatMap((file): [string, Buffer][] => {
    const content = tree.read(file)?.toString();
    return content === undefined ? [] : [[file, Buffer.from(content.replaceAll('*pvc', 'jj-pvc'))]];
  });
  return new OverlaidTree(tree, new Map(mends));
}
