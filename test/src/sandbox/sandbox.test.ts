import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { down, findSandboxProgram, sandboxStatus, up } from '../../../src/sandbox/index.ts';
import { startOf } from '../../../src/sandbox/process-identity.ts';
import { describeWithTool } from '../../support/tools.ts';
import { readFiles, temporaryFolder, writeFiles } from '../../support/folder.ts';
import { REPOSITORY, slipway } from '../../support/project.ts';

const PATIENCE_MS = 180_000;
const kubectl = findSandboxProgram('kubectl', process.env) ?? 'kubectl';

describeWithTool('kube-apiserver', 'a sandbox', () => {
  const project = temporaryFolder();
  const folder = path.join(project, '.slipway/sandbox');
  const options = { env: process.env, repository: project, log: () => undefined };

  afterAll(async () => {
    await down(folder);
  }, PATIENCE_MS);

  function run(program: string, ...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, KUBECONFIG: path.join(folder, 'kubeconfig'), GIT_TERMINAL_PROMPT: '0' },
    });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  test(
    'comes up, answers kubectl, serves git, is mended where processes were killed, and goes down',
    async () => {
      writeFiles(project, { 'main.ts': 'first\n' });
      run('git', 'init', '--quiet', '--initial-branch=trunk');
      run('git', 'add', 'main.ts');
      run('git', '-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'first');
      const started = slipway(project, 'sandbox', 'up');
      expect(started.stderr).toBe('');
      expect(started.status).toBe(0);
      const status = sandboxStatus(folder)!;
      expect(status.processes.map(({ name }) => name)).toEqual([
        'etcd',
        'kube-apiserver',
        'kube-controller-manager',
        'git',
      ]);

      run(kubectl, 'create', 'configmap', 'kept', '--from-literal=a=b');
      for (const file of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (/kubeconfig|token|key$|\.json$/.test(file))
          expect(fs.statSync(path.join(folder, file)).mode & 0o077).toBe(0);
      }
      expect(fs.statSync(folder).mode & 0o077).toBe(0);
      expect(run('git', 'status', '--porcelain')).toBe('');

      // HEAD is main there; a push arrives; who does not know the path gets nothing.
      expect(run('git', 'ls-remote', status.git, 'main')).toContain(run('git', 'rev-parse', 'HEAD').trim());
      run('git', 'push', '--quiet', status.git, 'HEAD:refs/heads/other');
      run('git', 'clone', '--quiet', '--branch', 'other', status.git, path.join(project, 'clone'));
      fs.rmSync(path.join(project, 'clone'), { recursive: true });
      const guess = new URL('/cluster.git/info/refs?service=git-upload-pack', status.git);
      expect((await fetch(guess)).status).toBe(404);
      expect((await fetch(`${status.git}/config`)).status).toBe(404);
      expect((await fetch(`${status.git}/../../sandbox.json`)).status).toBe(404);

      // Up again changes nothing.
      expect(await up(folder, options)).toEqual(status);

      for (const { name, pid } of status.processes)
        if (name !== 'kube-controller-manager') process.kill(pid!, 'SIGKILL');
      while (sandboxStatus(folder)!.processes.filter(({ pid }) => pid !== undefined).length > 1) await sleep(20);
      expect(slipway(project, 'sandbox', 'status').status).toBe(1);
      const mended = await up(folder, options);
      expect(mended.processes.every(({ pid }) => pid !== undefined)).toBe(true);
      expect(mended.server).toBe(status.server);
      expect(run(kubectl, 'get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
      expect(run('git', 'ls-remote', mended.git, 'other')).not.toBe('');

      const ended = slipway(project, 'sandbox', 'down');
      expect(ended.stdout).toBe('Ended etcd, git, kube-apiserver, kube-controller-manager.\n');
      expect(mended.processes.filter(({ pid }) => startOf(pid!) !== undefined)).toEqual([]);
      expect(fs.existsSync(folder)).toBe(false);
      expect(slipway(project, 'sandbox', 'down').status).toBe(0);
      expect(slipway(project, 'sandbox', 'status').status).toBe(1);
    },
    PATIENCE_MS,
  );

  test(
    'whose start was killed at any moment leaves nothing that `down` does not end',
    async () => {
      for (const delay of [150, 250, 400, 700, 1500]) {
        const starter = spawn(process.execPath, [path.join(REPOSITORY, 'bin/slipway.js'), 'sandbox', 'up'], {
          cwd: project,
          stdio: 'ignore',
        });
        await sleep(delay);
        const ended = once(starter, 'exit');
        starter.kill('SIGKILL');
        await ended;
        await down(folder);
        expect(processesIn(folder)).toEqual([]);
        expect(fs.existsSync(folder)).toBe(false);
      }
    },
    PATIENCE_MS,
  );

  test('is never put into a folder of other things, nor are those deleted', () => {
    writeFiles(project, { 'mine/letter.txt': 'dear' });
    const refused = { status: 2, stderr: expect.stringContaining('sandbox/not-a-sandbox') };
    expect(slipway(project, 'sandbox', 'up', '--dir', 'mine')).toMatchObject(refused);
    expect(slipway(project, 'sandbox', 'down', '--dir', 'mine')).toMatchObject(refused);
    expect(slipway(project, 'sandbox', 'down', '--dir', '.')).toMatchObject(refused);
    expect(readFiles(path.join(project, 'mine'))).toEqual({ 'letter.txt': 'dear' });
  });

  test('takes nothing that it does not know', () => {
    const { status, stderr } = slipway(project, 'sandbox', 'up', 'now');
    expect(status).toBe(2);
    expect(stderr).toContain('cli/usage');
  });
});

/** Command lines of the processes whose working directory is this folder. Known on Linux only. */
function processesIn(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // The kernel says ` (deleted)` after a folder that is gone.
        return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) && startOf(Number(pid)) !== undefined;
      } catch {
        return false;
      }
    })
    .map((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
}
