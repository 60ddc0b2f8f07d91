import { SlipwayError, formatError } from '../../errors.ts';
import {
  checkRecipients,
  checkRule,
  checkSealed,
  matchRule,
  openSopsFile,
  parseRule,
  pathForRules,
  warningsFor,
} from '../../sops/index.ts';
import type { SopsConfig } from '../../sops/index.ts';
import type { Command, Status } from '../command.ts';
import type { Loaded } from './files.ts';
import { configFor, FORMAT_OPTION, keyringFrom, loadAll } from './files.ts';

export const verify: Command = {
  options: { ...FORMAT_OPTION, keyless: { type: 'boolean' } },
  help: `Usage: slipway secrets verify [FILE…] [--keyless]

Checks the named encrypted files, or all of them, in two parts. Without a key: every value that should be encrypted is,
the stanzas are whole, recipients and rule are those of .sops.yaml, and Flux will recognise the file. With a key: the MAC
and every value. Status 1: something is wrong; 3: a file could not be opened, so its second part is not known.

  --keyless    the first part only

Example:
  slipway secrets verify
`,
  async run(args, io): Promise<Status> {
    const config = configFor(io);
    const keyring = keyringFrom(io);
    let status: Status = 0;
    /** What is wrong with no file, but with the keys that are here, is said once. */
    const said = new Set<string>();
    const worsen = (to: Status) => {
      if (to > status) status = to;
    };
    for (const loaded of loadAll(args, io, 'verify')) {
      const { sealed } = loaded;
      const findings = [...checkSealed(sealed), ...againstRule(loaded, config)];
      for (const warning of warningsFor(sealed)) io.stderr.write(`${formatError(warning, 'warning')}\n`);
      for (const finding of findings) io.stderr.write(`${formatError(finding)}\n`);
      if (findings.length > 0) worsen(1);
      let keyed = 'not looked at';
      if (args.options.keyless !== true) {
        try {
          (await openSopsFile(sealed, keyring)).close();
          keyed = 'right';
        } catch (error) {
          if (!(error instanceof SlipwayError)) throw error;
          const isOfKeys = error.code === 'sops/no-identity' && said.has(error.message);
          if (!isOfKeys) io.stderr.write(`${formatError(error)}\n`);
          said.add(error.message);
          worsen(error.exitStatus);
          keyed = error.exitStatus === 3 ? 'not known, as no key opens it' : 'wrong';
        }
      }
      const keyless = findings.length === 0 ? 'right' : 'wrong';
      io.stdout.write(`${sealed.file ?? ''}: without a key ${keyless}; MAC and values ${keyed}\n`);
    }
    return status;
  },
};

export function againstRule({ path, sealed }: Loaded, config: SopsConfig | undefined): readonly SlipwayError[] {
  const raw = config === undefined ? undefined : matchRule(config, pathForRules(config, path));
  if (raw === undefined) return [];
  const rule = parseRule(raw);
  return [...checkRecipients(sealed, rule.groups), ...checkRule(sealed, rule)];
}
