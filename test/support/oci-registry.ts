/** An OCI registry on loopback, to pull from (distribution-spec 1.1), with Docker's token authentication where asked. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

export interface Layer {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface RegistryOptions {
  /** Who may get a token: `user:password`. */
  readonly user?: string;
  readonly authentication?: 'bearer' | 'basic';
  /** Answers a request in place of the registry; `true` where it did. */
  readonly instead?: (request: http.IncomingMessage, response: http.ServerResponse) => boolean;
  /** Tags of one page. */
  readonly pageSize?: number;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

export const sha256 = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const servers: http.Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

export class FakeRegistry {
  readonly requests: { readonly path: string; readonly headers: http.IncomingHttpHeaders }[] = [];
  readonly #options: RegistryOptions;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  readonly #tags = new Map<string, string>();
  host = '';

  constructor(options: RegistryOptions = {}) {
    this.#options = options;
  }

  async start(): Promise<this> {
    const server = http.createServer((request, response) => {
      this.requests.push({ path: request.url ?? '', headers: request.headers });
      if (this.#options.instead?.(request, response) !== true) this.#answer(request, response);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref();
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  /** @returns the manifest's digest. */
  push(tag: string, layers: readonly Layer[], annotations: Record<string, string> = {}): string {
    for (const { bytes } of layers) this.#blobs.set(sha256(bytes), bytes);
    const described = layers.map(({ mediaType, bytes }) => ({ mediaType, digest: sha256(bytes), size: bytes.length }));
    return this.#pushManifest(tag, MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: {},
      layers: described,
      annotations,
    });
  }

  pushIndex(tag: string, manifests: readonly unknown[]): string {
    return this.#pushManifest(tag, INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
  }

  /** Gives other bytes for a digest than it is of. */
  corrupt(digest: string, bytes: Buffer): void {
    if (this.#manifests.has(digest)) this.#manifests.set(digest, { type: MANIFEST, bytes });
    else this.#blobs.set(digest, bytes);
  }

  #pushManifest(tag: string, type: string, manifest: unknown): string {
    const bytes = Buffer.from(JSON.stringify(manifest));
    this.#manifests.set(sha256(bytes), { type, bytes });
    this.#tags.set(tag, sha256(bytes));
    return sha256(bytes);
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = new URL(request.url ?? '', `http://${this.host}`);
    if (url.pathname === '/token') {
      const isRight =
        request.headers.authorization === `Basic ${Buffer.from(this.#options.user ?? '').toString('base64')}`;
      const isScoped =
        url.searchParams.get('scope') === 'repository:org/app:pull' && url.searchParams.get('service') === 'test';
      if (!isRight || !isScoped) return void response.writeHead(401).end();
      return void response.end(JSON.stringify({ token: 'registry-token' }));
    }
    if (!this.#mayRead(request)) {
      const challenge =
        this.#options.authentication === 'basic'
          ? 'Basic realm="test"'
          : `Bearer realm="http://${this.host}/token",service="test"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    if (url.pathname === '/v2/') return void response.end('{}');
    const [, kind, name = ''] = /^\/v2\/org\/app\/(manifests|blobs|tags)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'tags') {
      this.#listTags(url, response);
      return;
    }
    const digest = this.#tags.get(name) ?? name;
    const manifest = kind === 'manifests' ? this.#manifests.get(digest) : undefined;
    const bytes = kind === 'blobs' ? this.#blobs.get(name) : manifest?.bytes;
    if (bytes === undefined) return void response.writeHead(404).end();
    response.setHeader('content-type', manifest?.type ?? 'application/octet-stream');
    if (manifest !== undefined) response.setHeader('docker-content-digest', digest);
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  #mayRead({ headers }: http.IncomingMessage): boolean {
    const { user, authentication } = this.#options;
    if (user === undefined) return true;
    const basic = `Basic ${Buffer.from(user).toString('base64')}`;
    return headers.authorization === (authentication === 'basic' ? basic : 'Bearer registry-token');
  }

  #listTags(url: URL, response: http.ServerResponse): void {
    const all = [...this.#tags.keys()];
    const start = all.indexOf(url.searchParams.get('last') ?? '') + 1;
    const page = all.slice(start, start + (this.#options.pageSize ?? 1000));
    const last = page.at(-1) ?? '';
    if (start + page.length < all.length) {
      response.setHeader('link', `</v2/org/app/tags/list?n=2&last=${encodeURIComponent(last)}>; rel="next"`);
    }
    response.end(JSON.stringify({ name: 'org/app', tags: page }));
  }
}
