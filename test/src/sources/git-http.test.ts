import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../../src/manifest/index.ts';
import { fetchGitRepository, fetchUnlessKnown, type GitSecrets, openStorage } from '../../../src/sources/index.ts';
import { openHttpRelay } from '../../../src/sources/git/http-relay.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { type GitServerOptions, GitWork, serveGit } from '../../support/git-repository.ts';
import { failureOf, gitRepository, secret } from './support.ts';

const root = temporaryFolder();
const storage = openStorage(temporaryFolder());
const app = new GitWork(root, 'app');
const commit = app.commit({ 'a.yaml': 'a: 1\n' });
const revision = `main@sha1:${commit}`;

async function fetchFrom(url: string, secrets: GitSecrets = {}, spec: Record<string, Json> = {}): Promise<string> {
  const repository = gitRepository(`${url}/app`, { ref: { branch: 'main' }, ...spec });
  return (await fetchGitRepository(repository, secrets, { storage })).revision;
}

/** Lets only requests pass that bear this `Authorization`. */
function guardedBy(authorization: string): GitServerOptions {
  return {
    instead: (request, response) => {
      if (request.headers.authorization === authorization) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return true;
    },
  };
}

const basic = `Basic ${Buffer.from('ada:p@ss word').toString('base64')}`;
const guarded = await serveGit(root, guardedBy(basic));
const tokenGuarded = await serveGit(root, guardedBy('Bearer t0ken'));
const httpCredentials = {
  transport: 'http',
  certificateAuthority: undefined,
  certificate: undefined,
  certificateKey: undefined,
} as const;
const right = { auth: secret({ username: 'ada', password: 'p@ss word' }) };

describe('an http repository', () => {
  test('is fetched with the username and the password of the Secret', async () => {
    expect(await fetchFrom(guarded.url, right)).toBe(revision);
    const spec = gitRepository(`${guarded.url}/app`, { ref: { branch: 'main' } });
    expect(await fetchUnlessKnown(spec, right, revision, { storage })).toBeUndefined();
  });

  test('is fetched with those of the URL where the Secret has none', async () => {
    const url = guarded.url.replace('://', '://ada:p%40ss%20word@');
    expect(await fetchFrom(url)).toBe(revision);
  });

  test('is fetched with a bearer token', async () => {
    expect(await fetchFrom(tokenGuarded.url, { auth: secret({ bearerToken: 't0ken\n' }) })).toBe(revision);
  });

  test.each([
    ['no credentials', {}, 'sources/auth-refused'],
    ['wrong ones', { auth: secret({ username: 'ada', password: 'wrong' }) }, 'sources/auth-refused'],
    ['a password of nobody', { auth: secret({ password: 'x' }) }, 'sources/secret-invalid'],
    ['a certificate without its key', { auth: secret({ 'tls.crt': 'x' }) }, 'sources/secret-invalid'],
    ['those of a GitHub App', { auth: secret({ githubAppID: '1' }) }, 'sources/secret-invalid'],
    ['a token of two lines', { auth: secret({ bearerToken: 'a\nb: c' }) }, 'sources/secret-invalid'],
  ])('is refused with %s', async (_, secrets: GitSecrets, code) => {
    const error = await failureOf(fetchFrom(guarded.url, secrets));
    expect(error.code).toBe(code);
    expect(error.exitStatus).toBe(code === 'sources/auth-refused' ? 3 : 1);
  });

  test('that is not there says so', async () => {
    const repository = gitRepository(`${guarded.url}/none`, { ref: { branch: 'main' } });
    expect((await failureOf(fetchGitRepository(repository, right, { storage }))).code).toBe('sources/not-found');
  });

  test('that no git server gives says so', async () => {
    const page = await serveGit(root, {
      instead: (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
        return true;
      },
    });
    expect((await failureOf(fetchFrom(page.url))).code).toBe('sources/not-a-repository');
  });

  test('whose server is broken, or away, says which', async () => {
    const broken = await serveGit(root, {
      instead: (_, response) => {
        response.writeHead(502).end();
        return true;
      },
    });
    expect((await failureOf(fetchFrom(broken.url))).code).toBe('sources/server-failed');
    const closed = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect((await failureOf(fetchFrom(`http://127.0.0.1:${port}`))).code).toBe('sources/unreachable');
  });

  test('is given up after spec.timeout', async () => {
    const slow = await serveGit(root, { instead: () => true });
    const error = await failureOf(fetchFrom(slow.url, {}, { timeout: '300ms' }));
    expect(error.code).toBe('sources/timeout');
    expect(error.message).toContain('0.3 seconds');
    expect(fs.readdirSync(path.join(storage.folder, 'tmp'))).toEqual([]);
  });

  test('is given up where more comes than may', async () => {
    const large = new GitWork(root, 'large');
    fs.writeFileSync(
      path.join(large.folder, 'noise'),
      Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i) % 251)),
    );
    large.commit({});
    const plain = await serveGit(root);
    const repository = gitRepository(`${plain.url}/large`, { ref: { branch: 'main' } });
    const limits = { maxBytes: 600, maxFiles: 10 };
    expect((await failureOf(fetchGitRepository(repository, {}, { storage, limits }))).code).toBe('sources/too-large');
  });
});

describe('a redirect', () => {
  const redirecting = (to: () => string): GitServerOptions => ({
    instead: (request, response) => {
      response.writeHead(301, { location: `${to()}${request.url ?? ''}` }).end();
      return true;
    },
  });

  test('is followed, but no credentials go to another host', async () => {
    const open = await serveGit(root);
    const moved = await serveGit(
      root,
      redirecting(() => open.url),
    );
    expect(await fetchFrom(moved.url, right)).toBe(revision);
    expect(moved.requests[0]?.headers.authorization).toBe(basic);
    expect(open.requests.length).toBeGreaterThan(0);
    expect(open.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  test.each(['file:///etc', 'ssh://host', 'https://elsewhere.invalid/login?'])(
    'is not followed to %s',
    async (target) => {
      const moved = await serveGit(
        root,
        redirecting(() => target),
      );
      expect((await failureOf(fetchFrom(moved.url, right))).code).toBe('sources/redirect-refused');
    },
  );

  test('that never ends is given up', async () => {
    const self = await serveGit(
      root,
      redirecting(() => ''),
    );
    expect((await failureOf(fetchFrom(self.url, right))).code).toBe('sources/redirect-refused');
  });
});

describe('a proxy', () => {
  const seen: { readonly url: string; readonly authorization: string | undefined }[] = [];
  const proxy = http.createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    const upstream = http.request(request.url ?? '', { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(upstream);
  });
  afterAll(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  test('of spec.proxySecretRef is used, with its username and password', async () => {
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const settings = secret({ address: `http://127.0.0.1:${port}`, username: 'pat', password: 'p:x@' });
    expect(await fetchFrom(guarded.url, { ...right, proxy: settings })).toBe(revision);
    expect(seen[0]?.url).toBe(`${guarded.url}/app/info/refs?service=git-upload-pack`);
    expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from('pat:p:x@').toString('base64')}`);
  });

  test.each([
    [{ address: 'socks5://127.0.0.1:1' }, 'sources/proxy-unsupported'],
    [{ username: 'x' }, 'sources/secret-invalid'],
  ])('is refused where it is %j', async (settings, code) => {
    const error = await failureOf(fetchFrom(guarded.url, { proxy: secret(settings) }));
    expect(error.code).toBe(code);
  });
});

describe('a credential', () => {
  test('is in no argument, environment or file of a program', async () => {
    const folder = spyFolder;
    const before = process.env.PATH;
    process.env.PATH = `${folder}${path.delimiter}${before ?? ''}`;
    try {
      expect(await fetchFrom(guarded.url, right)).toBe(revision);
    } finally {
      process.env.PATH = before;
    }
    const log = fs.readFileSync(path.join(folder, 'log'), 'utf8');
    expect(log).toContain('fetch --quiet');
    expect(log).toContain('extraHeader');
    for (const secretText of ['p@ss', 'p%40ss', Buffer.from('ada:p@ss word').toString('base64')]) {
      expect(log).not.toContain(secretText);
    }
  });
});

describe('what git speaks to in place of the server', () => {
  test('answers nobody that does not have the key of its configuration', async () => {
    const relay = await openHttpRelay({
      url: new URL(`${guarded.url}/app`),
      credentials: { ...httpCredentials, authorization: basic },
      proxyEnvironment: {},
      maxBytes: 1e6,
    });
    const [, key = ''] = /: ([0-9a-f]{64})$/.exec(relay.config.at(-1) ?? '') ?? [];
    const ask = async (given: string, at = '/info/refs?service=git-upload-pack') =>
      (await fetch(`${relay.url}${at}`, { headers: { 'slipway-relay-key': given } })).status;
    try {
      expect(await ask(key)).toBe(200);
      expect(await ask('')).toBe(404);
      expect(await ask('0'.repeat(64))).toBe(404);
      expect(await ask(key.slice(1))).toBe(404);
    } finally {
      await relay.close();
    }
    await expect(ask(key)).rejects.toThrow();
  });
});

/** A `git` that writes down what it is started with, and what its configuration holds, and is the real one then. */
const spyFolder = temporaryFolder();
const realGit = spawnSync('/bin/sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim();
fs.writeFileSync(
  path.join(spyFolder, 'git'),
  `#!/bin/sh\n{ echo "$@"; env; cat "$HOME/.gitconfig"; } >> '${spyFolder}/log' 2>/dev/null\nexec '${realGit}' "$@"\n`,
  { mode: 0o755 },
);
