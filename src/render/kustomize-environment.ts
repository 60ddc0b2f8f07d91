/** Nothing to find a git with, and a proxy that nobody answers on. */
const OFFLINE = { PATH: '', HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' };

/** By what git and kustomize reach a network as the user does, in capital and in small letters. */
const OF_NETWORK = ['PATH', 'HOME', 'SSH_AUTH_SOCK', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];

/**
 * The environment of a run of kustomize in a folder of its own.
 *
 * @param network the user's, where remote bases are fetched: git then asks nobody for a password, and takes repositories
 *   from a network only, since one of this machine is no remote base. Otherwise kustomize reaches no network.
 */
export function kustomizeEnvironment(
  root: string,
  network: NodeJS.ProcessEnv | undefined,
): Readonly<Record<string, string | undefined>> {
  if (network === undefined) return { ...OFFLINE, HOME: root };
  const names = OF_NETWORK.flatMap((name) => [name, name.toLowerCase()]);
  return {
    ...Object.fromEntries(names.map((name) => [name, network[name]])),
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
  };
}
