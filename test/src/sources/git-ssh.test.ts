import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fetchGitRepository, fetchUnlessKnown, openStorage } from '../../../src/sources/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { GitWork } from '../../support/git-repository.ts';
import { buildGoProgram } from '../../support/go-program.ts';
import { startSshServer } from '../../support/ssh-server.ts';
import { failureOf, gitRepository, secret } from './support.ts';

const keys = temporaryFolder();
const root = temporaryFolder();
const spy = temporaryFolder();
const storage = openStorage(temporaryFolder());
const commit = new GitWork(root, "it's").commit({ 'a.yaml': 'a: 1\n' });
const revision = `main@sha1:${commit}`;

function generateKey(name: string, ...options: string[]): string {
  const made = spawnSync('ssh-keygen', ['-q', '-f', path.join(keys, name), ...options], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  return fs.readFileSync(path.join(keys, name), 'utf8');
}

const program = buildGoProgram('ssh-server', '.');
const describeWithServer = program === undefined ? describe.skip : describe;
generateKey('host', '-t', 'ed25519', '-N', '');
const identity = generateKey('plain', '-t', 'ed25519', '-N', '');
const locked = generateKey('locked', '-t', 'ed25519', '-N', 'open sesame');
const other = generateKey('other', '-t', 'rsa', '-m', 'PEM', '-N', '');
const publicKey = (name: string) =>
  fs
    .readFileSync(path.join(keys, `${name}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');
const start = async (key: string) =>
  program === undefined ? 0 : startSshServer(program, root, path.join(keys, `${key}.pub`), path.join(keys, 'host'));
const [port, lockedPort, otherPort] = [await start('plain'), await start('locked'), await start('other')];
const knownHosts = [port, lockedPort, otherPort].map((at) => `[127.0.0.1]:${at} ${publicKey('host')}\n`).join('');

function repositoryAt(at: number, name = 'it%27s') {
  return gitRepository(`ssh://git@127.0.0.1:${at}/${name}`, { ref: { branch: 'main' } });
}

async function fetchWith(at: number, texts: Record<string, string>): Promise<string> {
  return (await fetchGitRepository(repositoryAt(at), { auth: secret(texts) }, { storage })).revision;
}

describeWithServer('an ssh repository', () => {
  test.each([
    ['an OpenSSH key', port, { identity }],
    [
      'a key with Windows line ends, and without its last one',
      port,
      { identity: identity.trim().replaceAll('\n', '\r\n') },
    ],
    ['a PEM key', otherPort, { identity: other }],
    ['a key and its passphrase', lockedPort, { identity: locked, password: 'open sesame' }],
  ])('is fetched by %s', async (_, at, texts) => {
    expect(await fetchWith(at, { ...texts, known_hosts: knownHosts })).toBe(revision);
  });

  test('is polled', async () => {
    const auth = secret({ identity, known_hosts: knownHosts });
    expect(await fetchUnlessKnown(repositoryAt(port), { auth }, revision, { storage })).toBeUndefined();
  });

  test.each([
    ['another key', { identity: other, known_hosts: knownHosts }, 'sources/auth-refused'],
    ['an unknown host key', { identity, known_hosts: `elsewhere ${publicKey('host')}` }, 'sources/host-key-unknown'],
    [
      'a changed host key',
      { identity, known_hosts: `[127.0.0.1]:${port} ${publicKey('plain')}` },
      'sources/host-key-changed',
    ],
    ['what is no key', { identity: 'garbage', known_hosts: knownHosts }, 'sources/secret-invalid'],
    ['a wrong passphrase', { identity: locked, password: 'wrong', known_hosts: knownHosts }, 'sources/secret-invalid'],
    ['no passphrase', { identity: locked, known_hosts: knownHosts }, 'sources/secret-invalid'],
  ])('is refused with %s', async (_, texts, code) => {
    expect((await failureOf(fetchWith(port, texts))).code).toBe(code);
  });

  test('that is not there says so', async () => {
    const auth = secret({ identity, known_hosts: knownHosts });
    const error = await failureOf(fetchGitRepository(repositoryAt(port, 'none'), { auth }, { storage }));
    expect(error.code).toBe('sources/not-found');
  });

  test('leaves its key in no argument, environment or file, and nothing behind', async () => {
    const before = process.env.PATH;
    const programs = ['git', 'ssh', 'ssh-add', 'ssh-agent'];
    for (const name of programs) {
      const real = spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
      const script = `#!/bin/sh\n{ echo ${name} "$@"; env; cat "$HOME"/.gitconfig; cat '${spy}'/tmp/*/*; } >> '${spy}/log' 2>/dev/null\nexec '${real}' "$@"\n`;
      fs.writeFileSync(path.join(spy, name), script, { mode: 0o755 });
    }
    fs.mkdirSync(path.join(spy, 'tmp'));
    const runtime = process.env.XDG_RUNTIME_DIR;
    process.env.PATH = `${spy}${path.delimiter}${before ?? ''}`;
    process.env.XDG_RUNTIME_DIR = path.join(spy, 'tmp');
    try {
      const texts = { identity: locked, password: 'open sesame', known_hosts: knownHosts };
      expect(await fetchWith(lockedPort, texts)).toBe(revision);
    } finally {
      process.env.PATH = before;
      if (runtime === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = runtime;
    }
    const log = fs.readFileSync(path.join(spy, 'log'), 'utf8');
    for (const name of programs) expect(log).toContain(`${name} `);
    expect(log).toContain('StrictHostKeyChecking yes');
    expect(log).not.toContain('sesame');
    expect(log).not.toContain(locked.split('\n')[2]);
    expect(fs.readdirSync(path.join(spy, 'tmp'))).toEqual([]);
  });
});

describe('an ssh URL', () => {
  test.each([
    ['no Secret', undefined],
    ['no known_hosts', secret({ identity })],
    ['no identity', secret({ known_hosts: knownHosts })],
  ])('is refused with %s, as by Flux', async (_, auth) => {
    const error = await failureOf(fetchGitRepository(repositoryAt(22), { auth }, { storage }));
    expect(error.code).toBe('sources/secret-invalid');
  });

  test('is refused with a proxy, which is not supported', async () => {
    const secrets = { auth: secret({ identity, known_hosts: knownHosts }), proxy: secret({ address: 'http://x' }) };
    const error = await failureOf(fetchGitRepository(repositoryAt(22), secrets, { storage }));
    expect(error.code).toBe('sources/proxy-unsupported');
  });

  test('of a host that does not answer says so', async () => {
    const closed = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port: free } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const auth = secret({ identity, known_hosts: knownHosts });
    const error = await failureOf(fetchGitRepository(repositoryAt(free), { auth }, { storage }));
    expect(error.code).toBe('sources/unreachable');
  });
});
