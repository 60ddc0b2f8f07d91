/**
 * The Kubernetes API: from a kubeconfig to a client, and from there which kinds there are, reading, server-side apply,
 * deleting, watching and leases. Functions over one client; objects are plain data.
 */
export { accessWarnings, type ClusterAccess, type Impersonation, type RequestedToken } from './access.ts';
export { formatRight, missingRights, type Right } from './access-review.ts';
export { type ApiErrorCause, ApiError, isApiError } from './api-error.ts';
export { type ApiRequest, type ApiResponse, type ClientOptions, createClient, type KubeClient } from './client.ts';
export type { Discovery, Kind, Resource } from './discovery.ts';
export { impersonating, serviceAccount } from './impersonate.ts';
export { loadAccess, type LoadOptions, parseUntrustedAccess } from './kubeconfig.ts';
export type { HeldLease, LeaseTimes } from './lease.ts';
export { acquireLeases, type LeasesOptions } from './leases.ts';
export { listObjects, type ObjectList, type Selection } from './list.ts';
export type { KubeObject, ObjectMeta } from './object.ts';
export {
  type ApplyOptions,
  applyObject,
  createObject,
  type DeleteOptions,
  deleteObject,
  getObject,
  type ObjectReference,
  patchObject,
  replaceObject,
  type Written,
} from './objects.ts';
export { requestToken } from './service-account-token.ts';
export { MANY_FAILURES, watchObjects, type WatchEvent, type WatchOptions } from './watch.ts';
