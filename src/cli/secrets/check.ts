import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { SlipwayError, SlipwayErrors } from '../../errors.ts';
import type { SopsConfig } from '../../sops/index.ts';
import {
  checkValues,
  failure,
  formatOf,
  hasPattern,
  isPlainlySealed,
  matchRule,
  readSopsFile,
  unknownFields,
} from '../../sops/index.ts';
import type { Command, Io } from '../command.ts';
import { configFor, listFiles, mayBeSealed, withoutKey } from './files.ts';

interface Candidate {
  /** As shown. */
  readonly name: string;
  /** Relative to the folder of `.sops.yaml`, as rules see it. */
  readonly path: string;
  read(): Buffer | undefined;
}

export const check: Command = {
  options: { staged: { type: 'boolean' } },
  help: `Usage: slipway secrets check [FILE…] [--staged]

Looks for plain text where a rule of .sops.yaml says that there is ciphertext: files that a path_regex matches and that are
not encrypted, and values in encrypted files that are not. It needs no key and takes a fraction of a second, so it is
made for a pre-commit hook. Names ending in .sops.yaml and the like are held to be encrypted whatever the rules say.

  --staged     look at what git would commit, not at the files

Example, as .git/hooks/pre-commit:
  exec slipway secrets check --staged
`,
  run(args, io) {
    const config = configFor(io);
    const root = config === undefined ? io.cwd : dirname(config.path);
    const candidates =
      args.options.staged === true
        ? stagedFiles(root, io)
        : (args.operands.length > 0
            ? args.operands.map((name) => relative(root, resolve(io.cwd, name)))
            : listFiles(root, io)
          ).map((path) => onDisk(root, path, io));
    const errors = [...misspelt(config), ...candidates.flatMap((candidate) => judge(candidate, config))];
    if (errors.length > 0) throw new SlipwayErrors(errors);
    return 0;
  },
};

function onDisk(root: string, path: string, io: Io): Candidate {
  const full = join(root, path);
  return {
    name: relative(io.cwd, full),
    path,
    read: () => {
      try {
        return readFileSync(full);
      } catch {
        // Deleted, or a folder of another repository: nothing to commit.
        return undefined;
      }
    },
  };
}

/** The blobs of the index that differ from the last commit. */
function stagedFiles(root: string, io: Io): Candidate[] {
  const git = (...parameters: readonly string[]) =>
    spawnSync('git', parameters, { cwd: root, env: withoutKey(io.env), maxBuffer: 2 ** 28 });
  const names = git('diff', '--cached', '--name-only', '--relative', '--diff-filter=ACMR', '-z');
  if (names.status !== 0) {
    throw failure('git', 'git cannot say what is staged.', {
      exitStatus: 3,
      cause: names.error ?? names.stderr.toString(),
    });
  }
  return names.stdout
    .toString()
    .split('\0')
    .filter((path) => path !== '')
    .map((path) => ({
      name: path,
      path,
      read: () => {
        const blob = git('show', `:./${path}`);
        return blob.status === 0 ? blob.stdout : undefined;
      },
    }));
}

function misspelt(config: SopsConfig | undefined): SlipwayError[] {
  if (config === undefined) return [];
  return unknownFields(config).map(({ name, at }) =>
    failure(
      'config',
      `.sops.yaml has ${JSON.stringify(name)}, which sops does not know and skips: the rule may match files that it should not.`,
      {
        file: config.path,
        at,
        remedy: 'Mend the name, or take it out.',
      },
    ),
  );
}

const SOPS_NAME = /\.sops\.[A-Za-z0-9]+$/;

function judge(candidate: Candidate, config: SopsConfig | undefined): SlipwayError[] {
  const { name, path } = candidate;
  if (path === '.sops.yaml') return [];
  const raw = config === undefined ? undefined : matchRule(config, path);
  // A rule without path_regex is for whatever is encrypted, and says nothing of what is to be.
  const mustBeSealed = SOPS_NAME.test(path) || (raw !== undefined && hasPattern(raw));
  if (!mustBeSealed && raw === undefined) return [];
  const bytes = candidate.read();
  if (bytes === undefined || (!mustBeSealed && !mayBeSealed(bytes))) return [];
  const format = formatOf(path);
  if (format === 'yaml' && isPlainlySealed(bytes)) return [];
  try {
    return [...checkValues(readSopsFile(bytes, format, name))];
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    if (!mustBeSealed) return [];
    if (error.code !== 'sops/not-encrypted') return [error];
    return [
      failure('plaintext-file', 'The file is in plain text where a rule says that it is encrypted.', {
        file: name,
        remedy: `Encrypt it: slipway secrets encrypt -i ${name}. If it was ever pushed, replace the secrets in it.`,
      }),
    ];
  }
}
