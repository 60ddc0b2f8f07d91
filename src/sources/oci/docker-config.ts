import { isObject, type JsonObject } from '../../manifest/index.ts';
import { invalidSecret, type SecretData, secretText } from '../secret.ts';

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * The credentials for an image of Secrets of the types kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg, as a
 * kubelet chooses them: those of the longest matching entry, where `*` in a host stands for a part of a name.
 *
 * @throws SlipwayError `sources/secret-invalid`.
 */
export function registryCredentials(
  secrets: readonly SecretData[],
  host: string,
  repository: string,
): RegistryCredentials | undefined {
  const entries = secrets.flatMap((secret) => Object.entries(authEntries(secret)));
  const matching = entries
    .filter(([key]) => matchesKey(key, host, repository))
    .sort(([left], [right]) => bareKey(right).length - bareKey(left).length);
  const [, entry] = matching[0] ?? [];
  return entry === undefined ? undefined : credentialsOf(entry);
}

function authEntries(secret: SecretData): JsonObject {
  const whole = secretText(secret, '.dockerconfigjson');
  const text = whole ?? secretText(secret, '.dockercfg');
  try {
    const config: unknown = JSON.parse(text ?? '');
    const auths = isObject(config) ? (whole === undefined ? config : (config.auths ?? {})) : undefined;
    if (isObject(auths)) return auths;
  } catch {
    // Answered below, without the text that was not JSON.
  }
  throw invalidSecret(
    'The Secret holds no credentials of registries.',
    'Make it by `kubectl create secret docker-registry`, of the type kubernetes.io/dockerconfigjson.',
  );
}

function bareKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '');
}

function matchesKey(key: string, host: string, repository: string): boolean {
  const [keyHost = '', ...path] = bareKey(key).split('/');
  const isHub = (name: string) => ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(name);
  const isHost = matchesHost(keyHost, host) || (isHub(keyHost) && isHub(host));
  return isHost && (path.length === 0 || `${repository}/`.startsWith(`${path.join('/')}/`));
}

function matchesHost(pattern: string, host: string): boolean {
  const [patterns, names] = [pattern.split('.'), host.split('.')];
  if (patterns.length !== names.length) return false;
  return patterns.every((part, index) => {
    const expression = part
      .split('*')
      .map((text) => text.replace(/[^A-Za-z0-9]/g, '\\$&'))
      .join('.*');
    return new RegExp(`^${expression}$`).test(names[index] ?? '');
  });
}

function credentialsOf(entry: unknown): RegistryCredentials {
  const fields = isObject(entry) ? entry : {};
  if (typeof fields.username === 'string' && typeof fields.password === 'string' && fields.username !== '') {
    return { username: fields.username, password: fields.password };
  }
  const decoded = typeof fields.auth === 'string' ? Buffer.from(fields.auth, 'base64').toString('utf8') : '';
  const [, username, password] = /^([^:]+):([^]*)$/.exec(decoded) ?? [];
  if (username !== undefined && password !== undefined) return { username, password: password.replace(/\0+$/, '') };
  throw invalidSecret(
    "The registry's entry in the Secret has no username and password.",
    "Write 'username' and 'password', or both as 'auth'; identity tokens are not supported.",
  );
}
