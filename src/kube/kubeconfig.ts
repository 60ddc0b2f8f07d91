import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { isList, isObject, type Json, type JsonObject, readDocument } from '../manifest/index.ts';
import type { Authorization, ClientCertificate, ClusterAccess, ExecPlugin, Impersonation } from './access.ts';
import { inClusterAccess } from './in-cluster.ts';

export interface LoadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** `--kubeconfig`: instead of KUBECONFIG and ~/.kube/config. */
  readonly kubeconfig?: string | undefined;
  /** `--context`: instead of current-context. */
  readonly context?: string | undefined;
}

/** A kubeconfig with what its relative paths are relative to; undefined where it may name no file and no program. */
interface Source {
  readonly config: JsonObject;
  readonly file: string;
  readonly directory: string | undefined;
}

/**
 * The access that kubectl would have (client-go: clientcmd.ClientConfigLoadingRules): of the named kubeconfig, of the
 * files of KUBECONFIG of which the first to name a thing decides, or of ~/.kube/config; in a pod without any of them,
 * that of its service account.
 *
 * @throws {SlipwayError} `kube/no-kubeconfig`, `kube/bad-kubeconfig`, `kube/no-context` (status 3).
 */
export function loadAccess({ env, kubeconfig, context }: LoadOptions): ClusterAccess {
  const named = kubeconfig === undefined ? (env.KUBECONFIG ?? '').split(delimiter).filter(Boolean) : [kubeconfig];
  const files = named.length > 0 ? named : [join(env.HOME ?? homedir(), '.kube/config')];
  const sources = files.map((file) => readSource(file)).filter((source) => source !== undefined);
  if (kubeconfig !== undefined && sources.length === 0) throw noFile(kubeconfig);
  const current = context ?? firstText(sources, 'current-context');
  if (current !== undefined) return select(sources, current);
  const pod = named.length === 0 ? inClusterAccess(env) : undefined;
  if (pod !== undefined) return pod;
  throw new SlipwayError({
    code: 'kube/no-kubeconfig',
    message:
      sources.length === 0
        ? `No cluster is named: there is no ${files.join(', no ')}.`
        : `No cluster is chosen: there is no current-context in ${files.join(' or ')}.`,
    remedy: 'Set KUBECONFIG or use --kubeconfig and --context; `slipway sandbox up` starts a cluster on this machine.',
    exitStatus: 3,
  });
}

/**
 * The access of a kubeconfig that came from a cluster and is not trusted (Flux: spec.kubeConfig.secretRef): it may
 * name no file of this machine and no program, and the server has to prove who it is whatever it says of that (fluxcd/pkg
 * runtime/client: KubeConfig).
 *
 * @throws {SlipwayError} `kube/bad-kubeconfig`, `kube/no-context` (status 1).
 */
export function parseUntrustedAccess(text: string, name: string): ClusterAccess {
  const source: Source = { config: parse(text, name), file: name, directory: undefined };
  const current = firstText([source], 'current-context');
  if (current === undefined) throw bad(name, 'It has no current-context.');
  return { ...select([source], current), insecure: false };
}

function readSource(file: string): Source | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    // A file of KUBECONFIG that is not there is passed over, as clientcmd does.
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw bad(file, 'It cannot be read.', cause);
  }
  return { config: parse(text, file), file, directory: dirname(resolve(file)) };
}

function parse(text: string, file: string): JsonObject {
  let value: Json;
  try {
    value = readDocument(text, { file })?.value ?? null;
  } catch (cause) {
    throw bad(file, 'It is no YAML.', cause);
  }
  if (value === null) return {};
  if (!isObject(value)) throw bad(file, 'It holds no mapping.');
  return value;
}

function select(sources: readonly Source[], name: string): ClusterAccess {
  const context = find(sources, 'contexts', 'context', name);
  if (context === undefined) throw noContext(sources, name);
  const clusterName = text(context.value.cluster) ?? '';
  const userName = text(context.value.user) ?? '';
  const cluster = find(sources, 'clusters', 'cluster', clusterName);
  if (cluster === undefined) throw bad(context.source.file, `The cluster ${quote(clusterName)} is not in it.`);
  const user = find(sources, 'users', 'user', userName);
  if (user === undefined && userName !== '')
    throw bad(context.source.file, `The user ${quote(userName)} is not in it.`);
  const server = text(cluster.value.server) ?? '';
  if (!URL.canParse(server))
    throw bad(cluster.source.file, `The cluster ${quote(clusterName)} has no URL as its server.`);
  return {
    context: name,
    server: server.replace(/\/+$/, ''),
    namespace: text(context.value.namespace) ?? 'default',
    certificateAuthority: dataOrFile(cluster, 'certificate-authority'),
    tlsServerName: text(cluster.value['tls-server-name']),
    insecure: cluster.value['insecure-skip-tls-verify'] === true,
    proxyUrl: text(cluster.value['proxy-url']),
    clientCertificate: user === undefined ? undefined : clientCertificate(user),
    authorization: user === undefined ? undefined : authorization(user, cluster),
    impersonate: user === undefined ? undefined : impersonation(user.value),
  };
}

/** The part of a kubeconfig under a name, with the file that it comes from. */
interface Entry {
  readonly value: JsonObject;
  readonly source: Source;
}

function find(sources: readonly Source[], list: string, member: string, name: string): Entry | undefined {
  for (const source of sources) {
    const entries = source.config[list];
    const entry = isList(entries) ? entries.filter(isObject).find((candidate) => candidate.name === name) : undefined;
    if (entry !== undefined) return { value: isObject(entry[member]) ? entry[member] : {}, source };
  }
  return undefined;
}

/** clientcmd: `x-data` in base64 wins over a file `x`. */
function dataOrFile({ value, source }: Entry, field: string): string | undefined {
  const data = text(value[`${field}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const file = text(value[field]);
  if (file === undefined) return undefined;
  const path = pathOf(source, file, field);
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw bad(source.file, `Its ${field} ${path} cannot be read.`, cause);
  }
}

function pathOf(source: Source, file: string, field: string): string {
  if (source.directory === undefined)
    throw bad(source.file, `Its ${field} is a file; here it has to be in the kubeconfig.`);
  return isAbsolute(file) ? file : join(source.directory, file);
}

function clientCertificate(user: Entry): ClientCertificate | undefined {
  const certificate = dataOrFile(user, 'client-certificate');
  const key = dataOrFile(user, 'client-key');
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  throw bad(
    user.source.file,
    `A user has a client-${key === undefined ? 'certificate' : 'key'} without the other half.`,
  );
}

function authorization(user: Entry, cluster: Entry): Authorization | undefined {
  const { value, source } = user;
  const exec = value.exec;
  if (isObject(exec)) {
    if (source.directory === undefined) throw bad(source.file, 'It names a program to run, which is not done here.');
    return { kind: 'exec', plugin: execPlugin(exec, source.directory, cluster, source.file) };
  }
  // clientcmd: a tokenFile wins over a token.
  const file = text(value.tokenFile);
  if (file !== undefined) return { kind: 'token-file', file: pathOf(source, file, 'tokenFile') };
  const token = text(value.token);
  if (token !== undefined) return { kind: 'token', token };
  const username = text(value.username);
  if (username !== undefined) return { kind: 'basic', username, password: text(value.password) ?? '' };
  if (isObject(value['auth-provider'])) {
    throw bad(
      source.file,
      `Its auth-provider ${quote(text(value['auth-provider'].name) ?? '')} is of a kind that kubectl gave up in 1.26.`,
    );
  }
  return undefined;
}

function execPlugin(exec: JsonObject, directory: string, cluster: Entry, file: string): ExecPlugin {
  const command = text(exec.command);
  const apiVersion = text(exec.apiVersion);
  if (command === undefined || apiVersion === undefined) throw bad(file, 'An exec has no command or no apiVersion.');
  const env = isList(exec.env) ? exec.env.filter(isObject) : [];
  const extensions = isList(cluster.value.extensions) ? cluster.value.extensions.filter(isObject) : [];
  const interactive = exec.interactiveMode;
  return {
    apiVersion,
    // client-go: a command with a slash is relative to the kubeconfig; one without is looked for on PATH.
    command: command.includes('/') && !isAbsolute(command) ? join(directory, command) : command,
    args: isList(exec.args) ? exec.args.filter((arg) => typeof arg === 'string') : [],
    env: Object.fromEntries(env.map(({ name, value }) => [text(name) ?? '', text(value) ?? ''])),
    installHint: text(exec.installHint),
    provideClusterInfo: exec.provideClusterInfo === true,
    interactive: interactive === 'Never' || interactive === 'Always' ? interactive : 'IfAvailable',
    config: extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension,
  };
}

function impersonation(user: JsonObject): Impersonation | undefined {
  const name = text(user.as);
  if (name === undefined) return undefined;
  const uid = text(user['as-uid']);
  const extra = isObject(user['as-user-extra']) ? user['as-user-extra'] : {};
  return {
    user: name,
    groups: texts(user['as-groups']),
    ...(uid === undefined ? {} : { uid }),
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values)])),
  };
}

function firstText(sources: readonly Source[], field: string): string | undefined {
  return sources.map(({ config }) => text(config[field])).find((value) => value !== undefined);
}

/** A text that is not empty, as an empty one means in a kubeconfig that nothing is said. */
function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((member) => typeof member === 'string') : [];
}

function quote(name: string): string {
  return JSON.stringify(name);
}

function bad(file: string, problem: string, cause?: unknown): SlipwayError {
  return new SlipwayError({
    code: 'kube/bad-kubeconfig',
    message: `The kubeconfig cannot be used. ${problem}`,
    place: { file },
    exitStatus: 3,
    cause,
  });
}

function noFile(file: string): SlipwayError {
  return new SlipwayError({
    code: 'kube/no-kubeconfig',
    message: 'There is no such kubeconfig.',
    remedy: 'Name one that is there with --kubeconfig.',
    place: { file },
    exitStatus: 3,
  });
}

function noContext(sources: readonly Source[], name: string): SlipwayError {
  const known = sources.flatMap(({ config }) => (isList(config.contexts) ? config.contexts.filter(isObject) : []));
  const names = known.map((context) => text(context.name)).filter((value) => value !== undefined);
  return new SlipwayError({
    code: 'kube/no-context',
    message: `There is no context ${quote(name)} in ${sources.map(({ file }) => file).join(' or ')}.`,
    remedy: names.length === 0 ? 'They name no context at all.' : `Use one of ${names.join(', ')} with --context.`,
    exitStatus: 3,
  });
}
