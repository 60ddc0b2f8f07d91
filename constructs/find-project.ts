import fs from 'node:fs';
import path from 'node:path';

/** The nearest folder from here upward that has a cdk8s.yaml; the folder itself where none has. */
export function findProject(from: string): string {
  const start = path.resolve(from);
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, 'cdk8s.yaml'))) return folder;
    if (path.dirname(folder) === folder) return start;
  }
}
