import { spawn } from 'node:child_process';
import { afterAll } from '@jest/globals';

/** Starts the program `ssh-server` for the repositories below `root`, until the file's tests are over. @returns its port. */
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
