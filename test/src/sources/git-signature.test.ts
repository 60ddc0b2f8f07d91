import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../../src/manifest/index.ts';
import { fetchGitRepository, type GitSignature, openStorage } from '../../../src/sources/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { gitHost, GitWork } from '../../support/git-repository.ts';
import { failureOf, gitRepository, secret } from './support.ts';

const host = await gitHost();
const storage = openStorage(temporaryFolder());
const keys = temporaryFolder();

function run(program: string, ...args: string[]): string {
  const result = spawnSync(program, args, { cwd: keys, encoding: 'utf8', env: { ...process.env, GNUPGHOME: pgpHome } });
  if (result.status !== 0) throw new Error(`${program}: ${result.stderr}`);
  return result.stdout;
}

// gpg's agent listens there, and a socket's path is short.
const pgpHome = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-gpg-'));
afterAll(() => {
  spawnSync('gpgconf', ['--homedir', pgpHome, '--kill', 'all']);
  fs.rmSync(pgpHome, { recursive: true, force: true });
});

async function signaturesOf(
  name: string,
  spec: Record<string, Json>,
  trusted: Record<string, string>,
): Promise<readonly GitSignature[]> {
  const verify = { secretRef: { name: 'keys' }, ...(spec.mode === undefined ? {} : { mode: spec.mode }) };
  const repository = gitRepository(`${host.url}/${name}`, { ref: spec.ref ?? { branch: 'main' }, verify });
  return (await fetchGitRepository(repository, { verify: secret(trusted) }, { storage })).signatures;
}

describe('a commit or a tag signed by an SSH key', () => {
  for (const name of ['alice', 'mallory']) run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', name);
  const publicKey = (name: string) => fs.readFileSync(path.join(keys, `${name}.pub`), 'utf8');
  const fingerprint = run('ssh-keygen', '-l', '-f', 'alice.pub').split(' ')[1] ?? '';
  const work = new GitWork(host.root, 'ssh');
  work.git('config', 'gpg.format', 'ssh');
  work.git('config', 'user.signingkey', path.join(keys, 'alice'));
  const signed = work.commit({ 'a.yaml': '' }, '--gpg-sign');
  work.git('tag', '--sign', '--message=one', 'v1.0.0');
  work.git('tag', '--annotate', '--no-sign', '--message=two', 'v1.1.0');
  work.git('tag', 'v1.2.0');
  work.git('update-ref', 'refs/tags/v9.0.0', work.git('rev-parse', 'v1.0.0'));
  work.git('branch', 'unsigned');
  work.git('checkout', '--quiet', 'unsigned');
  work.commit({ 'b.yaml': '' }, '--no-gpg-sign');
  const forged = work
    .git('cat-file', 'commit', signed)
    .replace(/^author .*$/m, 'author Mallory <mallory@example.com> 1767225600 +0000');
  fs.writeFileSync(path.join(work.folder, '.git', 'forged'), `${forged}\n`);
  work.git('branch', 'forged', work.git('hash-object', '-t', 'commit', '-w', '.git/forged'));
  const trusted = { 'mallory.sshpub': `# a comment\n${publicKey('mallory')}`, 'alice.sshpub': publicKey('alice') };

  test('is verified, and its key is told', async () => {
    expect(await signaturesOf('ssh', {}, trusted)).toEqual([{ object: 'commit', key: fingerprint }]);
    expect(await signaturesOf('ssh', { mode: 'head' }, trusted)).toEqual([{ object: 'commit', key: fingerprint }]);
    const tagged = { ref: { tag: 'v1.0.0' } };
    const named = { ref: { name: 'refs/tags/v1.0.0' }, mode: 'Tag' };
    expect(await signaturesOf('ssh', named, trusted)).toEqual([{ object: 'tag', key: fingerprint }]);
    expect(await signaturesOf('ssh', { ...tagged, mode: 'Tag' }, trusted)).toEqual([
      { object: 'tag', key: fingerprint },
    ]);
    expect(await signaturesOf('ssh', { ...tagged, mode: 'TagAndHEAD' }, trusted)).toEqual([
      { object: 'tag', key: fingerprint },
      { object: 'commit', key: fingerprint },
    ]);
  });

  test('is verified whatever options stand before a key', async () => {
    const options = `no-pty,command="echo ssh-rsa" ${publicKey('alice')}`;
    expect(await signaturesOf('ssh', {}, { 'a.sshpub': options })).toEqual([{ object: 'commit', key: fingerprint }]);
  });

  test.each<[string, Record<string, Json>, Record<string, string>, string]>([
    ['by another key', {}, { 'm.sshpub': publicKey('mallory') }, 'sources/signature-invalid'],
    ['by a key that is commented out', {}, { 'a.sshpub': `# ${publicKey('alice')}` }, 'sources/signature-invalid'],
    ['and changed', { ref: { branch: 'forged' } }, trusted, 'sources/signature-invalid'],
    ['with no key to trust', {}, {}, 'sources/signature-invalid'],
    ['not at all', { ref: { branch: 'unsigned' } }, trusted, 'sources/signature-missing'],
    ['not as a tag', { ref: { tag: 'v1.1.0' }, mode: 'Tag' }, trusted, 'sources/signature-missing'],
    ['as a tag that is none', { ref: { tag: 'v1.2.0' }, mode: 'Tag' }, trusted, 'sources/signature-missing'],
    ['as a tag of another name', { ref: { semver: '9.x' }, mode: 'Tag' }, trusted, 'sources/signature-invalid'],
    ['as a tag, but is a branch', { mode: 'Tag' }, trusted, 'sources/signature-missing'],
  ])('is refused where it is signed %s', async (_, spec, trustedKeys, code) => {
    expect((await failureOf(signaturesOf('ssh', spec, trustedKeys))).code).toBe(code);
  });
});

const hasGpg = spawnSync('gpg', ['--version']).status === 0;
if (!hasGpg) process.stderr.write('skipped, as there is no gpg: signatures by OpenPGP keys\n');

(hasGpg ? describe : describe.skip)('a commit signed by an OpenPGP key', () => {
  test('is verified by a key that is trusted, and by no other', async () => {
    const key = (name: string, expiry: string) =>
      run(
        'gpg',
        '--batch',
        '--passphrase',
        '',
        '--faked-system-time',
        '20250101T000000',
        '--quick-generate-key',
        name,
        'ed25519',
        'sign',
        expiry,
      );
    key('alice@example.com', 'never');
    key('mallory@example.com', 'never');
    key('late@example.com', '2025-02-01');
    const exported = (name: string) => run('gpg', '--armor', '--export', name);
    const [, , , , id = ''] =
      /^pub:.*/m.exec(run('gpg', '--with-colons', '--list-keys', 'alice@example.com'))?.[0].split(':') ?? [];
    const work = new GitWork(host.root, 'pgp');
    const program = path.join(keys, 'gpg');
    fs.writeFileSync(program, `#!/bin/sh\nGNUPGHOME='${pgpHome}' exec gpg --faked-system-time 20250102T000000 "$@"\n`, {
      mode: 0o755,
    });
    work.git('config', 'gpg.program', program);
    work.commit({ 'a.yaml': '' }, '--gpg-sign=alice@example.com');
    work.git('tag', '--local-user=alice@example.com', '--sign', '--message=one', 'v1.0.0');
    work.git('checkout', '--quiet', '-b', 'late');
    work.commit({ 'b.yaml': '' }, '--gpg-sign=late@example.com');

    const alice = {
      'broken.asc': 'garbage',
      'mallory.asc': exported('mallory@example.com'),
      alice: exported('alice@example.com'),
    };
    expect(await signaturesOf('pgp', {}, alice)).toEqual([{ object: 'commit', key: id }]);
    const tag = { ref: { tag: 'v1.0.0' }, mode: 'Tag' };
    expect(await signaturesOf('pgp', tag, alice)).toEqual([{ object: 'tag', key: id }]);
    const mallory = failureOf(signaturesOf('pgp', {}, { 'mallory.asc': exported('mallory@example.com') }));
    expect((await mallory).code).toBe('sources/signature-invalid');
    const late = failureOf(
      signaturesOf('pgp', { ref: { branch: 'late' } }, { 'late.asc': exported('late@example.com') }),
    );
    expect((await late).code).toBe('sources/signature-invalid');
  });
});
