import fs from 'node:fs';
import { createServer as createProxy, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { KubeClient } from '../../../src/kube/index.ts';
import { accessTo, testClient } from '../../support/fake-api.ts';

const pem = (name: string) => fs.readFileSync(path.join(import.meta.dirname, 'fixtures', name), 'utf8');
const authority = pem('authority.crt');
const clientCertificate = { certificate: pem('client.crt'), key: pem('client.key') };

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

type Handler = (stream: ServerHttp2Stream, path: string) => void;

/** A server of HTTP/2 that knows its clients by their certificates, if they have one. */
async function serve(handle: Handler, settings = {}): Promise<{ port: number; server: Http2SecureServer }> {
  const server = createSecureServer({
    cert: pem('server.crt'),
    key: pem('server.key'),
    ca: authority,
    requestCert: true,
    rejectUnauthorized: false,
    settings,
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    handle(stream, headers[':path'] ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, server };
}

function reply(stream: ServerHttp2Stream, body: object): void {
  stream.respond({ ':status': 200 });
  stream.end(JSON.stringify(body));
}

async function get(client: KubeClient, what = '/x'): Promise<unknown> {
  return (await client.request({ method: 'GET', path: what, verb: `get ${what}` })).body;
}

describe('a connection', () => {
  test('is one for many requests, each of which says who asks', async () => {
    const sessions = new Set<unknown>();
    const { port } = await serve((stream) => {
      sessions.add(stream.session);
      const { subject } = (stream.session!.socket as TLSSocket).getPeerCertificate();
      reply(stream, { name: subject.CN });
    });
    const client = testClient(
      accessTo(`https://127.0.0.1:${port}`, { certificateAuthority: authority, clientCertificate }),
    );
    const answers = await Promise.all(Array.from({ length: 50 }, () => get(client)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"name":"client"}']));
    expect(sessions.size).toBe(1);
  });

  test('is followed by another where the server takes no more requests on one', async () => {
    const sessions = new Set<unknown>();
    const waiting: ServerHttp2Stream[] = [];
    const { port } = await serve(
      (stream) => {
        sessions.add(stream.session);
        waiting.push(stream);
        if (waiting.length === 5) for (const each of waiting) reply(each, {});
      },
      { maxConcurrentStreams: 2 },
    );
    const client = testClient(accessTo(`https://127.0.0.1:${port}`, { certificateAuthority: authority }));
    const first = get(client);
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await Promise.all([first, get(client), get(client), get(client), get(client)]);
    expect(sessions.size).toBe(3);
  });

  test('that the server gives up is replaced, and no request is lost', async () => {
    let requests = 0;
    const { port } = await serve((stream) => {
      if (++requests % 5 === 0) stream.session!.goaway(0, 0);
      reply(stream, {});
    });
    const client = testClient(accessTo(`https://127.0.0.1:${port}`, { certificateAuthority: authority }));
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 10 }, () => get(client)));
    expect(requests).toBeGreaterThanOrEqual(50);
  });

  test('that breaks is replaced, and what may be asked twice is', async () => {
    let requests = 0;
    const { port } = await serve((stream) => {
      if (++requests === 3) stream.session!.destroy();
      else reply(stream, {});
    });
    const client = testClient(accessTo(`https://127.0.0.1:${port}`, { certificateAuthority: authority }));
    await Promise.all(Array.from({ length: 10 }, () => get(client)));
    expect(requests).toBeGreaterThanOrEqual(11);
  });

  test('is made only to a server with the right certificate', async () => {
    const { port } = await serve((stream) => {
      reply(stream, {});
    });
    const at = (host: string, more: object) => get(testClient(accessTo(`https://${host}:${port}`, more)));
    const refused = { code: 'kube/certificate', exitStatus: 3 };
    await expect(at('127.0.0.1', {})).rejects.toMatchObject(refused);
    await expect(at('localhost', { certificateAuthority: authority })).rejects.toMatchObject(refused);
    await expect(
      at('127.0.0.1', { certificateAuthority: authority, tlsServerName: 'other.example.org' }),
    ).rejects.toMatchObject(refused);
    expect(await at('localhost', { certificateAuthority: authority, tlsServerName: 'api.example.org' })).toEqual({});
    expect(await at('127.0.0.1', { insecure: true })).toEqual({});
  });
});

describe('a proxy', () => {
  /** A proxy that lets in who names himself `me:p`, and notes where to. */
  async function proxy(): Promise<{ port: number; targets: string[] }> {
    const targets: string[] = [];
    const server: Server = createProxy().on('connect', (request, socket) => {
      socket.on('error', () => undefined);
      if (request.headers['proxy-authorization'] !== `Basic ${Buffer.from('me:p').toString('base64')}`) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      targets.push(request.url ?? '');
      const [, port = ''] = (request.url ?? '').split(':');
      const target = connectTcp(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      target.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, targets };
  }

  test('of the kubeconfig or the environment is gone through, to the very server', async () => {
    const { port } = await serve((stream, asked) => {
      reply(stream, { asked });
    });
    const { port: proxyPort, targets } = await proxy();
    const proxyUrl = `http://me:p@127.0.0.1:${proxyPort}`;
    const access = accessTo(`https://api.example.org:${port}/prefix`, { certificateAuthority: authority });
    expect(await get(testClient({ ...access, proxyUrl }))).toEqual({ asked: '/prefix/x' });
    expect(await get(testClient(access, { env: { HTTPS_PROXY: proxyUrl } }))).toEqual({ asked: '/prefix/x' });
    expect(targets).toEqual([`api.example.org:${port}`, `api.example.org:${port}`]);
  });

  test('that refuses, or is of another kind, is an error that says so, without its password', async () => {
    const { port } = await proxy();
    const access = accessTo('https://api.example.org', { proxyUrl: `http://me:hunter2@127.0.0.1:${port}` });
    const failure: unknown = await get(testClient(access)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'kube/unreachable', message: expect.stringContaining('answered 407') });
    expect((failure as Error).message).not.toContain('hunter2');
    const socks = testClient({ ...access, proxyUrl: 'socks5://127.0.0.1:1' });
    await expect(get(socks)).rejects.toMatchObject({
      code: 'kube/proxy',
      message: expect.stringContaining('of socks5://'),
    });
  });

  test('is passed by for those whom NO_PROXY names', async () => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'example.com, .nowhere.invalid' };
    const client = testClient(accessTo('https://api.nowhere.invalid'), { env });
    await expect(get(client)).rejects.toMatchObject({ message: expect.not.stringContaining('through') });
  });
});
