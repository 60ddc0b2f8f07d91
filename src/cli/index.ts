/** The `slipway` command: a table of verbs, each a thin file of its own, and how their errors and statuses are shown. */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SlipwayError, SlipwayErrors, formatError } from '../errors.ts';
import type { Command, Io, Status, Verbs } from './command.ts';

const VERBS: Verbs = {
  synth: {
    summary: 'write the tree that the program describes, or check it',
    load: async () => (await import('./synth.ts')).synth,
  },
  explain: {
    summary: 'show what made an object or a file of the tree',
    load: async () => (await import('./explain.ts')).explain,
  },
  build: {
    summary: 'render a Flux repository without a cluster',
    load: async () => (await import('./build.ts')).build,
  },
  diff: {
    summary: 'show what a change does to the cluster, without one',
    load: async () => (await import('./diff/index.ts')).diff,
  },
  test: {
    summary: 'find all that can be wrong with a Flux repository, without a cluster',
    load: async () => (await import('./test/index.ts')).test,
  },
  bootstrap: {
    summary: 'bring a bare cluster to what a repository says',
    load: async () => (await import('./bootstrap/index.ts')).bootstrap,
  },
  sync: {
    summary: 'keep a cluster equal to its Flux objects',
    load: async () => (await import('./sync/index.ts')).sync,
  },
  status: {
    summary: 'show how a cluster stands: what is ready, and why what is not',
    load: async () => (await import('./status/index.ts')).status,
  },
  events: {
    summary: 'show what happened in a cluster, and by whom',
    load: async () => (await import('./events/index.ts')).events,
  },
  tree: {
    summary: 'show what hangs on what in a cluster, and how it fares',
    load: async () => (await import('./tree/index.ts')).tree,
  },
  init: {
    summary: 'make a new cluster repository',
    load: async () => (await import('./init/index.ts')).init,
  },
  doctor: {
    summary: 'show what is here, in which version, and what is missing',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  secrets: {
    summary: 'make, change, check and merge encrypted files',
    verbs: async () => (await import('./secrets/index.ts')).SECRETS,
  },
  sandbox: {
    summary: 'a real control plane on this machine',
    verbs: async () => (await import('./sandbox/index.ts')).SANDBOX,
  },
};

/** Runs one command line and returns the exit status; an error is shown on `io.stderr`, never thrown. */
export async function main(argv: readonly string[], io: Io): Promise<Status> {
  try {
    return await dispatch('slipway', VERBS, argv, io);
  } catch (error) {
    return showError(error, io);
  }
}

async function dispatch(program: string, verbs: Verbs, argv: readonly string[], io: Io): Promise<Status> {
  const [name, ...rest] = argv;
  if (name === '--version' && verbs === VERBS) {
    io.stdout.write(`slipway ${ownVersion()}\n`);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(overview(program, verbs));
    return name === undefined ? 2 : 0;
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined) throw wrongUse(`There is no command '${name}'.`, `Run \`${program} --help\` for the list.`);
  if ('verbs' in verb) return dispatch(`${program} ${name}`, await verb.verbs(), rest, io);
  const command = await verb.load();
  const { values, positionals } = parse(`${program} ${name}`, rest, command);
  if (values.help === true) {
    io.stdout.write(command.help);
    return 0;
  }
  return await command.run({ options: values, operands: positionals }, io);
}

function parse(name: string, rest: string[], command: Command): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({
      args: rest,
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (cause) {
    const sentence = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause);
    throw wrongUse(`${sentence}.`, `Run \`${name} --help\`.`, cause);
  }
}

function overview(program: string, verbs: Verbs): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length));
  const lines = Object.entries(verbs).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: ${program} <command> [options]\n\n${lines.join('\n')}\n\n${program} <command> --help says more, with an example.\n`;
}

/** Of the package.json of this package, which lies at the root of the source and of what is compiled from it. */
function ownVersion(): string {
  const folders = ['../..', '../../..'].map((up) => path.resolve(import.meta.dirname, up));
  const found = folders.map((folder) => path.join(folder, 'package.json')).find((file) => fs.existsSync(file)) ?? '';
  const { version } = JSON.parse(fs.readFileSync(found, 'utf8')) as { version: string };
  return version;
}

function wrongUse(message: string, remedy: string, cause?: unknown): SlipwayError {
  return new SlipwayError({ code: 'cli/usage', message, remedy, exitStatus: 2, cause });
}

function showError(error: unknown, io: Io): Status {
  if (error instanceof SlipwayErrors) {
    io.stderr.write(`${error.message}\n`);
    if (error.errors.length > 1) io.stderr.write(`${error.errors.length} errors\n`);
    return error.exitStatus;
  }
  if (error instanceof SlipwayError) {
    io.stderr.write(`${formatError(error)}\n`);
    return error.exitStatus;
  }
  // Not one of ours: a defect here or an exception in the author's program, for which the stack is the best help.
  io.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 3;
}
