import { mkdirSync, openSync, closeSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { keysFile } from '../../sops/index.ts';
import type { Command, Status } from '../command.ts';
import { refuseMore, textOption } from './files.ts';

export const keygen: Command = {
  options: { output: { type: 'string', short: 'o' }, x25519: { type: 'boolean' } },
  help: `Usage: slipway secrets keygen [-o FILE] [--x25519]

Makes an age key and prints its recipient, the public half that files are encrypted to. The key itself goes into FILE,
which only you can read; without -o into the file where sops, Flux's tools and slipway look for it. A file that exists is
never touched.

  -o FILE      put the key there; - prints it
  --x25519     a key of the older kind, which programs before age 1.3 and sops 3.12 read as well; the default is
               post-quantum (ML-KEM-768 with X25519)

Example:
  slipway secrets keygen
`,
  async run(args, io): Promise<Status> {
    refuseMore(args, 0);
    const { generateHybridIdentity, generateX25519Identity, identityToRecipient } = await import('age-encryption');
    const identity = await (args.options.x25519 === true ? generateX25519Identity() : generateHybridIdentity());
    const recipient = await identityToRecipient(identity);
    const content = `# created: ${new Date().toISOString()}\n# public key: ${recipient}\n${identity}\n`;
    const named = textOption(args, 'output');
    if (named === '-') {
      io.stdout.write(content);
      return 0;
    }
    const path = named === undefined ? keysFile(io.env, io.env.HOME) : resolve(io.cwd, named);
    writeNew(path, content);
    io.stdout.write(`${recipient}\n`);
    io.stderr.write(
      `The key is in ${path}. Keep a copy of it where you keep what must not be lost.\nNext: put the recipient above into the \`ageRecipients\` of your Cluster.\n`,
    );
    return 0;
  },
};

function writeNew(path: string, content: string): void {
  if (existsSync(path)) {
    throw new SlipwayError({
      code: 'secrets/key-exists',
      message: 'There is a key already.',
      place: { file: path },
      remedy: 'Use it, or name another file with -o.',
      exitStatus: 2,
    });
  }
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const descriptor = openSync(path, 'wx', 0o600);
    writeFileSync(descriptor, content);
    closeSync(descriptor);
  } catch (cause) {
    throw new SlipwayError({
      code: 'secrets/key-unwritable',
      message: 'The key cannot be written.',
      place: { file: path },
      exitStatus: 3,
      cause,
    });
  }
}
