import { Cluster, Namespace } from '../../constructs/index.ts';
import { SlipwayError, SlipwayErrors } from '../../src/errors.ts';

/** A cluster whose project is `project`, by default the folder of the tests. */
export function testCluster(project: string = process.cwd()): Cluster {
  return new Cluster('test', { repository: { url: 'https://git.example.org/test.git' }, project });
}

export function testNamespace(cluster: Cluster = testCluster()): Namespace {
  return new Namespace(cluster, 'web');
}

/** The text of a file of the tree that a cluster makes. */
export function fileText(cluster: Cluster, path: string): string {
  const file = cluster.tree().get(path);
  if (file === undefined) throw new Error(`no file ${path}; there are\n${[...cluster.tree().keys()].join('\n')}`);
  return Buffer.from(file.content).toString('utf8');
}

/** The errors that making the tree leads to. */
export function errorsOf(work: () => unknown): readonly SlipwayError[] {
  try {
    work();
  } catch (error) {
    if (error instanceof SlipwayErrors) return error.errors;
    if (error instanceof SlipwayError) return [error];
    throw error;
  }
  return [];
}
