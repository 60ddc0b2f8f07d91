import { SlipwayError } from '../../errors.ts';
import { invalidSecret, type SecretData, secretText } from '../secret.ts';

/** What a Secret of `spec.secretRef` gives for a URL, as fluxcd/pkg git.NewAuthOptions reads it. */
export type GitCredentials = HttpCredentials | SshCredentials;

export interface HttpCredentials {
  readonly transport: 'http';
  /** The value of the `Authorization` header. */
  readonly authorization: string | undefined;
  /** PEM; trusted beside the system's own authorities. */
  readonly certificateAuthority: string | undefined;
  /** PEM, of this side. */
  readonly certificate: string | undefined;
  readonly certificateKey: string | undefined;
}

export interface SshCredentials {
  readonly transport: 'ssh';
  readonly user: string;
  /** A private key, as OpenSSH or PEM. */
  readonly identity: string;
  readonly passphrase: string | undefined;
  readonly knownHosts: string;
}

/** @throws SlipwayError `sources/secret-invalid`. */
export function gitCredentials(url: URL, secret: SecretData | undefined): GitCredentials {
  return url.protocol === 'ssh:' ? sshCredentials(url, secret) : httpCredentials(url, secret);
}

/**
 * What a submodule's repository is fetched with: the credentials of the source where it is on the same host, and nothing
 * of them goes over less than the source's own URL does. Flux gives them to whatever host `.gitmodules` names.
 */
export function submoduleCredentials(
  url: URL,
  source: { readonly url: URL; readonly credentials: GitCredentials; readonly secret: SecretData | undefined },
): GitCredentials {
  const isSsh = url.protocol === 'ssh:';
  if (isSsh !== (source.url.protocol === 'ssh:')) {
    return gitCredentials(url, isSsh && url.hostname === source.url.hostname ? source.secret : undefined);
  }
  if (url.host !== source.url.host || url.protocol !== source.url.protocol) return gitCredentials(url, undefined);
  const { credentials } = source;
  return credentials.transport === 'ssh' && url.username !== '' ? { ...credentials, user: userOf(url) } : credentials;
}

function sshCredentials(url: URL, secret: SecretData | undefined): SshCredentials {
  const identity = secretText(secret, 'identity');
  const knownHosts = secretText(secret, 'known_hosts');
  const missing = identity === undefined ? 'identity' : knownHosts === undefined ? 'known_hosts' : undefined;
  if (identity === undefined || knownHosts === undefined) {
    throw invalidSecret(
      `An ssh URL needs a Secret with 'identity' and 'known_hosts', and there is no '${missing ?? ''}'.`,
      'Name such a Secret in spec.secretRef; `flux create secret git` makes one.',
    );
  }
  return {
    transport: 'ssh',
    user: userOf(url),
    // OpenSSH refuses what Go reads: Windows line ends, and a last line without its end.
    identity: `${identity.replaceAll('\r\n', '\n').trimEnd()}\n`,
    passphrase: secretText(secret, 'password'),
    knownHosts: `${knownHosts.replaceAll('\r\n', '\n').trimEnd()}\n`,
  };
}

function userOf(url: URL): string {
  const user = decodeURIComponent(url.username) || 'git';
  if (/^-|[\u0000-\u0020]/.test(user)) throw invalidSecret('The user of the URL is not a name.', 'Correct the URL.');
  return user;
}

function httpCredentials(url: URL, secret: SecretData | undefined): HttpCredentials {
  if (secretText(secret, 'githubAppID') !== undefined) {
    throw new SlipwayError({
      code: 'sources/secret-invalid',
      message: 'The Secret is of a GitHub App, but the provider is not github.',
      remedy: 'Set spec.provider: github.',
    });
  }
  const certificate = secretText(secret, 'tls.crt');
  const certificateKey = secretText(secret, 'tls.key');
  if ((certificate === undefined) !== (certificateKey === undefined)) {
    throw invalidSecret("The Secret has one of 'tls.crt' and 'tls.key' only.", 'Give both, or neither.');
  }
  return {
    transport: 'http',
    authorization: authorization(url, secret),
    certificateAuthority: secretText(secret, 'ca.crt') ?? secretText(secret, 'caFile'),
    certificate,
    certificateKey,
  };
}

function authorization(url: URL, secret: SecretData | undefined): string | undefined {
  const bearer = secretText(secret, 'bearerToken');
  if (bearer !== undefined) {
    if (/[^\u0021-\u007e]/.test(bearer.trim())) {
      throw invalidSecret("The Secret's 'bearerToken' is not a token: it has spaces or line breaks.", 'Correct it.');
    }
    return `Bearer ${bearer.trim()}`;
  }
  const username = secretText(secret, 'username') ?? decodeURIComponent(url.username);
  const password = secretText(secret, 'password') ?? decodeURIComponent(url.password);
  if (username === '' && password === '') return undefined;
  if (username === '') throw invalidSecret("The Secret has a 'password' without a 'username'.", 'Add the username.');
  return basicAuthorization(username, password);
}

export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
