import fs from 'node:fs';
import path from 'node:path';

let stamp: string | undefined;

/** Of the code that renders: another version may make something else of the same files. */
export function codeStamp(): string {
  const source = path.join(import.meta.dirname, '..');
  stamp ??= ['manifest', 'sops', 'flux', 'render']
    .flatMap((folder) => fs.readdirSync(path.join(source, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => `${path.relative(source, file)} ${fs.statSync(file).size} ${fs.statSync(file).mtimeMs}`)
    .join('\n');
  return stamp;
}
