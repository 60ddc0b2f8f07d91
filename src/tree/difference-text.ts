import { createRequire } from 'node:module';
import type * as Diff from 'diff';

const MAX_LINES = 40;

// Loaded when a difference is shown: nearly every synth shows none.
const require = createRequire(import.meta.url);

/** A unified diff of two texts for people, at most 40 lines of it; of binary content, only that it differs. */
export function differenceText(
  path: string,
  before: Uint8Array,
  after: Uint8Array,
  beforeName: string,
  afterName: string,
): string {
  const [left, right] = [decode(before), decode(after)];
  if (left === undefined || right === undefined) return `Binary file ${path} differs.`;
  const { createTwoFilesPatch } = require('diff') as typeof Diff;
  // Headers that only name the file again are left out.
  const lines = createTwoFilesPatch(`${path} ${beforeName}`, `${path} ${afterName}`, left, right, '', '', {
    context: 2,
  })
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('====='));
  const shown = lines.slice(0, MAX_LINES);
  if (lines.length > MAX_LINES) shown.push(`… ${lines.length - MAX_LINES} more lines`);
  return shown.map((line) => line.trimEnd()).join('\n');
}

function decode(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
