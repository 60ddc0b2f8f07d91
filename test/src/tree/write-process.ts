/** A process of its own that writes a tree: `node write-process.ts PROJECT GENERATION FILES`. */
import path from 'node:path';
import { writeTree, type TreeFile } from '../../../src/tree/index.ts';

const [project = '', generation = '', files = ''] = process.argv.slice(2);
const tree = new Map<string, TreeFile>();
for (let index = 0; index < Number(files); index += 1) {
  // Even generations have other files than odd ones, so that every write creates, changes and deletes.
  const name = `apps/${Number(generation) % 2 === 0 ? 'even' : 'odd'}-${index % 7}/file-${index}.yaml`;
  tree.set(name, { path: name, content: Buffer.from(`generation: ${generation}\n`.repeat(200)), origins: [] });
  const shared = `shared/file-${index}.yaml`;
  tree.set(shared, { path: shared, content: Buffer.from(`generation: ${generation}\n`.repeat(200)), origins: [] });
}
writeTree(tree, {
  root: path.join(project, 'kubernetes'),
  stateDirectory: path.join(project, '.slipway'),
  owner: 'test',
});
