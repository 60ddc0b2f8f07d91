import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { getObject, impersonating, serviceAccount } from '../../../src/kube/index.ts';
import type { ExecPlugin } from '../../../src/kube/access.ts';
import { answer, configMap, fakeApi, refuse, testClient } from '../../support/fake-api.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

const REFERENCE = { group: '', kind: 'ConfigMap', namespace: 'default', name: 'a' };
const folder = temporaryFolder();

/** A plugin that counts its runs and prints what the file `credential` says, with the count as its token. */
function plugin(more: Partial<ExecPlugin> = {}): ExecPlugin {
  const script = path.join(folder, 'plugin.cjs');
  writeFiles(folder, {
    'plugin.cjs': `const fs = require('node:fs');
fs.appendFileSync(${JSON.stringify(path.join(folder, 'runs'))}, process.env.KUBERNETES_EXEC_INFO + '\\n');
const runs = fs.readFileSync(${JSON.stringify(path.join(folder, 'runs'))}, 'utf8').trim().split('\\n').length;
const say = process.env.SAY ?? JSON.stringify({ token: 'token-' + runs });
process.stdout.write(say.startsWith('{') ? JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: JSON.parse(say) }) : say);
process.exit(Number(process.env.STATUS ?? 0));
`,
  });
  fs.rmSync(path.join(folder, 'runs'), { force: true });
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: [script],
    env: {},
    installHint: undefined,
    provideClusterInfo: false,
    interactive: 'Never',
    config: undefined,
    ...more,
  };
}

function runs(): string[] {
  return fs.readFileSync(path.join(folder, 'runs'), 'utf8').trim().split('\n');
}

describe('a program that prints credentials', () => {
  test('is run once for all requests, and again when the server refuses what it gave', async () => {
    const api = await fakeApi((call) => {
      if (call.headers.authorization === 'Bearer token-2') answer(call, configMap('a'));
      else refuse(call, 401, { reason: 'Unauthorized' });
    });
    const client = testClient({ ...api.access, authorization: { kind: 'exec', plugin: plugin() } });
    await client.discovery.list();
    expect(runs()).toHaveLength(1);
    expect(await getObject(client, REFERENCE)).toBeDefined();
    await Promise.all([getObject(client, REFERENCE), getObject(client, REFERENCE)]);
    expect(runs()).toHaveLength(2);
  });

  test('is run again when what it gave runs out', async () => {
    const api = await fakeApi((call) => {
      answer(call, configMap('a'));
    });
    const SAY = JSON.stringify({ token: 'short', expirationTimestamp: '2020-01-01T00:00:00Z' });
    const client = testClient({ ...api.access, authorization: { kind: 'exec', plugin: plugin({ env: { SAY } }) } });
    await client.discovery.list();
    const before = runs().length;
    await getObject(client, REFERENCE);
    expect(runs().length).toBeGreaterThan(before);
    expect(api.calls[0]!.headers.authorization).toBe('Bearer short');
  });

  test('or a token that is asked for, is so again when it runs out, and when the server refuses it', async () => {
    let given = 0;
    const api = await fakeApi((call) => {
      if (call.headers.authorization === 'Bearer refused-2') refuse(call, 401, { reason: 'Unauthorized' });
      else answer(call, configMap('a'));
    });
    const request = () => {
      given += 1;
      // The first has all but run out, of the others none has.
      const expires = Date.now() + (given === 1 ? 5000 : 3_600_000);
      return Promise.resolve({ token: `${given === 2 ? 'refused' : 'token'}-${given}`, expires });
    };
    const client = testClient({ ...api.access, authorization: { kind: 'token-request', request } });
    await getObject(client, REFERENCE);
    expect(api.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer refused-2', 'Bearer token-3']);
    await getObject(client, REFERENCE);
    expect(given).toBe(3);
  });

  test('is told of the cluster where the kubeconfig says so', async () => {
    const api = await fakeApi(() => undefined);
    const told = plugin({ provideClusterInfo: true, config: { audience: 'x' } });
    await testClient({ ...api.access, authorization: { kind: 'exec', plugin: told } }).discovery.list();
    expect(JSON.parse(runs()[0]!)).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: api.access.server, config: { audience: 'x' } } },
    });
  });

  test.each([
    [
      'is not there',
      { command: path.join(folder, 'nowhere'), installHint: 'Install it.' },
      'is not on this machine',
      'Install it.',
    ],
    ['fails', { env: { STATUS: '7' } }, 'ended with 7', undefined],
    ['prints something else', { env: { SAY: 'hunter2' } }, 'printed no ExecCredential', undefined],
    ['prints no credential', { env: { SAY: '{}' } }, 'neither a token nor', undefined],
    ['has to ask', { interactive: 'Always' as const }, 'there is no terminal', undefined],
  ])('that %s is an error that says so, without what it printed', async (_what, more, message, remedy) => {
    const api = await fakeApi(() => undefined);
    const client = testClient({ ...api.access, authorization: { kind: 'exec', plugin: plugin(more) } });
    const failure: unknown = await client.discovery.list().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'kube/exec-plugin',
      exitStatus: 3,
      message: expect.stringContaining(message),
    });
    if (remedy !== undefined) expect(failure).toMatchObject({ remedy });
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });
});

describe('a token in a file', () => {
  test('is read anew when the server refuses the one before', async () => {
    const file = path.join(folder, 'token');
    fs.writeFileSync(file, 'old\n');
    const api = await fakeApi((call) => {
      if (call.headers.authorization === 'Bearer new') answer(call, configMap('a'));
      else refuse(call, 401);
    });
    const client = testClient({ ...api.access, authorization: { kind: 'token-file', file } });
    await expect(getObject(client, REFERENCE)).rejects.toMatchObject({ code: 'kube/unauthorized' });
    expect(api.calls).toHaveLength(1);
    fs.writeFileSync(file, 'new\n');
    expect(await getObject(client, REFERENCE)).toBeDefined();
  });
});

describe('a request as somebody else', () => {
  test('names whom, and takes the groups and extras of the kubeconfig', async () => {
    const api = await fakeApi((call) => {
      answer(call, configMap('a'));
    });
    const impersonate = { user: 'eve', groups: ['a', 'b'], uid: '1', extra: { 'Example.org/Why': ['test'] } };
    await getObject(testClient({ ...api.access, impersonate }), REFERENCE);
    expect(api.calls[0]!.headers).toMatchObject({
      'impersonate-user': 'eve',
      'impersonate-group': 'a, b',
      'impersonate-uid': '1',
      'impersonate-extra-example.org%2fwhy': 'test',
    });
    const client = testClient({ ...api.access, authorization: { kind: 'basic', username: 'me', password: 'p' } });
    await getObject(impersonating(client, serviceAccount('web', 'deployer')), REFERENCE);
    expect(api.calls[1]!.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('me:p').toString('base64')}`,
      'impersonate-user': 'system:serviceaccount:web:deployer',
    });
    expect(api.calls[1]!.headers).not.toHaveProperty('impersonate-group');
  });
});
