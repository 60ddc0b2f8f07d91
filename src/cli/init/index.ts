/** `slipway init`: a new cluster repository, out of a few answers and the files in template/. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { SlipwayError } from '../../errors.ts';
import type { Arguments, Command, Io, Status } from '../command.ts';
import { nameOfFolder, PARSERS, type Answers } from './answers.ts';
import { layFiles } from './lay-files.ts';
import { newFiles, slipwayDependency } from './template.ts';

type Question = keyof Answers;

const QUESTIONS: readonly (readonly [Question, string])[] = [
  ['name', 'Name of the cluster'],
  ['repository', 'URL of its git repository, as Flux will read it'],
  ['branch', 'Branch'],
];

export const init: Command = {
  options: {
    name: { type: 'string' },
    repository: { type: 'string' },
    branch: { type: 'string' },
    slipway: { type: 'string' },
    yes: { type: 'boolean', short: 'y' },
  },
  help: `Usage: slipway init [DIR] [--name NAME] [--repository URL] [--branch BRANCH] [--yes]

Makes a new cluster repository in DIR, by default the current folder: a program of one app with Flux itself, a test,
CI, and a Renovate config. What no option answers is asked on the terminal. Nothing that is there is touched.

  --name NAME         of the cluster; by default that of the folder
  --repository URL    where Flux will find the repository; by default git's remote origin
  --branch BRANCH     by default git's current branch, else main
  --slipway SPEC      where npm takes slipway from: a version, a tarball, a git URL
  --yes, -y           ask nothing and take the defaults

Example:
  slipway init home --repository https://git.example.org/me/home.git --yes
`,
  async run({ options, operands }, io): Promise<Status> {
    if (operands[1] !== undefined) throw wrongUse(`\`slipway init\` takes one folder, and no '${operands[1]}'.`);
    const folder = path.resolve(io.cwd, operands[0] ?? '.');
    const given = givenAnswers(options);
    const defaults = defaultsOf(folder);
    const canAsk = io.stdin.isTTY && io.stderr.isTTY && options.yes !== true;
    const answers = canAsk ? await ask(given, defaults, io) : withDefaults(given, defaults);
    const slipway = typeof options.slipway === 'string' ? { spec: options.slipway } : slipwayDependency(folder);
    const files = newFiles(answers, slipway.spec);
    layFiles(folder, files);
    for (const file of files) io.stdout.write(`created  ${path.join(operands[0] ?? '', file.path)}\n`);
    io.stdout.write(`\nNext: ${nextSteps(folder, answers, slipway.pack, io.cwd)}\n`);
    return 0;
  },
};

function givenAnswers(options: Arguments['options']): Partial<Answers> {
  const given: [Question, string][] = [];
  for (const [question] of QUESTIONS) {
    const answer = options[question];
    if (typeof answer === 'string') given.push([question, PARSERS[question](answer)]);
  }
  return Object.fromEntries(given);
}

function defaultsOf(folder: string): Partial<Answers> {
  // Only of the folder itself: a repository around it is another one.
  const isRepository = fs.existsSync(path.join(folder, '.git'));
  const git = (...args: string[]): string => {
    const { stdout, status } = spawnSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return status === 0 ? stdout.trim() : '';
  };
  const repository = isRepository ? usable('repository', git('remote', 'get-url', 'origin')) : undefined;
  const branch = isRepository ? usable('branch', git('symbolic-ref', '--short', 'HEAD')) : undefined;
  return { name: nameOfFolder(path.basename(folder)), ...(repository && { repository }), branch: branch ?? 'main' };
}

/** What git says is a default only if it would do as an answer. */
function usable(question: Question, answer: string): string | undefined {
  try {
    return PARSERS[question](answer);
  } catch {
    return undefined;
  }
}

function withDefaults(given: Partial<Answers>, defaults: Partial<Answers>): Answers {
  const { name, repository, branch } = { ...defaults, ...given };
  if (name !== undefined && repository !== undefined && branch !== undefined) return { name, repository, branch };
  throw wrongUse('Nothing says which repository Flux will read.', 'Give it: --repository URL.');
}

/** Asks until each answer will do. Ctrl-C and the end of the input give up. */
async function ask(given: Partial<Answers>, defaults: Partial<Answers>, io: Io): Promise<Answers> {
  const terminal = createInterface({ input: io.stdin, output: io.stderr });
  const ended = new AbortController();
  terminal.once('close', () => {
    ended.abort();
  });
  try {
    let answers = given;
    for (const [question, text] of QUESTIONS) {
      while (answers[question] === undefined) {
        const fallback = defaults[question];
        const hint = fallback === undefined ? '' : ` [${fallback}]`;
        const answer = (await terminal.question(`${text}${hint}: `, { signal: ended.signal })).trim();
        answers = { ...answers, ...accepted(question, answer === '' ? (fallback ?? '') : answer, io) };
      }
    }
    return withDefaults(answers, {});
  } catch (cause) {
    if (!ended.signal.aborted) throw cause;
    io.stderr.write('\n');
    throw new SlipwayError({ code: 'init/interrupted', message: 'Nothing was written.', exitStatus: 2, cause });
  } finally {
    terminal.close();
  }
}

function accepted(question: Question, answer: string, io: Io): Partial<Answers> {
  try {
    return { [question]: PARSERS[question](answer) };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    io.stderr.write(`  ${error.message}\n`);
    return {};
  }
}

function nextSteps(folder: string, { branch }: Answers, pack: string | undefined, cwd: string): string {
  return [
    ...(folder === cwd ? [] : [`cd ${path.relative(cwd, folder)}`]),
    ...(fs.existsSync(path.join(folder, '.git')) ? [] : [`git init -b ${branch}`]),
    ...(pack === undefined ? [] : [pack]),
    'npm install',
    'npm start',
  ].join(' && ');
}

function wrongUse(message: string, remedy = 'Run `slipway init --help`.'): SlipwayError {
  return new SlipwayError({ code: 'cli/usage', message, remedy, exitStatus: 2 });
}
