/** Which kinds a cluster has (apidiscovery.k8s.io), known from one look, and looked at again when one is missing. */
import { SlipwayError } from '../errors.ts';
import { isList, isObject, type Json, type JsonObject, objectsOf, textOf } from '../manifest/index.ts';
import type { ApiRequest, ApiResponse } from './client.ts';

/** A kind in one version, and where its objects are. */
export interface Resource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** As in paths, for example `deployments`. */
  readonly plural: string;
  readonly isNamespaced: boolean;
  /** For example `watch`. */
  readonly verbs: readonly string[];
  /** For example `status`. */
  readonly subresources: readonly string[];
}

export interface Kind {
  readonly group: string;
  readonly kind: string;
  /** Default: the version that the server prefers. */
  readonly version?: string | undefined;
}

export interface Discovery {
  /**
   * The resource of a kind. One that is not known is looked for once more, since its CRD may have come.
   *
   * @throws {SlipwayError} `kube/no-such-kind` (status 1), `kube/too-old` (status 3).
   */
  readonly find: (kind: Kind) => Promise<Resource>;
  /** All that the server has, each kind in the version that it prefers. */
  readonly list: () => Promise<readonly Resource[]>;
  /** Looks again: kinds may have come or gone. Costs two requests, which answer with nothing where nothing changed. */
  readonly refresh: () => Promise<void>;
}

/** v2 is of 1.30, v2beta1 of 1.26. */
const ACCEPT = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');
/** One for the core group, one for all others. */
const PATHS = ['/api', '/apis'] as const;

/** All versions of each kind, the preferred one first. */
type Catalogue = ReadonlyMap<string, readonly Resource[]>;

interface Page {
  readonly etag: string | undefined;
  readonly catalogue: Catalogue;
}

export function createDiscovery(request: (request: ApiRequest) => Promise<ApiResponse>): Discovery {
  const pages = new Map<string, Page>();
  let looking: Promise<void> | undefined;

  const look = async (path: string): Promise<void> => {
    const known = pages.get(path);
    const { status, headers, body } = await request({
      method: 'GET',
      path,
      verb: `discover what is at ${path}`,
      headers: { accept: ACCEPT, ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }) },
    });
    if (status === 304) return;
    const etag = headers.etag;
    pages.set(path, { etag: typeof etag === 'string' ? etag : undefined, catalogue: parseCatalogue(body) });
  };
  /** Those who ask while one looks are answered by that look only if it began after they asked. */
  const refresh = async (): Promise<void> => {
    await looking?.catch(() => undefined);
    looking ??= Promise.all(PATHS.map(look)).then(
      () => {
        looking = undefined;
      },
      (error: unknown) => {
        looking = undefined;
        throw error;
      },
    );
    return looking;
  };
  const start = async (): Promise<void> => {
    if (pages.size < PATHS.length) await (looking ?? refresh());
  };
  const findNow = (kind: Kind): Resource | undefined => {
    for (const { catalogue } of pages.values()) {
      const versions = catalogue.get(keyOf(kind)) ?? [];
      const found = kind.version === undefined ? versions[0] : versions.find(({ version }) => version === kind.version);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return {
    find: async (kind) => {
      await start();
      const known = findNow(kind);
      if (known !== undefined) return known;
      await refresh();
      const found = findNow(kind);
      if (found !== undefined) return found;
      const others = [...pages.values()].flatMap(({ catalogue }) => catalogue.get(keyOf(kind)) ?? []);
      throw noSuchKind(kind, others);
    },
    list: async () => {
      await start();
      return [...pages.values()].flatMap(({ catalogue }) => [...catalogue.values()].flatMap(([first]) => first ?? []));
    },
    refresh,
  };
}

function keyOf({ group, kind }: Kind): string {
  return `${group}/${kind}`;
}

function parseCatalogue(body: JsonObject): Catalogue {
  // A server that does not know the aggregated form answers with the old one, which names groups only.
  if (body.kind !== 'APIGroupDiscoveryList') throw tooOld();
  const catalogue = new Map<string, Resource[]>();
  for (const group of objectsOf(body.items)) {
    for (const version of objectsOf(group.versions)) {
      for (const resource of objectsOf(version.resources)) {
        const parsed = parseResource(group, version, resource);
        const key = keyOf(parsed);
        const versions = catalogue.get(key);
        if (versions === undefined) catalogue.set(key, [parsed]);
        else versions.push(parsed);
      }
    }
  }
  return catalogue;
}

function parseResource(group: JsonObject, version: JsonObject, resource: JsonObject): Resource {
  const metadata = isObject(group.metadata) ? group.metadata : {};
  const responseKind = isObject(resource.responseKind) ? resource.responseKind : {};
  return {
    group: textOf(metadata.name),
    version: textOf(version.version),
    kind: textOf(responseKind.kind),
    plural: textOf(resource.resource),
    isNamespaced: resource.scope === 'Namespaced',
    verbs: texts(resource.verbs),
    subresources: objectsOf(resource.subresources).map(({ subresource }) => textOf(subresource)),
  };
}

function texts(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((member) => typeof member === 'string') : [];
}

function noSuchKind({ group, kind, version }: Kind, others: readonly Resource[]): SlipwayError {
  const name = `${group === '' ? '' : `${group}/`}${version ?? ''}${version === undefined ? '' : ' '}${kind}`;
  const versions = others.map((other) => other.version).join(', ');
  return new SlipwayError({
    code: 'kube/no-such-kind',
    message: `The cluster has no kind ${name}${versions === '' ? '' : `, only ${kind} of ${versions}`}.`,
    remedy:
      versions === ''
        ? 'Its CustomResourceDefinition has to be applied first.'
        : `Use ${versions}, or a CustomResourceDefinition that serves ${version ?? ''}.`,
  });
}

function tooOld(): SlipwayError {
  return new SlipwayError({
    code: 'kube/too-old',
    message: 'The cluster is too old: its API server does not tell its kinds in the way that Kubernetes 1.27 brought.',
    remedy: 'Update it to 1.27 or newer, which Slipway takes; Flux itself asks for newer ones than that.',
    exitStatus: 3,
  });
}
