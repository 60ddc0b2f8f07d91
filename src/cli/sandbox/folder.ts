import { resolve } from 'node:path';
import { SlipwayError } from '../../errors.ts';
import type { Arguments, Io } from '../command.ts';

/** The folder of the sandbox that a command is about. */
export function sandboxFolder({ options, operands }: Arguments, { cwd }: Io): string {
  if (operands[0] !== undefined || (options.output !== undefined && options.output !== 'json')) {
    throw new SlipwayError({
      code: 'cli/usage',
      message: 'That is no sandbox command.',
      remedy: 'Run `slipway sandbox --help`.',
      exitStatus: 2,
    });
  }
  return resolve(cwd, typeof options.dir === 'string' ? options.dir : '.slipway/sandbox');
}
