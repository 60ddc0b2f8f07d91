import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { temporaryFolder } from './folder.ts';

const TOOLS = path.join(import.meta.dirname, '../../sandbox/tools');

/**
 * Builds a Go program of the tests from the modules that the real programs are built from.
 *
 * @param source its folder, beside this file.
 * @param module `.` for the programs of the command line, `cluster` for those of a control plane and of Flux.
 * @returns its path; `undefined`, and a line on standard error, where it cannot be built.
 */
export function buildGoProgram(source: string, module: '.' | 'cluster'): string | undefined {
  const program = path.join(temporaryFolder(), source);
  const file = path.join(import.meta.dirname, source, 'main.go');
  const built = spawnSync('go', ['build', '-C', path.join(TOOLS, module), '-o', program, file], { encoding: 'utf8' });
  if (built.status === 0) return program;
  process.stderr.write(`skipped, as ${source} was not built by Go: ${built.error?.message ?? built.stderr}\n`);
  return undefined;
}
