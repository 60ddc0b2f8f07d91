import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { temporaryFolder } from './folder.ts';

const SOURCE = path.join(import.meta.dirname, 'ssh-server', 'main.go');
const MODULE = path.join(import.meta.dirname, '../../sandbox/tools');

/** The path of a real SSH server for git, built by Go; `undefined`, and a line on standard error, where it cannot be. */
export function buildSshServer(): string | undefined {
  const program = path.join(temporaryFolder(), 'ssh-server');
  const built = spawnSync('go', ['build', '-C', MODULE, '-o', program, SOURCE], { encoding: 'utf8' });
  if (built.status === 0) return program;
  process.stderr.write(`skipped, as the SSH server was not built by Go: ${built.error?.message ?? built.stderr}\n`);
  return undefined;
}

/** Starts it for the repositories below `root`, until the file's tests are over. @returns its port. */
export async function startSshServer(
  program: string,
  root: string,
  authorizedKey: string,
  hostKey: string,
): Promise<number> {
  const server = spawn(program, [root, authorizedKey, hostKey], { stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(() => server.kill());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.stdout.once('data', (chunk: Buffer) => {
      resolve(Number(chunk.toString()));
    });
  });
}

const servers: (() => void)[] = [];

afterAll(() => {
  for (const stop of servers) stop();
});
