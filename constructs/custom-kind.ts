import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import type { Construct } from 'constructs';

/** A class whose objects are of one custom kind, with a spec that is written into the tree as it is given. */
export type CustomKind<Spec extends object> = new (
  scope: Construct,
  name: string,
  spec: Spec,
  metadata?: Omit<ApiObjectMetadata, 'name'>,
) => ApiObject;

export interface CustomKindOptions {
  /** Whether its objects have no namespace. Default: false. */
  readonly clusterScoped?: boolean;
}

/**
 * A class for a custom kind, from its API and the type of its spec: as much of it as one writes down, with no code
 * behind it.
 */
export function customKind<Spec extends object>(
  apiVersion: string,
  kind: string,
  options: CustomKindOptions = {},
): CustomKind<Spec> {
  return class extends ApiObject {
    constructor(scope: Construct, name: string, spec: Spec, metadata: Omit<ApiObjectMetadata, 'name'> = {}) {
      // By kind and name, so that objects of several kinds may bear one name.
      super(scope, `${kind}-${name}`, {
        apiVersion,
        kind,
        metadata: { name, ...metadata, ...(options.clusterScoped === true && { namespace: '' }) },
        spec,
      });
    }
  };
}
