/** Tests that compare with reference data beside the clone, which most clones lack. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from '@jest/globals';

const SHARED = resolve(import.meta.dirname, '../../../shared');

/** A `describe` that needs a folder of ../shared. Where it is not there the tests are skipped, and one line says so. */
export function describeWithShared(name: string, title: string, block: (folder: string) => void): void {
  const folder = join(SHARED, name);
  if (existsSync(folder)) {
    describe(title, () => {
      block(folder);
    });
    return;
  }
  process.stderr.write(`skipped, as ../shared/${name} is not here: ${title}\n`);
  // A file without any test fails.
  test.todo(`${title}: ../shared/${name}`);
}
