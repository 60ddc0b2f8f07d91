import type {
  KustomizationSpecDependsOn,
  KustomizationSpecHealthCheckExprs,
} from '../imports/kustomize.toolkit.fluxcd.io.ts';
import type { Application } from './application.ts';
import type { HelmRelease } from './helm-release.ts';
import type { ObjectReference } from './object-reference.ts';

/**
 * What an Application or a HelmRelease may wait for: an Application, a HelmRelease, or any object by its construct, until
 * it is ready; or what {@link exists}, {@link ready} and {@link readyWhen} say. `docs/dependencies.md` has what each
 * becomes.
 */
export type Dependency = ObjectReference | Awaited;

/** CEL over an object: how to tell its state where its kind does not follow the conventions for `status`. */
export type HealthExpressions = Pick<KustomizationSpecHealthCheckExprs, 'current' | 'inProgress' | 'failed'>;

/** An object, and what of it is waited for. */
export interface Awaited {
  readonly on: ObjectReference;
  readonly until: 'there' | 'ready';
  readonly health?: HealthExpressions;
  readonly readyExpr?: string;
}

/** Waits until the object was applied, and no longer. */
export function exists(on: ObjectReference): Awaited {
  return { on, until: 'there' };
}

/** Waits until the object is ready; `health` says how to tell, where Flux cannot by itself. */
export function ready(on: ObjectReference, health?: HealthExpressions): Awaited {
  return { on, until: 'ready', ...(health && { health }) };
}

/**
 * Waits until a CEL expression over `self` and `dep`, the two Kustomizations or HelmReleases, is true. Flux then asks for
 * nothing else: not for readiness, nor for the same revision (kustomize-controller: checkDependencies).
 */
export function readyWhen(on: Application | HelmRelease, readyExpr: string): Awaited {
  return { on, until: 'ready', readyExpr };
}

/** What Flux's own fields say of everything that an Application waits for. */
export interface Lowered {
  readonly dependsOn: KustomizationSpecDependsOn[];
  /** The Applications among them. */
  readonly applications: Application[];
  /** Objects of its own that others wait for. */
  readonly healthChecks: ObjectReference[];
  readonly healthCheckExprs: KustomizationSpecHealthCheckExprs[];
}

export function nothingLowered(): Lowered {
  return { dependsOn: [], applications: [], healthChecks: [], healthCheckExprs: [] };
}
