import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { onSynth, type Cluster } from '../../constructs/index.ts';
import { SlipwayError, SlipwayErrors, systemCode } from '../errors.ts';

/**
 * Runs the author's program and returns the clusters that it synthesizes, none of them written.
 *
 * @param file the program; by default the one that cdk8s.yaml names
 * @throws SlipwayError `cli/no-program`, `cli/no-cluster`, `synth/program-failed`
 */
export async function loadProgram(cwd: string, file: string | undefined): Promise<readonly Cluster[]> {
  const program = path.resolve(cwd, file ?? programOf(cwd));
  if (!fs.existsSync(program)) throw noProgram(`There is no program ${path.relative(cwd, program)}.`);
  const clusters = new Set<Cluster>();
  onSynth((cluster) => clusters.add(cluster));
  try {
    await import(pathToFileURL(program).href);
  } catch (error) {
    if (error instanceof SlipwayError || error instanceof SlipwayErrors) throw error;
    throw programFailed(error, program, cwd);
  } finally {
    onSynth(undefined);
  }
  if (clusters.size > 0) return [...clusters];
  throw new SlipwayError({
    code: 'cli/no-cluster',
    message: 'The program synthesizes no cluster.',
    remedy: 'End it with a call of `synth()` on its Cluster.',
    place: { file: path.relative(cwd, program) },
    exitStatus: 2,
  });
}

/** cdk8s.yaml holds a shell command (`app: node main.ts`); only one that runs a file by node can be loaded here. */
function programOf(cwd: string): string {
  let config: unknown;
  try {
    config = parse(fs.readFileSync(path.join(cwd, 'cdk8s.yaml'), 'utf8'));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw noProgram('cdk8s.yaml is not valid YAML.', error);
    throw noProgram('There is no cdk8s.yaml in this folder.', error);
  }
  const app = typeof config === 'object' && config !== null && 'app' in config ? config.app : undefined;
  const match = typeof app === 'string' ? /^node\s+([^\s&|;<>$`'"]+)$/.exec(app.trim()) : null;
  if (match?.[1] === undefined) throw noProgram('cdk8s.yaml has no `app: node FILE` that could be loaded.');
  return match[1];
}

function noProgram(message: string, cause?: unknown): SlipwayError {
  return new SlipwayError({
    code: 'cli/no-program',
    message,
    remedy: 'Run the command where cdk8s.yaml is, or name the program with --app FILE.',
    place: { file: 'cdk8s.yaml' },
    exitStatus: 2,
    cause,
  });
}

function programFailed(error: unknown, program: string, cwd: string): SlipwayError {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frame = stack.split('\n').find((line) => line.includes('file://') && !line.includes('node_modules'));
  const position = /file:\/\/([^()]*?:\d+:\d+)/.exec(frame ?? '')?.[1];
  return new SlipwayError({
    code: 'synth/program-failed',
    message: error instanceof Error ? error.message : String(error),
    remedy: 'Mend the program at the line above; nothing was written.',
    place: {
      file: path.relative(cwd, program),
      source: position === undefined ? undefined : path.relative(cwd, position),
    },
    exitStatus: 1,
    cause: error,
  });
}
