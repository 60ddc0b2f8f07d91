import { createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { fetchGitRepository, openStorage } from '../../../src/sources/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { GitWork, serveGit } from '../../support/git-repository.ts';
import { failureOf, gitRepository, secret } from './support.ts';

const root = temporaryFolder();
const storage = openStorage(temporaryFolder());
const commit = new GitWork(root, 'app').commit({ 'a.yaml': '' });
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

/** GitHub's API for apps, and its git server, as far as they are needed: the token is `installation-<id>`. */
const github = await serveGit(root, {
  instead: (request, response) => {
    const { authorization = '' } = request.headers;
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return true;
    };
    if (!(request.url ?? '').startsWith('/api/')) {
      const isRight = authorization === `Basic ${Buffer.from('x-access-token:installation-42').toString('base64')}`;
      return isRight ? false : answer(401, {});
    }
    if (!isAppToken(authorization)) return answer(401, {});
    const installation = /^\/api\/app\/installations\/(\d+)\/access_tokens$/.exec(request.url ?? '')?.[1];
    if (request.method === 'POST' && installation !== undefined)
      return answer(201, { token: `installation-${installation}` });
    const installations = [
      { id: 41, account: { login: 'other' } },
      { id: 42, account: { login: 'Acme' } },
    ];
    return request.url === '/api/app/installations?per_page=100&page=1' ? answer(200, installations) : answer(404, {});
  },
});

function isAppToken(authorization: string): boolean {
  const [header = '', claims = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.');
  const { iss, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as Record<string, unknown>;
  const verifier = createVerify('sha256').update(`${header}.${claims}`);
  const isYoung = Number(exp) - Number(iat) <= 600;
  return iss === '123' && isYoung && verifier.verify(publicKey, Buffer.from(signature, 'base64url'));
}

async function fetchWith(texts: Record<string, string>, spec = {}): Promise<string> {
  const repository = gitRepository(`${github.url}/app`, { ref: { branch: 'main' }, provider: 'github', ...spec });
  const auth = secret({
    githubAppID: '123',
    githubAppBaseURL: `${github.url}/api/`,
    githubAppPrivateKey: pem,
    ...texts,
  });
  return (await fetchGitRepository(repository, { auth }, { storage })).revision;
}

describe('the provider github', () => {
  test.each<Record<string, string>>([{ githubAppInstallationID: '42' }, { githubAppInstallationOwner: 'acme' }])(
    'fetches with a token that the app gets for %j',
    async (installation) => {
      expect(await fetchWith(installation)).toBe(`main@sha1:${commit}`);
    },
  );

  test.each<[string, Record<string, string>, string]>([
    ['no installation', {}, 'sources/secret-invalid'],
    ['two of them', { githubAppInstallationID: '42', githubAppInstallationOwner: 'acme' }, 'sources/secret-invalid'],
    ['an owner that did not install it', { githubAppInstallationOwner: 'nobody' }, 'sources/secret-invalid'],
    ['what is no key', { githubAppInstallationID: '42', githubAppPrivateKey: 'garbage' }, 'sources/secret-invalid'],
    ['another app', { githubAppInstallationID: '42', githubAppID: '124' }, 'sources/auth-refused'],
    ['another installation', { githubAppInstallationID: '41' }, 'sources/auth-refused'],
    ['an address that is none', { githubAppInstallationID: '42', githubAppBaseURL: 'x' }, 'sources/secret-invalid'],
    ['another API', { githubAppInstallationID: '42', githubAppBaseURL: `${github.url}/app` }, 'sources/auth-refused'],
  ])('is refused with %s', async (_, texts, code) => {
    expect((await failureOf(fetchWith(texts))).code).toBe(code);
  });

  test('has to be named for the Secret of an app', async () => {
    const error = await failureOf(fetchWith({ githubAppInstallationID: '42' }, { provider: 'generic' }));
    expect(error).toMatchObject({ code: 'sources/secret-invalid', remedy: 'Set spec.provider: github.' });
  });
});
