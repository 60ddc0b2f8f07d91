import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { failure } from '../../sops/index.ts';
import type { Command, Io, Status } from '../command.ts';
import { refuseMore, withoutKey, wrongUse } from './files.ts';
import { showForDiff } from './git-diff.ts';
import { mergeInPlace } from './git-merge.ts';

const DRIVER = 'slipway-sops';
const DEFAULT_PATTERNS = ['*.sops.yaml', '*.sops.yml', '*.sops.json', '*.sops.env', '*.sops.ini'];

export const git: Command = {
  options: { command: { type: 'string' } },
  help: `Usage: slipway secrets git [PATTERN…]

Sets up git for encrypted files in this clone, for *.sops.yaml and the like and for further patterns that you name. Run it
again whenever you like.

  git diff    shows which keys changed, never a value. With SLIPWAY_SHOW_VALUES=1, on a terminal and with a key, it
              shows values.
  git merge   merges key by key. With a key it decrypts, merges and encrypts; without, it merges only what is provably
              right. Where both sides changed the same value the file stays whole, as it is on our side, and git
              reports a conflict: no marks are ever put into it.

The lines in .gitattributes are for everyone, so commit them; the rest is in .git/config of this clone.

Example:
  slipway secrets git kubernetes/flux/config/secrets.yaml
`,
  async run(args, io): Promise<Status> {
    const [verb, ...rest] = args.operands;
    // What git calls.
    if (verb === 'diff' && rest.length === 1) return showForDiff(resolve(io.cwd, rest[0] ?? ''), io);
    if (verb === 'merge' && rest.length === 4) {
      refuseMore(args, 5);
      const [base = '', ours = '', theirs = '', path = ''] = rest;
      const at = (name: string) => resolve(io.cwd, name);
      return mergeInPlace({ base: at(base), ours: at(ours), theirs: at(theirs), path }, io);
    }
    install(args.operands, typeof args.options.command === 'string' ? args.options.command : undefined, io);
    return 0;
  },
};

function install(patterns: readonly string[], named: string | undefined, io: Io): void {
  const root = run(io, io.cwd, 'rev-parse', '--show-toplevel');
  const command = named ?? ownCommand();
  const settings = [
    [`diff.${DRIVER}.textconv`, `${command} secrets git diff`],
    // The text depends on who looks: it is never kept.
    [`diff.${DRIVER}.cachetextconv`, 'false'],
    [`merge.${DRIVER}.name`, 'SOPS files, key by key'],
    [`merge.${DRIVER}.driver`, `${command} secrets git merge %O %A %B %P`],
  ];
  for (const [name = '', value = ''] of settings) run(io, root, 'config', '--local', name, value);
  const path = join(root, '.gitattributes');
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const lines = before.split('\n').map((line) => line.trim());
  const wanted = [...DEFAULT_PATTERNS, ...patterns].map((pattern) => {
    if (/\s/.test(pattern))
      throw wrongUse(`The pattern ${JSON.stringify(pattern)} has a blank, which .gitattributes does not take.`);
    return `${pattern} diff=${DRIVER} merge=${DRIVER}`;
  });
  const missing = wanted.filter((line) => !lines.includes(line));
  if (missing.length > 0) {
    const start = before === '' || before.endsWith('\n') ? before : `${before}\n`;
    writeFileSync(path, `${start}${missing.join('\n')}\n`);
  }
  io.stdout.write(
    missing.length === 0 ? 'git is set up.\n' : 'git is set up. Next: git add .gitattributes && git commit\n',
  );
}

/** This very program, as a shell that git starts would find it. */
function ownCommand(): string {
  const [, script] = process.argv;
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return script === undefined ? 'slipway' : `${quote(process.execPath)} ${quote(script)}`;
}

function run(io: Io, cwd: string, ...parameters: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', parameters, {
    cwd,
    env: withoutKey(io.env),
    encoding: 'utf8',
  });
  if (status === 0) return stdout.trim();
  throw failure('git', `git ${parameters[0] ?? ''} failed: ${stderr.trim().split('\n')[0] ?? ''}`, {
    exitStatus: 3,
    cause: error,
  });
}
