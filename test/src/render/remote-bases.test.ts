import { execFile } from 'node:child_process';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { GitWork, serveGit } from '../../support/git-repository.ts';
import { REPOSITORY, type Outcome } from '../../support/project.ts';
import { describeWithTool } from '../../support/tools.ts';

// A busy machine starts processes slowly; that says nothing about what is tested.
jest.setTimeout(60_000);

const base = temporaryFolder();
const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

/** In a process that this one does not wait for, since the servers are in this one. */
function build(repository: string, ...args: readonly string[]): Promise<Outcome> {
  const script = path.join(REPOSITORY, 'bin/slipway.js');
  const env = { PATH: process.env.PATH, HOME: base, NO_PROXY: '127.0.0.1' };
  return new Promise((resolve) => {
    const command = [script, 'build', '--entry', 'entry', ...args];
    execFile(process.execPath, command, { cwd: repository, env }, (error, stdout, stderr) => {
      const code = error?.code;
      resolve({ status: error === null ? 0 : typeof code === 'number' ? code : null, stdout, stderr });
    });
  });
}

describeWithTool('kustomize', 'a base on a network', () => {
  let remote: string;
  let server: http.Server;
  let file: string;
  let requests = 0;

  beforeAll(async () => {
    const work = new GitWork(path.join(base, 'served'), 'app');
    work.commit({ 'deploy/kustomization.yaml': 'resources: [far.yaml]\n', 'deploy/far.yaml': configMap('far') });
    const { url } = await serveGit(path.join(base, 'served'));
    remote = `${url}/app/.git//deploy?ref=main`;
    server = http.createServer((_request, response) => {
      requests += 1;
      response.end(configMap('file'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    file = `http://127.0.0.1:${(server.address() as AddressInfo).port}/far.yaml`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function repository(name: string, resource: string): string {
    const folder = path.join(base, name);
    writeFiles(folder, { 'entry/kustomization.yaml': `namePrefix: near-\nresources: ["${resource}"]\n` });
    return folder;
  }

  test('is refused without being asked for, with the flag that would take it', async () => {
    const before = requests;
    const { status, stderr } = await build(repository('refused', file));
    expect(status).toBe(1);
    expect(stderr).toContain('error render/remote entry/kustomization.yaml');
    expect(stderr).toContain('--allow-remote-bases');
    expect(stderr.match(/^error /gm)).toHaveLength(1);
    expect(requests).toBe(before);
  });

  test('is fetched by git and by HTTP where that is allowed', async () => {
    const ofGit = await build(repository('git', remote), '--allow-remote-bases');
    expect([ofGit.status, ofGit.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(ofGit.stdout).toContain('name: near-far\n');
    const ofHttp = await build(repository('http', file), '--allow-remote-bases');
    expect(ofHttp.stdout).toContain('name: near-file\n');
  });

  test('is fetched each time, as it may be another', async () => {
    const folder = repository('again', file);
    const before = requests;
    await build(folder, '--allow-remote-bases');
    await build(folder, '--allow-remote-bases');
    expect(requests).toBe(before + 2);
  });

  test('is no repository of this machine, even where it is allowed', async () => {
    const local = repository('local', `file://${path.join(base, 'served/app')}//deploy?ref=main`);
    const { status, stdout } = await build(local, '--allow-remote-bases');
    expect([status, stdout]).toEqual([1, '']);
  });
});
