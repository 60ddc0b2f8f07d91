/** A small API server over HTTP/1.1 that does what a test tells it, faults first of all. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { type ClientOptions, type ClusterAccess, createClient, type KubeClient } from '../../src/kube/index.ts';

export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly response: ServerResponse;
}

export interface FakeApi {
  readonly access: ClusterAccess;
  /** All calls but those of discovery, in order. */
  readonly calls: readonly Call[];
}

const servers: Server[] = [];
const clients: KubeClient[] = [];
afterAll(() => {
  for (const client of clients) client.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A client that ends with the tests of the file, and knows no proxy. */
export function testClient(access: ClusterAccess, options: ClientOptions = {}): KubeClient {
  const client = createClient(access, { env: {}, ...options });
  clients.push(client);
  return client;
}

/**
 * Answers each call by the handler, but for those of discovery.
 *
 * @param discovery what `/api` and `/apis` answer; by default they name ConfigMaps, Secrets and Deployments
 */
export async function fakeApi(
  handle: (call: Call, index: number) => void,
  discovery: (path: string) => unknown = (path) => DISCOVERY[path],
): Promise<FakeApi> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://fake');
      const call = { method: request.method ?? '', url, headers: request.headers, body, response };
      const discovered = discovery(url.pathname);
      if (discovered !== undefined) answer(call, discovered);
      else handle(call, calls.push(call) - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return { access: accessTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), calls };
}

export function answer({ response }: Call, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Refuses as the API server does. */
export function refuse(call: Call, code: number, status: object = {}, headers: Record<string, string> = {}): void {
  answer(call, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...status }, code, headers);
}

/** Breaks the connection without an answer. */
export function reset({ response }: Call): void {
  response.socket?.resetAndDestroy();
}

export function accessTo(server: string, more: Partial<ClusterAccess> = {}): ClusterAccess {
  return {
    context: 'fake',
    server,
    namespace: 'default',
    certificateAuthority: undefined,
    tlsServerName: undefined,
    insecure: false,
    proxyUrl: undefined,
    clientCertificate: undefined,
    authorization: undefined,
    impersonate: undefined,
    ...more,
  };
}

export function configMap(name: string, resourceVersion = '1', more: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion },
    ...more,
  };
}

function groupOf(name: string, version: string, ...resources: readonly [plural: string, kind: string][]) {
  const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
  return {
    metadata: { name },
    versions: [
      {
        version,
        resources: resources.map(([resource, kind]) => ({
          resource,
          responseKind: { group: name, version, kind },
          scope: 'Namespaced',
          verbs,
        })),
      },
    ],
  };
}

/** What discovery says of a cluster with one resource; without any, of one with none. */
export function discoveryOf(resource?: [plural: string, kind: string], group = '', version = 'v1'): unknown {
  return { kind: 'APIGroupDiscoveryList', items: resource === undefined ? [] : [groupOf(group, version, resource)] };
}

const DISCOVERY: Readonly<Record<string, unknown>> = {
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [groupOf('', 'v1', ['configmaps', 'ConfigMap'], ['secrets', 'Secret'])],
  },
  '/apis': { kind: 'APIGroupDiscoveryList', items: [groupOf('apps', 'v1', ['deployments', 'Deployment'])] },
};
