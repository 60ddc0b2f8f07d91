import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { authorLines, findProject, type Cluster } from '../../constructs/index.ts';
import { SlipwayError, SlipwayErrors, systemCode } from '../errors.ts';
import { runProgram } from './run-program.ts';

/**
 * Runs the author's program and returns the clusters that it synthesizes, none of them written.
 *
 * @param file the program; by default the one that cdk8s.yaml names
 * @throws SlipwayError `cli/no-program`, `cli/no-cluster`, `synth/program-failed`
 */
export async function loadProgram(cwd: string, file: string | undefined): Promise<readonly Cluster[]> {
  const project = findProject(cwd);
  const program = file === undefined ? path.resolve(project, programOf(project)) : path.resolve(cwd, file);
  if (!fs.existsSync(program)) throw noProgram(`There is no program ${path.relative(cwd, program)}.`);
  let clusters: readonly Cluster[];
  try {
    clusters = await runProgram(program);
  } catch (error) {
    if (error instanceof SlipwayErrors) throw error;
    if (error instanceof SlipwayError) throw withLines(error, project);
    throw programFailed(error, program, project);
  }
  if (clusters.length > 0) return clusters;
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
    throw noProgram('There is no cdk8s.yaml in this folder or one above it.', error);
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
  // An error of syntax has its place in the first line of the stack, `file:///…:12`, and no frame of the program.
  const [source = syntaxPosition(stack, cwd), ...callers] = authorLines(stack, cwd);
  const message = error instanceof Error ? error.message : String(error);
  const [, name, scope = '', id = ''] = SAME_NAME.exec(message) ?? [];
  return new SlipwayError({
    ...(name === undefined
      ? {
          code: 'synth/program-failed',
          message,
          remedy: `Mend the program${source === undefined ? '' : ' at the line above'}; nothing was written.`,
        }
      : {
          code: 'synth/same-name',
          message: `There is another construct of the name ${name} in the ${scope} ${id === '' ? 'itself' : id}.`,
          remedy: 'Give one of the two another name.',
        }),
    place: {
      file: path.relative(cwd, program),
      source,
      callers,
    },
    exitStatus: 1,
    cause: error,
  });
}

/** What a construct refuses when it is made, with the lines that make it. */
function withLines(error: SlipwayError, project: string): SlipwayError {
  const { code, message, remedy, place, exitStatus, cause } = error;
  const [source, ...callers] = authorLines(error.stack ?? '', project);
  if (place.source !== undefined || source === undefined) return error;
  return new SlipwayError({ code, message, remedy, exitStatus, cause, place: { ...place, source, callers } });
}

const SAME_NAME = /^There is already a Construct with name '(.*)' in (\w+)(?: \[(.*)\])?$/;

function syntaxPosition(stack: string, project: string): string | undefined {
  const match = /^(file:\/\/[^\n]*?):(\d+)\n/.exec(stack);
  if (match?.[1] === undefined) return undefined;
  return `${path.relative(project, fileURLToPath(match[1]))}:${match[2] ?? ''}`;
}
