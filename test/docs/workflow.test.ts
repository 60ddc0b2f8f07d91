import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { temporaryFolder, writeFiles } from '../support/folder.ts';

interface Step {
  readonly name?: string;
  readonly run?: string;
}

const FILE = path.resolve(import.meta.dirname, '../../.github/workflows/cluster-diff.yaml');
const workflow = parse(fs.readFileSync(FILE, 'utf8')) as { jobs: { diff: { steps: readonly Step[] } } };
const script = workflow.jobs.diff.steps.find(({ name }) => name === 'Comment')?.run ?? '';

const MARK = '<!-- slipway diff -->';
const folder = temporaryFolder();
let comments: readonly { id: number; body: string; user: { login: string } }[] = [];

beforeEach(() => {
  comments = [];
});

/** What the step asks of the forge after it has looked at the comments. */
async function post(diff: string, status = 200): Promise<readonly unknown[]> {
  writeFiles(folder, { 'diff.md': diff });
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url = '', headers } = request;
      if (method === 'GET') response.end(JSON.stringify(comments));
      else {
        asked.push([method, url, headers.authorization, JSON.parse(Buffer.concat(chunks).toString())]);
        response.writeHead(status).end('{}');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = spawn('bash', ['-e', '-c', script], {
    cwd: folder,
    env: {
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      GITHUB_API_URL: `http://127.0.0.1:${port}/api/v1`,
      GITHUB_REPOSITORY: 'me/cluster',
      NUMBER: '7',
      TOKEN: 'secret',
    },
    stdio: 'ignore',
  });
  const [exit] = (await once(child, 'exit')) as [number];
  server.close();
  return [...asked, exit];
}

describe('the step of the workflow that comments', () => {
  const diff = `${MARK}\n\n1 added\n`;
  const token = 'token secret';

  test('posts the diff where there is no comment yet', async () => {
    expect(await post(diff)).toEqual([
      ['POST', '/api/v1/repos/me/cluster/issues/7/comments', token, { body: diff }],
      0,
    ]);
  });

  test.each(['github-actions[bot]', 'gitea-actions'])('replaces its own comment, as %s', async (login) => {
    comments = [
      { id: 1, body: `${MARK}\nnot from the workflow`, user: { login: 'somebody' } },
      { id: 2, body: `${MARK}\nold`, user: { login } },
    ];
    expect(await post(diff)).toEqual([
      ['PATCH', '/api/v1/repos/me/cluster/issues/comments/2', token, { body: diff }],
      0,
    ]);
  });

  test('says that nothing changes only where it said something else before', async () => {
    const same = `${MARK}\n\nThe cluster stays as it is.\n`;
    expect(await post(same)).toEqual([0]);
    comments = [{ id: 2, body: `${MARK}\nold`, user: { login: 'gitea-actions' } }];
    expect(await post(same)).toEqual([expect.arrayContaining(['PATCH', { body: same }]), 0]);
  });

  test('fails where the forge refuses', async () => {
    expect(await post(diff, 403)).toEqual([expect.arrayContaining(['POST']), 1]);
  });
});
