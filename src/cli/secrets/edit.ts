import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { splitWords } from '../../sops/index.ts';
import { formatError, SlipwayError } from '../../errors.ts';
import { plaintextOf, readPlain, readsBack, reseal } from '../../sops/index.ts';
import type { OpenFile } from '../../sops/index.ts';
import type { Command, Io, Status } from '../command.ts';
import { FORMAT_OPTION, keyringFrom, loadToChange, operand, refuseMore, save, withOpen, withoutKey } from './files.ts';
import { withMemoryFolder } from './memory-folder.ts';
import { askPlain, canAsk } from './prompt.ts';

export const edit: Command = {
  options: { ...FORMAT_OPTION },
  help: `Usage: slipway secrets edit FILE

Opens the file in plain text in $SOPS_EDITOR, $VISUAL or $EDITOR, and encrypts it again when the editor ends. The text is in a
folder in memory, which is gone afterwards, on any signal too. Values that you leave alone keep their ciphertext. A text
that cannot be read is told of, and the editor opens again.

Example:
  EDITOR=vim slipway secrets edit secrets/db.sops.yaml
`,
  async run(args, io): Promise<Status> {
    const name = operand(args, 0, 'a file');
    refuseMore(args, 1);
    const loaded = loadToChange(args, io, name);
    const command = editorOf(io);
    const wrote = await withOpen(loaded, keyringFrom(io), async (opened) =>
      withMemoryFolder(io, async (folder) =>
        save(loaded, await editUntilRight(opened, join(folder, basename(loaded.path)), command, io)),
      ),
    );
    io.stderr.write(wrote ? `${name} is changed.\n` : `${name} is as it was.\n`);
    return 0;
  },
};

function editorOf({ env }: Io): string[] {
  const [command] = [env.SOPS_EDITOR, env.VISUAL, env.EDITOR, 'vi'].filter(
    (text) => text !== undefined && text.trim() !== '',
  );
  return splitWords(command ?? 'vi');
}

async function editUntilRight(opened: OpenFile, path: string, command: readonly string[], io: Io): Promise<Buffer> {
  const { format } = opened.sealed;
  let text = plaintextOf(opened);
  if (!readsBack(text, opened.documents, format)) {
    throw new SlipwayError({
      code: 'secrets/edit',
      message: `The file holds a value that ${format} has no way to show, so that an edit would change it.`,
      remedy: 'Change values with `slipway secrets set`.',
    });
  }
  for (;;) {
    writeFileSync(path, text, { mode: 0o600 });
    await runEditor(command, path, io);
    text = readFileSync(path);
    try {
      return reseal(opened, readPlain(text, format, opened.sealed.file), new Date());
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      io.stderr.write(`${formatError(error)}\n`);
      if (!canAsk(io))
        throw new SlipwayError({
          code: 'secrets/edit',
          message: 'The edited text cannot be encrypted; nothing was changed.',
          exitStatus: 1,
          cause: error,
        });
      const answer = await askPlain(io, 'Edit again, or give up and change nothing? [E/g] ');
      if (/^g/i.test(answer))
        throw new SlipwayError({ code: 'secrets/edit', message: 'Nothing was changed.', exitStatus: 1 });
    }
  }
}

async function runEditor([program = 'vi', ...parameters]: readonly string[], path: string, io: Io): Promise<void> {
  // Ctrl-C in the editor is the editor's.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  const child = spawn(program, [...parameters, path], { stdio: 'inherit', env: withoutKey(io.env) });
  const end = (signal: NodeJS.Signals) => child.kill(signal);
  const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.prependListener(signal, end);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (status === 0) return;
    throw new SlipwayError({
      code: 'secrets/editor',
      message: `The editor ended with ${status === null ? 'a signal' : `status ${status}`}; nothing was changed.`,
      exitStatus: 1,
    });
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw new SlipwayError({
      code: 'secrets/editor',
      message: `The editor ${program} cannot be started.`,
      remedy: 'Name one in EDITOR.',
      exitStatus: 3,
      cause,
    });
  } finally {
    process.off('SIGINT', ignore);
    for (const signal of signals) process.off(signal, end);
  }
}
