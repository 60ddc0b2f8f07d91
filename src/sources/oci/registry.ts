import { createHash } from 'node:crypto';
import type http from 'node:http';
import { Transform } from 'node:stream';
import { SlipwayError } from '../../errors.ts';
import { isList, isObject, type JsonObject } from '../../manifest/index.ts';
import { basicAuthorization } from '../git/credentials.ts';
import { agentFor, connectionError, readBody, sendRequest, statusError, type TlsMaterial } from '../http-client.ts';
import type { RegistryCredentials } from './docker-config.ts';
import type { OciImageName } from './spec.ts';

export interface RegistryOptions {
  readonly image: OciImageName;
  readonly credentials: RegistryCredentials | undefined;
  readonly tls: TlsMaterial;
  readonly proxyEnvironment: Record<string, string>;
  /** Lets plain HTTP pass for any host; for hosts of this machine and of private networks it always passes. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

export interface OciLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface OciManifest {
  readonly layers: readonly OciLayer[];
  readonly annotations: Readonly<Record<string, string>>;
}

const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const ACCEPT = [...MANIFEST_TYPES, ...INDEX_TYPES].join(', ');
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const MAX_TAG_PAGES = 1000;

/** One repository of an OCI registry (distribution-spec 1.1), to read from. Whatever it gives is held to its digest. */
export class Registry implements Disposable {
  readonly #options: RegistryOptions;
  readonly #agents = new Map<string, http.Agent>();
  readonly #origin: string;
  readonly #authorization: string | undefined;

  private constructor(
    options: RegistryOptions,
    origin: string,
    authorization: string | undefined,
    agents: Map<string, http.Agent>,
  ) {
    this.#options = options;
    this.#origin = origin;
    this.#authorization = authorization;
    this.#agents = agents;
  }

  /** Finds out how the registry is spoken to, and gets a token where it wants one. */
  static async open(options: RegistryOptions): Promise<Registry> {
    const agents = new Map<string, http.Agent>();
    try {
      const { host } = options.image;
      const schemes = options.insecure || isPrivate(host) ? ['https:', 'http:'] : ['https:'];
      let failure: unknown;
      for (const scheme of schemes) {
        const origin = `${scheme}//${host}`;
        const probe = new Registry(options, origin, undefined, agents);
        try {
          const authorization = await probe.#authorize();
          return new Registry(options, origin, authorization, agents);
        } catch (error) {
          options.signal.throwIfAborted();
          const isNoAnswer = error instanceof SlipwayError && /unreachable|tls-failed/.test(error.code);
          if (!isNoAnswer) throw error;
          failure ??= error;
        }
      }
      throw failure;
    } catch (error) {
      for (const agent of agents.values()) agent.destroy();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** Every tag, in the registry's order. */
  async tags(): Promise<string[]> {
    const tags: string[] = [];
    let next: string | undefined = '/tags/list?n=1000';
    for (let page = 0; next !== undefined && page < MAX_TAG_PAGES; page += 1) {
      const answer = await this.#get(next);
      const body = await this.#json(answer);
      for (const tag of isList(body.tags) ? body.tags : []) if (typeof tag === 'string') tags.push(tag);
      next = nextPage(answer, new URL(this.#url(next)), this.#url(''));
    }
    return tags;
  }

  /** What a tag points to now. */
  async digestOf(tag: string): Promise<string> {
    const path = `/manifests/${tag}`;
    const head = await this.#send(new URL(this.#url(path)), 'HEAD', { accept: ACCEPT });
    head.resume();
    const digest = head.headers['docker-content-digest'];
    if (head.statusCode === 200 && typeof digest === 'string' && isDigest(digest)) return digest;
    const body = await readBody(await this.#get(path), 'The manifest', MAX_MANIFEST_BYTES);
    return sha256(body);
  }

  /** A manifest; of an index that for linux/amd64, as go-containerregistry chooses it. */
  async manifest(digest: string): Promise<OciManifest> {
    const body = await readBody(await this.#get(`/manifests/${digest}`), 'The manifest', MAX_MANIFEST_BYTES);
    if (sha256(body) !== digest) throw wrongDigest('manifest', digest);
    const manifest = parseJson(body, this.#origin);
    if (!isList(manifest.manifests)) return parseManifest(manifest, this.#origin);
    const child = manifest.manifests.filter(isObject).find(({ platform }) => {
      return isObject(platform) ? platform.os === 'linux' && platform.architecture === 'amd64' : platform === undefined;
    });
    if (typeof child?.digest !== 'string' || !isDigest(child.digest)) {
      throw failed(
        'sources/layer-missing',
        'The index has no image for linux/amd64.',
        'Push an artifact instead of an index.',
      );
    }
    return this.manifest(child.digest);
  }

  /** The bytes of a layer, which end in an error where they are not those of its digest. */
  async blob(layer: OciLayer): Promise<NodeJS.ReadableStream & AsyncIterable<Buffer>> {
    const answer = await this.#get(`/blobs/${layer.digest}`);
    const hash = createHash('sha256');
    let received = 0;
    const checked = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        hash.update(chunk);
        done(received > layer.size ? wrongDigest('layer', layer.digest) : null, chunk);
      },
      flush(done) {
        const isRight = received === layer.size && `sha256:${hash.digest('hex')}` === layer.digest;
        done(isRight ? null : wrongDigest('layer', layer.digest));
      },
    });
    answer.once('error', (error) => {
      checked.destroy(connectionError(error, this.#options.image.host));
    });
    return answer.pipe(checked);
  }

  /** The registry's own answer to who may read (distribution-spec, and Docker's token authentication). */
  async #authorize(): Promise<string | undefined> {
    const url = new URL(`${this.#origin}/v2/`);
    const answer = await this.#send(url, 'GET', {});
    answer.resume();
    if (answer.statusCode !== 401) return undefined;
    const challenge = answer.headers['www-authenticate'] ?? '';
    const { credentials } = this.#options;
    const basic = credentials && basicAuthorization(credentials.username, credentials.password);
    if (/^basic/i.test(challenge)) {
      if (basic === undefined) throw statusError(401, url);
      return basic;
    }
    const parameters = new Map(
      [...challenge.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    const realm = parameters.get('realm') ?? '';
    if (!/^bearer/i.test(challenge) || !URL.canParse(realm)) throw statusError(401, url);
    return this.#token(new URL(realm), parameters.get('service'), basic);
  }

  async #token(realm: URL, service: string | undefined, basic: string | undefined): Promise<string> {
    const isAllowed = realm.protocol === 'https:' || (realm.protocol === 'http:' && this.#origin.startsWith('http:'));
    if (!isAllowed) throw statusError(401, realm);
    if (service !== undefined) realm.searchParams.set('service', service);
    realm.searchParams.set('scope', `repository:${this.#options.image.repository}:pull`);
    const answer = await this.#send(realm, 'GET', basic === undefined ? {} : { authorization: basic });
    if (answer.statusCode !== 200) {
      answer.resume();
      throw statusError(answer.statusCode ?? 0, realm);
    }
    const { token, access_token: accessToken } = parseJson(
      await readBody(answer, 'The token', MAX_MANIFEST_BYTES),
      realm.origin,
    );
    const value = typeof token === 'string' && token !== '' ? token : accessToken;
    if (typeof value !== 'string' || /[^\u0021-\u007e]/.test(value)) throw unexpected(realm.origin);
    return `Bearer ${value}`;
  }

  #url(path: string): string {
    return `${this.#origin}/v2/${this.#options.image.repository}${path}`;
  }

  /** Follows redirects, which only blobs have; the token goes to the registry alone. */
  async #get(path: string): Promise<http.IncomingMessage> {
    let url = new URL(this.#url(path));
    for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
      const answer = await this.#send(url, 'GET', { accept: path.startsWith('/manifests/') ? ACCEPT : '*/*' });
      const { statusCode = 0, headers } = answer;
      if (statusCode === 200) return answer;
      answer.resume();
      const isRedirect = [301, 302, 303, 307, 308].includes(statusCode);
      if (!isRedirect || headers.location === undefined || !URL.canParse(headers.location, url.href))
        throw statusError(statusCode, url);
      const target = new URL(headers.location, url.href);
      const isAllowed = target.protocol === 'https:' || (target.protocol === 'http:' && url.protocol === 'http:');
      if (!isAllowed) break;
      url = target;
    }
    throw failed(
      'sources/redirect-refused',
      `${url.host} redirects too often, or to less than https.`,
      'Check the registry.',
    );
  }

  async #send(url: URL, method: 'GET' | 'HEAD', headers: Record<string, string>): Promise<http.IncomingMessage> {
    const isOwn = url.origin === this.#origin;
    const own: Record<string, string> = {};
    if (isOwn && this.#authorization !== undefined) own.authorization = this.#authorization;
    const agent = this.#agent(url, isOwn);
    return sendRequest(url, { method, headers: { ...own, ...headers }, agent, signal: this.#options.signal });
  }

  #agent(url: URL, isOwn: boolean): http.Agent {
    const known = this.#agents.get(url.origin);
    if (known !== undefined) return known;
    const { tls, proxyEnvironment } = this.#options;
    const material = isOwn ? tls : { certificateAuthority: tls.certificateAuthority };
    const agent = agentFor(url.protocol, material, proxyEnvironment);
    this.#agents.set(url.origin, agent);
    return agent;
  }

  async #json(answer: http.IncomingMessage): Promise<JsonObject> {
    return parseJson(await readBody(answer, 'The answer', MAX_MANIFEST_BYTES), this.#origin);
  }
}

/** Hosts that go-containerregistry speaks plain HTTP to (name.Registry's Scheme): this machine's and private ones. */
function isPrivate(host: string): boolean {
  const name = host.replace(/:[0-9]+$/, '');
  return /^localhost$|^127\.|^\[::1\]$|\.local(host)?$|^10\.|^192\.168\.|^172\.(1[6-9]|2[0-9]|3[01])\./.test(name);
}

/** `Link: </v2/…/tags/list?last=…>; rel="next"`, of the same repository only. */
function nextPage(answer: http.IncomingMessage, current: URL, base: string): string | undefined {
  const link = answer.headers.link;
  const [, target] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(typeof link === 'string' ? link : '') ?? [];
  if (target === undefined || !URL.canParse(target, current.href)) return undefined;
  const { href } = new URL(target, current.href);
  return href.startsWith(`${base}/`) ? href.slice(base.length) : undefined;
}

function parseManifest(manifest: JsonObject, origin: string): OciManifest {
  const layers = (isList(manifest.layers) ? manifest.layers : []).map((layer): OciLayer => {
    const { mediaType, digest, size } = isObject(layer) ? layer : {};
    if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number' || !isDigest(digest)) {
      throw unexpected(origin);
    }
    return { mediaType, digest, size };
  });
  const annotations = Object.entries(isObject(manifest.annotations) ? manifest.annotations : {});
  const texts = annotations.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { layers, annotations: Object.fromEntries(texts) };
}

function parseJson(body: Buffer, origin: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Answered below.
  }
  throw unexpected(origin);
}

function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function wrongDigest(what: string, digest: string): SlipwayError {
  return failed(
    'sources/digest-mismatch',
    `The ${what} that came is not that of ${digest}.`,
    'Check the registry and what is between.',
  );
}

function unexpected(origin: string): SlipwayError {
  return failed('sources/server-failed', `${origin} does not answer as an OCI registry does.`, 'Check spec.url.');
}

function failed(code: string, message: string, remedy: string): SlipwayError {
  return new SlipwayError({ code, message, remedy, exitStatus: 3 });
}
