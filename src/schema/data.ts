import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../manifest/index.ts';

/** Beside the sources in a clone; in the package, the compiled files lie in a folder below. */
export const DATA_FOLDER =
  [join(import.meta.dirname, 'data'), join(import.meta.dirname, '../../../src/schema/data')].find((folder) =>
    existsSync(folder),
  ) ?? '';

const files = new Map<string, JsonObject>();

/** A file of the data, read when it is first asked for. */
export function dataFile(name: string): JsonObject {
  const known = files.get(name);
  if (known !== undefined) return known;
  const parsed: unknown = JSON.parse(readFileSync(join(DATA_FOLDER, `${name}.json`), 'utf8'));
  const file = isObject(parsed) ? parsed : {};
  files.set(name, file);
  return file;
}
