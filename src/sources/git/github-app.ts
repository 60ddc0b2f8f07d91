import { createPrivateKey, sign } from 'node:crypto';
import type http from 'node:http';
import { SlipwayError } from '../../errors.ts';
import { isList, isObject, type Json } from '../../manifest/index.ts';
import { agentFor, proxyEnvironment, readBody, sendRequest, statusError } from '../http-client.ts';
import { invalidSecret, type SecretData, secretText } from '../secret.ts';
import { basicAuthorization, type HttpCredentials } from './credentials.ts';

const DEFAULT_API = 'https://api.github.com';
const MAX_ANSWER_BYTES = 1024 * 1024;
/** GitHub refuses a token of more than ten minutes, and one from its future. */
const LIFETIME_S = 540;
const SKEW_S = 60;

/**
 * The credentials that a GitHub App has for the repositories of an installation: a token of an hour, asked for with the
 * app's private key (fluxcd/pkg auth/githubapp; spec.provider: github).
 *
 * @param now in milliseconds.
 * @throws SlipwayError `sources/secret-invalid`, `sources/auth-refused`, and those of a connection.
 */
export async function githubAppCredentials(
  secret: SecretData | undefined,
  proxy: SecretData | undefined,
  now: number,
  signal: AbortSignal,
): Promise<HttpCredentials> {
  const id = secretText(secret, 'githubAppID');
  const privateKey = secretText(secret, 'githubAppPrivateKey');
  const installation = secretText(secret, 'githubAppInstallationID');
  const owner = secretText(secret, 'githubAppInstallationOwner');
  if (id === undefined || privateKey === undefined || (installation === undefined) === (owner === undefined)) {
    throw invalidSecret(
      'The Secret is not of a GitHub App.',
      "It needs 'githubAppID', 'githubAppPrivateKey', and one of 'githubAppInstallationID' and 'githubAppInstallationOwner'.",
    );
  }
  const base = (secretText(secret, 'githubAppBaseURL') ?? DEFAULT_API).replace(/\/+$/, '');
  if (!URL.canParse(base)) throw invalidSecret("The Secret's 'githubAppBaseURL' is not a URL.", 'Correct it.');
  const api: Api = {
    base,
    authorization: `Bearer ${appToken(id, privateKey, now)}`,
    agent: agentFor(new URL(base).protocol, tlsMaterial(secret), proxyEnvironment(proxy)),
    signal,
  };
  try {
    const found = installation ?? (await findInstallation(api, owner ?? ''));
    const answer = await call(api, 'POST', `/app/installations/${encodeURIComponent(found)}/access_tokens`);
    if (!isObject(answer) || typeof answer.token !== 'string') throw unexpected(base);
    return {
      ...tlsMaterial(secret),
      transport: 'http',
      authorization: basicAuthorization('x-access-token', answer.token),
    };
  } finally {
    api.agent.destroy();
  }
}

interface Api {
  readonly base: string;
  readonly authorization: string;
  readonly agent: http.Agent;
  readonly signal: AbortSignal;
}

function tlsMaterial(secret: SecretData | undefined) {
  return {
    certificateAuthority: secretText(secret, 'ca.crt') ?? secretText(secret, 'caFile'),
    certificate: secretText(secret, 'tls.crt'),
    certificateKey: secretText(secret, 'tls.key'),
  };
}

/** A JSON Web Token of the app itself (RFC 7519, RS256). */
function appToken(id: string, privateKey: string, now: number): string {
  const seconds = Math.floor(now / 1000);
  const claims = { iat: seconds - SKEW_S, exp: seconds + LIFETIME_S, iss: id };
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const text = parts.join('.');
  try {
    return `${text}.${sign('sha256', Buffer.from(text), createPrivateKey(privateKey)).toString('base64url')}`;
  } catch {
    // Without its cause, which could quote the key.
    throw invalidSecret(
      "The Secret's 'githubAppPrivateKey' is not a private RSA key.",
      'Give it as GitHub made it (PEM).',
    );
  }
}

async function findInstallation(api: Api, owner: string): Promise<string> {
  const wanted = owner.toLowerCase();
  for (let page = 1; page <= 100; page += 1) {
    const answer = await call(api, 'GET', `/app/installations?per_page=100&page=${page}`);
    if (!isList(answer)) throw unexpected(api.base);
    for (const installation of answer) {
      if (!isObject(installation) || !isObject(installation.account)) continue;
      const { id } = installation;
      const { login } = installation.account;
      if (typeof login === 'string' && login.toLowerCase() === wanted && typeof id === 'number') return `${id}`;
    }
    if (answer.length < 100) break;
  }
  throw invalidSecret(`The GitHub App is not installed for ${owner}.`, "Correct 'githubAppInstallationOwner'.");
}

async function call({ base, authorization, agent, signal }: Api, method: 'GET' | 'POST', path: string): Promise<Json> {
  const url = new URL(`${base}${path}`);
  const headers = { authorization, accept: 'application/vnd.github+json' };
  const answer = await sendRequest(url, { method, headers, agent, signal });
  if ((answer.statusCode ?? 0) >= 300) {
    answer.destroy();
    throw statusError(answer.statusCode ?? 0, url);
  }
  const body = await readBody(answer, `The answer of ${url.host}`, MAX_ANSWER_BYTES);
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch {
    throw unexpected(base);
  }
}

function unexpected(base: string): SlipwayError {
  return new SlipwayError({
    code: 'sources/server-failed',
    message: `${base} did not answer as GitHub's API does.`,
    remedy: "Check 'githubAppBaseURL'.",
    exitStatus: 3,
  });
}
