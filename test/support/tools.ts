/** Tests that compare with the real programs: they run where `npm run tools` built them, and are skipped elsewhere. */
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { BIN, findBuiltTool } from '../../src/programs.ts';

/**
 * A `describe` that needs a real program, whose path the block is given. Where it was not built, the block's tests
 * are skipped, and one line on standard error says so. A program on PATH will not do: its version is anyone's guess.
 */
export function describeWithTool(name: string, title: string, block: (program: string) => void): void {
  const program = findBuiltTool(name);
  if (program !== undefined) {
    describe(title, () => {
      block(program);
    });
    return;
  }
  process.stderr.write(`skipped, as ${name} is not built (npm run tools ${name}): ${title}\n`);
  describe.skip(title, () => {
    block(join(BIN, name));
  });
}
