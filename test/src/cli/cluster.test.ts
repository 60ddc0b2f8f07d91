import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { confirmCluster, requireRights, withCluster } from '../../../src/cli/cluster.ts';
import type { Arguments } from '../../../src/cli/command.ts';
import { accessTo, answer, type Call, fakeApi, testClient } from '../../support/fake-api.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { testIo } from '../../support/test-io.ts';

const folder = temporaryFolder();
const REMOTE = accessTo('https://10.0.0.1:6443', { context: 'production' });

const args = (options: Arguments['options'] = {}): Arguments => ({ options, operands: [] });
const confirm = (
  options: Arguments['options'],
  terminal: { isTerminal?: boolean; input?: string } = {},
  access = REMOTE,
) => {
  const { io, stderr } = testIo(folder, terminal);
  return confirmCluster(args(options), io, access, 'sync').then(
    () => ({ code: 'confirmed', said: stderr() }),
    (error: unknown) => error,
  );
};

test('a cluster that nobody named is changed only when somebody says so', async () => {
  expect(await confirm({}, { isTerminal: true, input: 'y\n' })).toMatchObject({
    code: 'confirmed',
    said: expect.stringContaining('production (https://10.0.0.1:6443)'),
  });
  for (const input of ['n\n', '\n', '']) {
    expect(await confirm({}, { isTerminal: true, input })).toMatchObject({
      code: 'cluster/unconfirmed',
      exitStatus: 2,
    });
  }
});

test('where there is no terminal the flags are named', async () => {
  expect(await confirm({})).toMatchObject({
    code: 'cluster/unconfirmed',
    exitStatus: 2,
    message: expect.stringContaining('production (https://10.0.0.1:6443)'),
    remedy: expect.stringMatching(/--context production or --yes/),
  });
});

test('a context that was named, --yes and a sandbox need no question', async () => {
  const sandbox = accessTo('https://127.0.0.1:1234', { context: 'slipway-sandbox' });
  expect(await confirm({ context: 'production' })).toMatchObject({ code: 'confirmed' });
  expect(await confirm({ yes: true })).toMatchObject({ code: 'confirmed' });
  expect(await confirm({}, {}, sandbox)).toMatchObject({ code: 'confirmed' });
  expect(await confirm({}, {}, { ...sandbox, server: 'https://10.0.0.1:1234' })).toMatchObject({ exitStatus: 2 });
});

test('the rights that are missing are named, and no others', async () => {
  const api = await fakeApi((call) => {
    const { spec } = JSON.parse(call.body) as { spec: { resourceAttributes: Record<string, string> } };
    const { verb, resource, subresource } = spec.resourceAttributes;
    answer(
      call,
      {
        kind: 'SelfSubjectAccessReview',
        status: { allowed: verb !== 'patch' || subresource !== 'status' || resource !== 'things' },
      },
      201,
    );
  });
  const right = (verb: string, resource: string) => ({ verb, group: 'example.org', resource, namespace: 'web' });
  const client = testClient(api.access);
  const wanted = [right('patch', 'things'), right('patch', 'things/status'), right('get', 'things/status')];
  await expect(requireRights(client, wanted, 'sync')).rejects.toMatchObject({
    code: 'cluster/no-rights',
    exitStatus: 3,
    message: 'slipway sync may not do on context fake what it needs:\npatch things.example.org/status in namespace web',
  });
  await requireRights(client, wanted.slice(0, 1), 'sync');
});

/** A kubeconfig for whatever answers at a server. */
function kubeconfig(server: string): string {
  const file = path.join(folder, 'kubeconfig');
  const entry = { name: 'a', cluster: { server }, context: { cluster: 'a' } };
  fs.writeFileSync(file, JSON.stringify({ clusters: [entry], contexts: [entry], 'current-context': 'a' }));
  return file;
}

const connect = async (server: string) => {
  const { io } = testIo(folder, { env: { HOME: folder } });
  return withCluster(args({ kubeconfig: kubeconfig(server) }), io, () => Promise.resolve('came there'));
};

test('no cluster, one that is too old, and something else than one are told apart', async () => {
  await expect(connect('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'kube/unreachable', exitStatus: 3 });
  const { io } = testIo(folder, { env: { HOME: folder } });
  await expect(withCluster(args(), io, () => Promise.resolve())).rejects.toMatchObject({ code: 'kube/no-kubeconfig' });
  const old = await oldServer((call) => {
    answer(call, { kind: 'APIGroupList', groups: [] });
  });
  await expect(connect(old)).rejects.toMatchObject({
    code: 'kube/too-old',
    exitStatus: 3,
    remedy: expect.stringContaining('1.27'),
  });
  const { access } = await fakeApi(() => undefined);
  await expect(connect(access.server)).resolves.toBe('came there');
});

/** Below a path, since `fakeApi` answers discovery at the root by itself. */
async function oldServer(handle: (call: Call) => void): Promise<string> {
  return `${(await fakeApi(handle)).access.server}/old`;
}
