import path from 'node:path';
import { ownershipLookup } from '../tree/is-owned.ts';

/**
 * Tells the lines of TypeScript, innermost first, that made an object of a file that synth wrote. The program is run for the
 * first of these, and only if it is the one of the project that one stands in: nothing of another repository is run, and
 * where synth wrote nothing, nothing of it is loaded either.
 *
 * @param directory the repository
 */
export function programLines(directory: string, cwd: string): (file: string, object: string) => Promise<string[]> {
  const isOwned = ownershipLookup();
  let program: Promise<Program> | undefined;
  return async (file, object) => {
    const full = path.join(directory, file);
    if (!isOwned(full)) return [];
    program ??= loaded(cwd);
    return (await program)(full, object);
  };
}

type Program = (file: string, object: string) => Promise<string[]>;

async function loaded(cwd: string): Promise<Program> {
  const { explainCluster, findProject } = await import('../../constructs/index.ts');
  const { loadProgram } = await import('./load-program.ts');
  const project = findProject(cwd);
  let clusters: ReturnType<typeof loadProgram> | undefined;
  return async (file, object) => {
    if (path.relative(project, file).startsWith('..')) return [];
    clusters ??= loadProgram(cwd, undefined);
    const made = (await clusters).flatMap((cluster) => explainCluster(cluster, file, cwd));
    return [...((made.find((one) => one.object === object) ?? made[0])?.source ?? [])];
  };
}
