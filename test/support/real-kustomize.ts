import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder, writeFiles } from './folder.ts';

const folder = temporaryFolder();
let count = 0;

/** What `kustomize build` prints for these files, undefined where it fails. Without a network, as Flux orders objects. */
export function realKustomize(program: string, files: Readonly<Record<string, string>>, path = ''): string | undefined {
  count += 1;
  const root = join(folder, String(count));
  writeFiles(root, files);
  const options = ['--load-restrictor', 'LoadRestrictionsNone', '--reorder', 'none'];
  const { status, stdout } = spawnSync(program, ['build', join(root, path), ...options], {
    encoding: 'utf8',
    env: { PATH: '', HOME: root, HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' },
  });
  return status === 0 ? stdout : undefined;
}
