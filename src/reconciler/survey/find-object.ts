import { SlipwayError } from '../../errors.ts';
import { type Kind, type KubeClient, type KubeObject, listObjects, type Resource } from '../../kube/index.ts';
import { formatIdentity, identityOf } from '../../manifest/index.ts';
import { mostSimilar } from '../../similar.ts';
import { FLUX_KINDS } from './flux-kinds.ts';
import type { FluxObject } from './flux-object.ts';

/** An object as people name it: `KIND/NAMESPACE/NAME` or `KIND/NAME`. */
export interface ObjectQuery {
  readonly text: string;
  /** In small letters: a kind, its plural, either with its group, or a short name of one of Flux's kinds. */
  readonly kind: string;
  /** undefined where none is said: any, or none. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** @throws SlipwayError `cli/usage` (status 2) */
export function parseQuery(text: string): ObjectQuery {
  const parts = text.split('/');
  const [kind = '', second = '', third] = parts;
  if (parts.length >= 2 && parts.length <= 3 && parts.every((part) => part !== '')) {
    const [namespace, name] = third === undefined ? [undefined, second] : [second, third];
    return { text, kind: kind.toLowerCase(), namespace, name };
  }
  throw new SlipwayError({
    code: 'cli/usage',
    message: `${JSON.stringify(text)} names no object.`,
    remedy: 'Name one as KIND/NAMESPACE/NAME or KIND/NAME, for example Kustomization/flux-system/cluster.',
    exitStatus: 2,
  });
}

/**
 * Those of Flux's objects that a query names.
 *
 * @throws SlipwayError `cluster/unknown-object`, `cluster/unknown-kind`, each with the names that are near
 */
export function selectFluxObjects(objects: readonly FluxObject[], query: ObjectQuery): readonly FluxObject[] {
  const kinds = FLUX_KINDS.filter((kind) => isOfKind(kind, query));
  if (kinds.length === 0) {
    throw new SlipwayError({
      code: 'cluster/unknown-kind',
      message: `This is asked of Flux's objects, and '${query.text}' names none of their kinds: ${FLUX_KINDS.map(({ kind }) => kind).join(', ')}.`,
      remedy: `\`slipway explain ${query.text} --live\` is for every other object of the cluster.`,
      exitStatus: 2,
    });
  }
  const ofKind = objects.filter(({ identity }) => kinds.some(({ kind }) => kind === identity.kind));
  const found = ofKind.filter(({ object }) => isNamed(object, query));
  if (found.length > 0) return found;
  throw unknownObject(
    query,
    ofKind.map(({ object }) => object),
  );
}

/**
 * The one object of the cluster, of whatever kind, that a query names.
 *
 * @throws SlipwayError `cluster/unknown-kind`, `cluster/unknown-object`, `cluster/several-objects`
 */
export async function findObject(client: KubeClient, query: ObjectQuery): Promise<KubeObject> {
  const resources = (await client.discovery.list()).filter(({ verbs }) => verbs.includes('list'));
  const alias = FLUX_KINDS.find(({ aliases }) => aliases.includes(query.kind));
  const candidates = resources.filter((resource) =>
    alias === undefined
      ? isCalled(query.kind, resource)
      : resource.group === alias.group && resource.kind === alias.kind,
  );
  if (candidates.length === 0) throw unknownKind(query, resources);
  const lists = await Promise.all(candidates.map((resource) => objectsOf(client, resource, query)));
  const objects = lists.flat();
  const found = objects.filter((object) => isNamed(object, query));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first === undefined) throw unknownObject(query, objects);
  const names = found.map((object) => `${formatIdentity(identityOf(object))} (${object.apiVersion})`);
  throw new SlipwayError({
    code: 'cluster/several-objects',
    message: `${found.length} objects are called so: ${names.join(', ')}.`,
    remedy: 'Name the namespace, or write the kind as PLURAL.GROUP.',
    exitStatus: 2,
  });
}

async function objectsOf(client: KubeClient, resource: Resource, query: ObjectQuery): Promise<readonly KubeObject[]> {
  const { namespace, name } = query;
  const within = resource.isNamespaced ? { namespace } : {};
  const { objects } = await listObjects(client, resource, { ...within, fieldSelector: `metadata.name=${name}` });
  // For the names that are near, all are needed.
  return objects.length > 0 ? objects : (await listObjects(client, resource, { metadataOnly: true })).objects;
}

/** Whether a kind is the one that a query names. */
export function isOfKind({ group, kind }: Omit<Kind, 'version'>, query: ObjectQuery): boolean {
  const plural = kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  const aliases = FLUX_KINDS.find((one) => one.group === group && one.kind === kind)?.aliases ?? [];
  return isCalled(query.kind, { group, kind, plural }) || aliases.includes(query.kind);
}

function isCalled(called: string, { group, kind, plural }: Pick<Resource, 'group' | 'kind' | 'plural'>): boolean {
  return [kind, plural, `${kind}.${group}`, `${plural}.${group}`].some((name) => name.toLowerCase() === called);
}

function isNamed({ metadata }: KubeObject, { namespace, name }: ObjectQuery): boolean {
  return metadata.name === name && (namespace === undefined || (metadata.namespace ?? '') === namespace);
}

function unknownKind({ text, kind }: ObjectQuery, resources: readonly Resource[]): SlipwayError {
  const near = mostSimilar(
    kind,
    resources.map((resource) => resource.kind),
  );
  return new SlipwayError({
    code: 'cluster/unknown-kind',
    message: `The cluster has no kind of the name that '${text}' begins with.`,
    remedy: near === undefined ? '`kubectl api-resources` lists what it has.' : `Did you mean ${near.name}?`,
  });
}

const MAX_SHOWN = 3;

function unknownObject(query: ObjectQuery, others: readonly KubeObject[]): SlipwayError {
  const near = mostSimilar(
    query.name,
    others.map(({ metadata }) => metadata.name),
  );
  const names = others
    .filter(({ metadata }) => metadata.name === near?.name)
    .slice(0, MAX_SHOWN)
    .map((object) => formatIdentity(identityOf(object)));
  return new SlipwayError({
    code: 'cluster/unknown-object',
    message: `The cluster has no object '${query.text}'.`,
    remedy:
      names.length === 0
        ? 'See whether the kind, the namespace and the name are right.'
        : `Did you mean ${names.join(' or ')}?`,
  });
}
