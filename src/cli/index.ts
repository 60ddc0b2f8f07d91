/** The `slipway` command: a table of verbs, each a thin file of its own, and how their errors and statuses are shown. */
import { parseArgs } from 'node:util';
import { SlipwayError, SlipwayErrors, formatError } from '../errors.ts';
import type { Command, Io, Status } from './command.ts';

interface Verb {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  synth: {
    summary: 'write the tree that the program describes, or check it',
    load: async () => (await import('./synth.ts')).synth,
  },
  explain: {
    summary: 'show what made an object or a file of the tree',
    load: async () => (await import('./explain.ts')).explain,
  },
  doctor: {
    summary: 'show what is here, in which version, and what is missing',
    load: async () => (await import('./doctor.ts')).doctor,
  },
};

/** Runs one command line and returns the exit status; an error is shown on `io.stderr`, never thrown. */
export async function main(argv: readonly string[], io: Io): Promise<Status> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(overview());
    return name === undefined ? 2 : 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  try {
    if (verb === undefined) throw wrongUse(`There is no command '${name}'.`, 'Run `slipway --help` for the list.');
    const command = await verb.load();
    const { values, positionals } = parse(name, rest, command);
    if (values.help === true) {
      io.stdout.write(command.help);
      return 0;
    }
    return await command.run({ options: values, operands: positionals }, io);
  } catch (error) {
    return showError(error, io);
  }
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
    throw wrongUse(`${sentence}.`, `Run \`slipway ${name} --help\`.`, cause);
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(VERBS).map((name) => name.length));
  const lines = Object.entries(VERBS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: slipway <command> [options]\n\n${lines.join('\n')}\n\nslipway <command> --help says more, with an example.\n`;
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
