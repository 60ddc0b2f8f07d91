import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fetchGitRepository, openStorage } from '../../../src/sources/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { GitWork, serveGit } from '../../support/git-repository.ts';
import { failureOf, gitRepository, secret } from './support.ts';

const folder = temporaryFolder();
const root = temporaryFolder();
const storage = openStorage(temporaryFolder());
const commit = new GitWork(root, 'app').commit({ 'a.yaml': 'a: 1\n' });

function openssl(...args: string[]): boolean {
  return spawnSync('openssl', args, { cwd: folder, stdio: 'ignore' }).status === 0;
}

/** A self-signed certificate for 127.0.0.1, which is its own authority. */
function makeCertificate(name: string): boolean {
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
  return openssl('req', '-x509', ...key, ...subject, '-out', `${name}.crt`);
}

const isMade = makeCertificate('server') && makeCertificate('client');
if (!isMade) process.stderr.write('skipped, as there is no openssl to make certificates: https repositories\n');
const read = (name: string) => (isMade ? fs.readFileSync(path.join(folder, name), 'utf8') : '');
const server = { key: read('server.key'), cert: read('server.crt') };
const plain = isMade ? await serveGit(root, { tls: server }) : { url: '' };
const mutual = isMade
  ? await serveGit(root, { tls: { ...server, ca: read('client.crt'), requestCert: true, rejectUnauthorized: true } })
  : { url: '' };
const client = { 'tls.crt': read('client.crt'), 'tls.key': read('client.key') };

async function fetchWith(url: string, texts: Record<string, string>): Promise<string> {
  const spec = gitRepository(`${url}/app`, { ref: { branch: 'main' } });
  return (await fetchGitRepository(spec, { auth: secret(texts) }, { storage })).revision;
}

(isMade ? describe : describe.skip)('an https repository', () => {
  test.each(['ca.crt', 'caFile'])('is trusted by the authority under %s', async (key) => {
    expect(await fetchWith(plain.url, { [key]: read('server.crt') })).toBe(`main@sha1:${commit}`);
  });

  test('is not trusted without it', async () => {
    const error = await failureOf(fetchWith(plain.url, {}));
    expect(error.code).toBe('sources/tls-failed');
    expect(error.remedy).toContain('ca.crt');
  });

  test('takes a client certificate', async () => {
    expect(await fetchWith(mutual.url, { 'ca.crt': read('server.crt'), ...client })).toBe(`main@sha1:${commit}`);
  });

  test('that wants a client certificate is not fetched without it', async () => {
    const error = await failureOf(fetchWith(mutual.url, { 'ca.crt': read('server.crt') }));
    expect(['sources/tls-failed', 'sources/unreachable']).toContain(error.code);
  });

  test.each([
    ['a key of another certificate', { ...client, 'tls.key': read('server.key') }],
    ['what is no certificate', { ...client, 'tls.crt': 'garbage' }],
    ['a certificate without a key', { 'tls.crt': client['tls.crt'] }],
  ])('is refused with %s', async (_, texts) => {
    const error = await failureOf(fetchWith(mutual.url, { 'ca.crt': read('server.crt'), ...texts }));
    expect(error.code).toBe('sources/secret-invalid');
    expect(JSON.stringify([error.message, error.remedy, String(error.cause)])).not.toContain('BEGIN');
  });
});
