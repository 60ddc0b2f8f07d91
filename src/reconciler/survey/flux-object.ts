import { fluxOwnerOf, type FluxOwner, isAtRest, type Readiness, readinessOf, revisionOf } from '../../flux/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { identityKey, identityOf, type ObjectIdentity } from '../../manifest/index.ts';
import { type Wait, waitsOf } from './waits.ts';

/** A source, Kustomization or HelmRelease of the cluster, and how it stands. */
export interface FluxObject {
  readonly identity: ObjectIdentity;
  readonly object: KubeObject;
  readonly readiness: Readiness;
  /** What it has reached, for example `main@sha1:…` or the version of a chart; '' where it has nothing yet. */
  readonly revision: string;
  /** What has to be there first; empty where it is at rest. */
  readonly waitsFor: readonly Wait[];
  /** What put it into the cluster; undefined where a person did. */
  readonly owner: FluxOwner | undefined;
}

/** Each object with what it waits for among the others. */
export function fluxObjects(objects: readonly KubeObject[]): readonly FluxObject[] {
  const byKey = new Map(objects.map((object) => [identityKey(identityOf(object)), object]));
  return objects.map((object) => {
    const readiness = readinessOf(object);
    const waitsFor = isAtRest(readiness) ? [] : waitsOf(object, (identity) => byKey.get(identityKey(identity)));
    return {
      identity: identityOf(object),
      object,
      readiness,
      revision: revisionOf(object),
      waitsFor,
      owner: fluxOwnerOf(object),
    };
  });
}

/** By namespace and name. */
export function inShownOrder(objects: readonly KubeObject[]): readonly KubeObject[] {
  const placeOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}\0${metadata.name}`;
  return objects.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}
