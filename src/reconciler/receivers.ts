/** Webhooks that tell of a push, as notification-controller takes them: for each Receiver of the cluster a path of its own. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { SlipwayError } from '../errors.ts';
import { getObject, type KubeClient, type KubeObject, listObjects, patchObject } from '../kube/index.ts';
import { isList, isObject, type JsonObject, mapOf, splitApiVersion, textOf } from '../manifest/index.ts';
import { receiverPath, verifyReceiver } from '../sources/index.ts';
import { sentenceOf } from './failure.ts';
import { SOURCE } from './sources.ts';

export interface ReceiverOptions {
  /** Where to listen. */
  readonly host: string;
  readonly port: number;
  /** Receivers of the other namespaces are not served; undefined serves all. */
  readonly namespace: string | undefined;
  /** `--no-cross-namespace-refs`. */
  readonly noCrossNamespaceRefs: boolean;
  /** Is told of each request, in a sentence without its path, which is a secret. */
  readonly onRequest: (sentence: string) => void;
  readonly signal: AbortSignal;
}

const RECEIVER = { group: 'notification.toolkit.fluxcd.io', version: 'v1', kind: 'Receiver' };
/** How long it is known who listens where: whoever guesses at paths costs the API server no more than this. */
const KNOWN_MS = 5000;
/** GitHub sends no more. */
const MAX_BODY = 25 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** ReceiverServer: the groups of kinds that are named without one. */
const GROUPS: Readonly<Record<string, string>> = {
  Bucket: SOURCE.group,
  GitRepository: SOURCE.group,
  HelmRepository: SOURCE.group,
  OCIRepository: SOURCE.group,
  ImageRepository: 'image.toolkit.fluxcd.io',
};

interface Listening {
  readonly receiver: KubeObject;
  readonly token: string;
}

/**
 * Listens until the signal ends it. Answers 200 where all was asked for that a Receiver names, 400 where the request or
 * one of these is not right, and 404 where nobody listens (notification-controller: ReceiverServer.handlePayload).
 *
 * @returns the port, which is any free one where 0 is asked for
 * @throws SlipwayError `receivers/address` (status 3) where it cannot listen
 */
export async function serveReceivers(client: KubeClient, options: ReceiverOptions): Promise<number> {
  let known: { readonly at: number; readonly paths: Promise<ReadonlyMap<string, readonly Listening[]>> } | undefined;
  const pathsNow = (): Promise<ReadonlyMap<string, readonly Listening[]>> => {
    if (known === undefined || performance.now() - known.at > KNOWN_MS) {
      known = { at: performance.now(), paths: pathsOf(client, options.namespace) };
      known.paths.catch(() => (known = undefined));
    }
    return known.paths;
  };
  const answer = async (request: IncomingMessage): Promise<number> => {
    const listening = (await pathsNow()).get((request.url ?? '').split('?')[0] ?? '');
    if (listening === undefined) return 404;
    if (request.method !== 'POST') return 405;
    const body = await readBody(request);
    if (body === undefined) return 413;
    const results = await Promise.all(
      listening.map((one) => handle(client, one, { headers: request.headers, body }, options)),
    );
    return results.every((isRight) => isRight) ? 200 : 400;
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (status) => response.writeHead(status).end(),
      (error: unknown) => {
        options.onRequest(`A webhook could not be answered: ${sentenceOf(error)}`);
        response.writeHead(500).end();
      },
    );
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await listen(server, options);
  options.signal.addEventListener('abort', () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : options.port;
}

async function listen(server: Server, { host, port }: ReceiverOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject).listen(port, host, () => {
    resolve(undefined);
  });
  try {
    await promise;
  } catch (cause) {
    throw new SlipwayError({
      code: 'receivers/address',
      message: `Webhooks cannot be received at ${host}:${port}: ${sentenceOf(cause)}.`,
      remedy: 'Name another address by --receiver-address.',
      exitStatus: 3,
      cause,
    });
  }
}

/** Which Receivers listen at which path: those that are not suspended and whose Secret is there. */
async function pathsOf(
  client: KubeClient,
  namespace: string | undefined,
): Promise<ReadonlyMap<string, readonly Listening[]>> {
  const { objects } = await listObjects(client, RECEIVER, namespace === undefined ? {} : { namespace });
  const paths = new Map<string, Listening[]>();
  for (const receiver of objects) {
    const { name, namespace: own = '' } = receiver.metadata;
    const spec = mapOf(receiver.spec);
    const token = spec.suspend === true ? '' : await tokenOf(client, own, textOf(mapOf(spec.secretRef).name));
    if (token === '') continue;
    const path = receiverPath(token, name, own);
    paths.set(path, [...(paths.get(path) ?? []), { receiver, token }]);
  }
  return paths;
}

async function tokenOf(client: KubeClient, namespace: string, name: string): Promise<string> {
  const secret = name === '' ? undefined : await getObject(client, { group: '', kind: 'Secret', namespace, name });
  return Buffer.from(textOf(mapOf(secret?.data).token), 'base64').toString('utf8');
}

/** @returns whether the request is right, and all that the Receiver names was asked to reconcile */
async function handle(
  client: KubeClient,
  { receiver, token }: Listening,
  request: Parameters<typeof verifyReceiver>[0],
  { noCrossNamespaceRefs, onRequest }: ReceiverOptions,
): Promise<boolean> {
  const spec = mapOf(receiver.spec);
  const { name, namespace = '' } = receiver.metadata;
  const tell = (what: string): void => {
    onRequest(`Receiver/${namespace}/${name} ${what}`);
  };
  const events = isList(spec.events) ? spec.events.filter((one) => typeof one === 'string') : [];
  const verdict = verifyReceiver(request, { type: textOf(spec.type), events }, token);
  if (!verdict.accepted) {
    tell(`refused a webhook: ${verdict.reason}`);
    return false;
  }
  if (textOf(spec.resourceFilter) !== '') {
    tell('has a resourceFilter, which is not carried out: nothing was asked for');
    return false;
  }
  let isRight = true;
  for (const resource of (isList(spec.resources) ? spec.resources : []).filter(isObject)) {
    const where = textOf(resource.namespace) || namespace;
    const what = `${textOf(resource.kind)}/${where}/${textOf(resource.name)}`;
    try {
      if (noCrossNamespaceRefs && where !== namespace) throw new Error('cross-namespace references have been blocked');
      await askFor(client, resource, where);
      tell(`asks for ${what}`);
    } catch (error) {
      tell(`could not ask for ${what}: ${sentenceOf(error)}`);
      isRight = false;
    }
  }
  return isRight;
}

/** Makes the annotation that asks for a reconciliation another one (ReceiverServer.requestReconciliation). */
async function askFor(client: KubeClient, resource: JsonObject, namespace: string): Promise<void> {
  const kind = textOf(resource.kind);
  const given = textOf(resource.apiVersion);
  const group = given === '' ? GROUPS[kind] : splitApiVersion(given).group;
  if (group === undefined) throw new Error(`apiVersion must be specified for kind '${kind}'`);
  const names =
    textOf(resource.name) === '*'
      ? await namesOf(client, { group, kind }, namespace, resource)
      : [textOf(resource.name)];
  const patch = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() } } };
  for (const name of names) {
    await patchObject(client, { group, kind, namespace, name }, patch, { fieldManager: 'notification-controller' });
  }
}

/** `name: '*'` is all that have the labels. */
async function namesOf(
  client: KubeClient,
  kind: { readonly group: string; readonly kind: string },
  namespace: string,
  { matchLabels }: JsonObject,
): Promise<readonly string[]> {
  const labels = Object.entries(mapOf(matchLabels)).map(([key, value]) => `${key}=${textOf(value)}`);
  if (labels.length === 0) throw new Error("matchLabels field not set when using wildcard '*' as name");
  const { objects } = await listObjects(client, kind, { namespace, labelSelector: labels.join(',') });
  if (objects.length === 0) throw new Error(`no '${kind.kind}' resources found with matching labels`);
  return objects.map(({ metadata }) => metadata.name);
}

/** Undefined where it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
