import { readFileSync } from 'node:fs';

/** The texts of a snapshot file of pytest (syrupy's `.ambr`), by the name of the test. */
export function readSnapshots(file: string): ReadonlyMap<string, string> {
  const parts = readFileSync(file, 'utf8').split(/^# name: /m);
  return new Map(
    parts.slice(1).map((part) => {
      const [name = '', ...lines] = part.split('\n');
      const end = lines.indexOf('# ---');
      // The text stands between two lines of quotes, two spaces in.
      const text = lines.slice(1, end - 1).map((line) => line.slice(2));
      return [name, text.join('\n')];
    }),
  );
}
