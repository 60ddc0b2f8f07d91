/** Webhooks that tell of a push, as notification-controller takes them: for each Receiver of the cluster a path of its own. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { SlipwayError } from '../errors.ts';
import { type KubeClient, listObjects } from '../kube/index.ts';
import { mapOf } from '../manifest/index.ts';
import { sentenceOf } from './failure.ts';
import { RECEIVER, webhookOf } from './receiver.ts';
import { handleWebhook, type Listening } from './receiver-request.ts';
import { keepReceiverStatus } from './receiver-status.ts';

export interface ReceiverOptions {
  /** Where to listen. */
  readonly host: string;
  readonly port: number;
  /** Receivers of the other namespaces are not served; undefined serves all. */
  readonly namespace: string | undefined;
  /** Flux's, where the lease of its notification-controller is. */
  readonly fluxNamespace: string;
  /** `--no-cross-namespace-refs`. */
  readonly noCrossNamespaceRefs: boolean;
  /** Is told of each request, in a sentence without its path, which is a secret. */
  readonly onRequest: (sentence: string) => void;
  readonly signal: AbortSignal;
}

/** How long it is known who listens where: whoever guesses at paths costs the API server no more than this. */
const KNOWN_MS = 5000;
/** GitHub sends no more. */
const MAX_BODY = 25 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

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
      listening.map((one) => handleWebhook(client, one, { headers: request.headers, body }, options)),
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
  void keepReceiverStatus(client, options);
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
    const webhook = mapOf(receiver.spec).suspend === true ? undefined : await webhookOf(receiver, client);
    if (webhook === undefined || 'problem' in webhook) continue;
    const { path, token } = webhook;
    paths.set(path, [...(paths.get(path) ?? []), { receiver, token }]);
  }
  return paths;
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
