import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_FOLDER } from './data.ts';

/** Another text whenever the schemas, or the code that judges by them, are others. */
export function schemaStamp(): string {
  const hash = createHash('sha256');
  for (const folder of [import.meta.dirname, DATA_FOLDER]) {
    for (const file of readdirSync(folder).sort()) {
      if (/\.(?:ts|js|json)$/.test(file)) hash.update(readFileSync(join(folder, file)));
    }
  }
  return hash.digest('base64');
}
