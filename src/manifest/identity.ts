import { SlipwayError } from '../errors.ts';
import { isObject, type JsonObject } from './json.ts';

/** What tells an object from every other in a cluster; the version is how it is spelled, not which object it is. */
export interface ObjectIdentity {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** '' where none is given. */
  readonly namespace: string;
  readonly name: string;
}

/**
 * The identity of a manifest.
 *
 * @throws SlipwayError `manifest/no-identity` where apiVersion, kind or metadata.name is missing or no string.
 */
export function identityOf(object: JsonObject): ObjectIdentity {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { group, version } = splitApiVersion(requiredString(object.apiVersion, 'apiVersion'));
  return {
    group,
    version,
    kind: requiredString(object.kind, 'kind'),
    namespace: typeof metadata.namespace === 'string' ? metadata.namespace : '',
    name: requiredString(metadata.name, 'metadata.name'),
  };
}

function requiredString(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new SlipwayError({
    code: 'manifest/no-identity',
    message: `This is no Kubernetes object: its ${field} is ${value === undefined ? 'missing' : 'no text'}.`,
  });
}

/** `apps/v1` is group apps, version v1; `v1` is the core group, ''. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.lastIndexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

/** `Kind/namespace/name`, or `Kind/name` where there is no namespace: how people are shown an object. */
export function formatIdentity({ kind, namespace, name }: ObjectIdentity): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** Equal for two identities exactly if they are the same object, whatever their version: a key for maps. */
export function identityKey({ group, kind, namespace, name }: Omit<ObjectIdentity, 'version'>): string {
  // No part can hold a slash: the API server refuses it in names (IsPathSegmentName).
  return `${group}/${kind}/${namespace}/${name}`;
}

/** Kinds whose names may hold a colon, which Flux's inventory writes as `__` (cli-utils: object.RBACGroupKind). */
const COLONS_IN_NAMES = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

/** The id of an object in a Flux inventory, `<namespace>_<name>_<group>_<kind>` (cli-utils: ObjMetadata.String). */
export function inventoryId({ group, kind, namespace, name }: Omit<ObjectIdentity, 'version'>): string {
  const rbac = group === 'rbac.authorization.k8s.io' && COLONS_IN_NAMES.has(kind);
  return `${namespace}_${rbac ? name.replaceAll(':', '__') : name}_${group}_${kind}`;
}

/**
 * The object behind an inventory id (cli-utils: ParseObjMetadata). The version stands beside the id in the inventory.
 * A `__` in the name of any kind is read as a colon, as Flux does.
 *
 * @throws SlipwayError `manifest/bad-inventory-id`
 */
export function parseInventoryId(id: string): Omit<ObjectIdentity, 'version'> {
  const match = /^([^_]*)_(.*)_([^_]*)_([^_]*)$/s.exec(id);
  if (match === null) {
    throw new SlipwayError({
      code: 'manifest/bad-inventory-id',
      message: `The inventory entry ${JSON.stringify(id)} is not of the form <namespace>_<name>_<group>_<kind>.`,
    });
  }
  const [, namespace = '', name = '', group = '', kind = ''] = match;
  return { namespace, name: name.replaceAll('__', ':'), group, kind };
}
