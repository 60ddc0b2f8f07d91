import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../errors.ts';
import { findTool } from '../programs.ts';
import type { Command, Io } from './command.ts';

/** A program or a file that a command needs, and what was found of it. */
interface Finding {
  readonly name: string;
  /** `undefined` where it is missing. */
  readonly version: string | undefined;
  readonly path: string | undefined;
  /** What needs it. */
  readonly for: string;
  /** Whether nothing works without it. */
  readonly required: boolean;
  readonly remedy: string;
}

interface Program {
  readonly name: string;
  readonly args: readonly string[];
  readonly for: string;
  readonly remedy: string;
}

const BUILT = 'Run `npm run tools` in a clone of slipway, or install it.';
const SANDBOX = 'Run `npm run tools sandbox` in a clone of slipway, or set KUBEBUILDER_ASSETS.';
const PROGRAMS: readonly Program[] = [
  {
    name: 'git',
    args: ['--version'],
    for: 'hand edits, slipway diff, and git repositories as sources',
    remedy: 'Install git.',
  },
  { name: 'go', args: ['version'], for: 'npm run tools', remedy: 'Install Go, to build the programs below.' },
  {
    name: 'kustomize',
    args: ['version'],
    for: 'what slipway build, diff and test do not build natively',
    remedy: BUILT,
  },
  {
    name: 'helm',
    args: ['version', '--short'],
    for: 'HelmReleases in slipway build, diff and test',
    remedy: BUILT,
  },
  { name: 'sops', args: ['--disable-version-check', '--version'], for: 'tests that compare with it', remedy: BUILT },
  { name: 'age', args: ['--version'], for: 'tests that compare with it', remedy: BUILT },
  { name: 'etcd', args: ['--version'], for: 'slipway sandbox', remedy: SANDBOX },
  { name: 'kube-apiserver', args: ['--version'], for: 'slipway sandbox', remedy: SANDBOX },
  { name: 'kube-controller-manager', args: ['--version'], for: 'slipway sandbox', remedy: SANDBOX },
];

const NODE_MAJOR = 24;

export const doctor: Command = {
  options: { output: { type: 'string', short: 'o' } },
  help: `Usage: slipway doctor [-o json]

Shows what is here, in which version, and what is missing for which command. Ends with 1 if something is missing without
which nothing works.

Example:
  slipway doctor
`,
  run({ options, operands }, io) {
    if (operands[0] !== undefined || (options.output !== undefined && options.output !== 'json')) {
      throw new SlipwayError({
        code: 'cli/usage',
        message: '`slipway doctor` takes nothing but `-o json`.',
        remedy: 'Run `slipway doctor --help`.',
        exitStatus: 2,
      });
    }
    const findings = [node(), project(io.cwd), ...PROGRAMS.map((program) => look(program, io.env))];
    if (options.output === 'json') io.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    else show(findings, io);
    return findings.some(({ required, version }) => required && version === undefined) ? 1 : 0;
  },
};

function node(): Finding {
  const version = process.versions.node;
  const isRight = Number(version.split('.')[0]) >= NODE_MAJOR;
  return {
    name: 'node',
    version: isRight ? version : undefined,
    path: process.execPath,
    for: 'everything',
    required: true,
    remedy: `Run it by npm or npx, which find Node ${NODE_MAJOR} in node_modules.`,
  };
}

function project(cwd: string): Finding {
  const file = path.join(cwd, 'cdk8s.yaml');
  const app = fs.existsSync(file) ? /^app:\s*(.+)$/m.exec(fs.readFileSync(file, 'utf8'))?.[1] : undefined;
  return {
    name: 'cdk8s.yaml',
    version: app,
    path: app === undefined ? undefined : file,
    for: 'synth, explain',
    required: true,
    remedy: 'Run this where cdk8s.yaml is; it has `app: node main.ts`.',
  };
}

function look(program: Program, env: NodeJS.ProcessEnv): Finding {
  const found = findTool(program.name, undefined, env.PATH);
  const { name, args, for: purpose, remedy } = program;
  return {
    name,
    version: found === undefined ? undefined : versionOf(found, args),
    path: found,
    for: purpose,
    required: false,
    remedy,
  };
}

/** The first thing in its output that looks like a version; `unknown` where it has none or does not run. */
function versionOf(program: string, args: readonly string[]): string {
  const { stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return /v?\d+\.\d+(?:\.\d+)?[^\s,]*/.exec(stdout)?.[0] ?? 'unknown';
}

function show(findings: readonly Finding[], io: Io): void {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const versions = Math.max(...findings.map(({ version }) => (version ?? 'missing').length));
  for (const { name, version, path: where, for: purpose, remedy } of findings) {
    const found = version === undefined ? `for ${purpose}. ${remedy}` : (where ?? '');
    io.stdout.write(`${name.padEnd(width)}  ${(version ?? 'missing').padEnd(versions)}  ${found}\n`);
  }
}
