import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inClusterAccess } from '../../../src/kube/in-cluster.ts';
import { accessWarnings, loadAccess, parseUntrustedAccess } from '../../../src/kube/index.ts';
import { accessTo } from '../../support/fake-api.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { describeWithTool } from '../../support/tools.ts';

const folder = temporaryFolder();
const home = temporaryFolder();
const at = (name: string) => path.join(folder, name);

writeFiles(folder, {
  'ca.pem': 'the authority\n',
  'keys/client.pem': 'the certificate\n',
  'keys/client.key': 'the key\n',
  first: `apiVersion: v1
kind: Config
current-context: home
contexts:
  - name: home
    context: { cluster: home, user: me, namespace: web }
  - name: half
    context: { cluster: nowhere, user: me }
clusters:
  - name: home
    cluster:
      server: https://home.example.org:6443/k8s/clusters/c1/
      certificate-authority: ca.pem
      tls-server-name: api.example.org
      proxy-url: http://proxy.example.org:3128
users:
  - name: me
    user: { client-certificate: keys/client.pem, client-key: keys/client.key, as: eve, as-groups: [admins], as-user-extra: { reason: [test] } }
`,
  second: `apiVersion: v1
kind: Config
current-context: away
contexts:
  - name: away
    context: { cluster: away, user: robot }
  - name: home
    context: { cluster: away, user: robot }
clusters:
  - name: away
    cluster: { server: "https://away.example.org", certificate-authority-data: ${Buffer.from('authority of away').toString('base64')}, insecure-skip-tls-verify: false }
users:
  - name: robot
    user: { token: secret-token }
`,
});

function load(files: readonly string[], context?: string) {
  return loadAccess({ env: { KUBECONFIG: files.map(at).join(path.delimiter), HOME: folder }, context });
}

describe('a kubeconfig', () => {
  test('gives the access of its current context, with its files read from beside it', () => {
    expect(load(['first'])).toEqual({
      context: 'home',
      server: 'https://home.example.org:6443/k8s/clusters/c1',
      namespace: 'web',
      certificateAuthority: 'the authority\n',
      tlsServerName: 'api.example.org',
      insecure: false,
      proxyUrl: 'http://proxy.example.org:3128',
      clientCertificate: { certificate: 'the certificate\n', key: 'the key\n' },
      authorization: undefined,
      impersonate: { user: 'eve', groups: ['admins'], extra: { reason: ['test'] } },
    });
  });

  test('of several files takes each thing from the first that has it, and passes over what is not there', () => {
    expect(load(['missing', 'first', 'second']).context).toBe('home');
    const away = load(['first', 'second'], 'away');
    expect(away).toMatchObject({
      server: 'https://away.example.org',
      namespace: 'default',
      certificateAuthority: 'authority of away',
      authorization: { kind: 'token', token: 'secret-token' },
    });
    expect(load(['first', 'second'], 'home').server).toContain('home.example.org');
    expect(load(['second', 'first'], 'home').server).toBe('https://away.example.org');
  });

  test('takes what it holds itself before a file that it names', () => {
    const both = `certificate-authority: /nowhere, certificate-authority-data: ${Buffer.from('held').toString('base64')}`;
    writeFiles(folder, { both: user('token: x').replace('server:', `${both}, server:`) });
    expect(load(['both']).certificateAuthority).toBe('held');
  });

  test('without a context of that name says which there are', () => {
    expect(() => load(['first', 'second'], 'hom')).toThrow(
      expect.objectContaining({
        code: 'kube/no-context',
        exitStatus: 3,
        remedy: 'Use one of home, half, away, home with --context.',
      }),
    );
  });

  test.each([
    ['a context of a cluster that is not there', 'half', undefined],
    ['no YAML', undefined, '{'],
    ['no mapping', undefined, '[]'],
    ['half a client certificate', undefined, user('client-certificate: ca.pem')],
    ['a file that is not there', undefined, user('client-certificate: nowhere, client-key: nowhere')],
    ['a program without a name', undefined, user('exec: { apiVersion: v1 }')],
    ['a login that kubectl gave up', undefined, user('auth-provider: { name: gcp }')],
    ['a server that is no URL', undefined, user('token: x').replace('https://x', 'x')],
  ])('that has %s is refused', (_what, context, text) => {
    if (text !== undefined) writeFiles(folder, { bad: text });
    expect(() => load([text === undefined ? 'first' : 'bad'], context)).toThrow(
      expect.objectContaining({ code: 'kube/bad-kubeconfig', exitStatus: 3 }),
    );
  });

  test('that is nowhere is an error that says where it was looked for', () => {
    const empty = home;
    expect(() => loadAccess({ env: { HOME: empty } })).toThrow(
      expect.objectContaining({
        code: 'kube/no-kubeconfig',
        message: `No cluster is named: there is no ${path.join(empty, '.kube/config')}.`,
      }),
    );
    expect(() => loadAccess({ env: {}, kubeconfig: at('missing') })).toThrow(
      expect.objectContaining({ code: 'kube/no-kubeconfig' }),
    );
    writeFiles(folder, { none: 'kind: Config\n' });
    expect(() => load(['none'])).toThrow(expect.objectContaining({ code: 'kube/no-kubeconfig' }));
  });

  test('that a cluster gave has to be proved right by the server, whatever it says', () => {
    const text = user('token: x').replace('server: "https://x"', 'server: "https://x", insecure-skip-tls-verify: true');
    expect(text).toContain('insecure');
    expect(parseUntrustedAccess(text, 'Secret/web/remote')).toMatchObject({ server: 'https://x', insecure: false });
  });

  test('that a cluster gave may name no file and no program', () => {
    const inline = user('token: x');
    expect(parseUntrustedAccess(inline, 'Secret/web/remote')).toMatchObject({ server: 'https://x' });
    for (const text of [
      'tokenFile: ca.pem',
      'client-certificate: ca.pem, client-key: ca.pem',
      'exec: { apiVersion: v1, command: ls }',
    ]) {
      expect(() => parseUntrustedAccess(user(text), 'Secret/web/remote')).toThrow(
        expect.objectContaining({ code: 'kube/bad-kubeconfig', place: { file: 'Secret/web/remote' } }),
      );
    }
  });
});

function user(fields: string): string {
  return `current-context: x
contexts: [{ name: x, context: { cluster: x, user: x } }]
clusters: [{ name: x, cluster: { server: "https://x" } }]
users: [{ name: x, user: { ${fields} } }]
`;
}

describe('an access', () => {
  test('that anybody may listen to is warned of', () => {
    expect(accessWarnings(accessTo('https://x.example.org', { insecure: true }))).toEqual([
      'Context fake does not check who answers at https://x.example.org: whoever is in between reads and changes everything.',
    ]);
    expect(accessWarnings(accessTo('http://x.example.org'))).toHaveLength(1);
    expect(accessWarnings(accessTo('https://x.example.org'))).toEqual([]);
    expect(accessWarnings(accessTo('http://127.0.0.1:8001'))).toEqual([]);
  });

  test('of a pod is that of its service account', () => {
    writeFiles(folder, {
      'pod/token': 'pod-token\n',
      'pod/ca.crt': 'authority of the pod',
      'pod/namespace': 'flux-system',
    });
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect(inClusterAccess(env, at('pod'))).toMatchObject({
      server: 'https://[fd00::1]:443',
      namespace: 'flux-system',
      certificateAuthority: 'authority of the pod',
      authorization: { kind: 'token-file', file: at('pod/token') },
    });
    expect(inClusterAccess({}, at('pod'))).toBeUndefined();
    expect(inClusterAccess(env, at('nowhere'))).toBeUndefined();
  });
});

describeWithTool('kubectl', 'what kubectl makes of the same files', (kubectl) => {
  interface View {
    readonly 'current-context': string;
    readonly contexts: readonly { context: { namespace?: string } }[];
    readonly clusters: readonly { cluster: Record<string, string> }[];
    readonly users?: readonly { user: Record<string, string> }[];
  }

  test.each([
    [['first'], undefined],
    [['first', 'second'], 'away'],
    [['second', 'first'], 'home'],
    [['second', 'missing', 'first'], undefined],
  ])('of %j in context %s is the same', (files, context) => {
    const KUBECONFIG = files.map(at).join(path.delimiter);
    const args = [
      'config',
      'view',
      '--raw',
      '--flatten',
      '--minify',
      '-o',
      'json',
      ...(context === undefined ? [] : ['--context', context]),
    ];
    const { stdout, stderr } = spawnSync(kubectl, args, { encoding: 'utf8', env: { KUBECONFIG, HOME: folder } });
    if (stdout === '') throw new Error(stderr);
    const view = JSON.parse(stdout) as View;
    const cluster = view.clusters[0]!.cluster;
    const ours = load(files, context);
    expect(ours.context).toBe(view['current-context']);
    expect(ours.namespace).toBe(view.contexts[0]!.context.namespace ?? 'default');
    expect(`${ours.server}/`).toBe(cluster.server!.replace(/\/?$/, '/'));
    expect(ours.certificateAuthority).toBe(decoded(cluster['certificate-authority-data']));
    expect(ours.tlsServerName).toBe(cluster['tls-server-name']);
    expect(ours.proxyUrl).toBe(cluster['proxy-url']);
    const user = view.users?.[0]?.user ?? {};
    expect(ours.clientCertificate?.key).toBe(decoded(user['client-key-data']));
    expect(ours.authorization).toEqual(user.token === undefined ? undefined : { kind: 'token', token: user.token });
    expect(ours.impersonate?.user).toBe(user.as);
  });

  function decoded(data: string | undefined): string | undefined {
    return data === undefined ? undefined : Buffer.from(data, 'base64').toString();
  }
});
