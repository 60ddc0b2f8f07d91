import { SlipwayError } from '../errors.ts';
import type { Resource } from './discovery.ts';

/** Parameters of a query; one that is undefined is left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** Path of the collection of a kind: of a namespace, or of all where it is undefined. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const { group, version, plural, isNamespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return isNamespaced && namespace !== undefined
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${root}/${plural}`;
}

/**
 * Path of an object. The namespace given to one that has none by its kind is passed over.
 *
 * @throws {SlipwayError} `kube/no-namespace`
 */
export function objectPath(resource: Resource, namespace: string, name: string, subresource?: string): string {
  if (resource.isNamespaced && namespace === '') {
    throw new SlipwayError({
      code: 'kube/no-namespace',
      message: `A ${resource.kind} is in a namespace, and none is given.`,
      place: { object: `${resource.kind}/${name}` },
    });
  }
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

export function withQuery(path: string, query: Query): string {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}

/** As RBAC and kubectl name a resource: `deployments.apps`, `configmaps`. */
export function resourceName({ plural, group }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}
