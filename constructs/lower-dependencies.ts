import type { KustomizationSpecDependsOn } from '../imports/kustomize.toolkit.fluxcd.io.ts';
import type { IConstruct } from 'constructs';
import { Application } from './application.ts';
import { nothingLowered, type Awaited } from './dependency.ts';
import { FluxSystem } from './flux-system/index.ts';
import { Folder } from './folder.ts';
import { isGiven, notGiven } from './given.ts';
import { Namespace } from './namespace.ts';
import { objectOf, type ObjectReference } from './object-reference.ts';
import { isConstruct, namespaceField } from './references.ts';
import { Tenant } from './tenant.ts';

/** Reports what is wrong about a construct. */
export type Report = (construct: IConstruct, error: { code: string; message: string; remedy: string }) => void;

/**
 * Kinds that are ready when they are there: they have no status to wait for, and of a CustomResourceDefinition Flux itself
 * waits until it is established (pkg/ssa: ApplyAllStaged).
 */
const READY_WHEN_THERE = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'CustomResourceDefinition',
  'LimitRange',
  'Namespace',
  'NetworkPolicy',
  'PriorityClass',
  'ResourceQuota',
  'Role',
  'RoleBinding',
  'Secret',
  'ServiceAccount',
  'StorageClass',
]);

/** Of those, the ones that Flux applies before what may need them, in the same Kustomization (pkg/ssa: sort.go). */
const APPLIED_FIRST = new Set([...READY_WHEN_THERE].filter((kind) => kind !== 'NetworkPolicy'));

/**
 * Works out, for every Application, what its own dependencies and those of its HelmReleases become in Flux's fields:
 * Flux knows dependencies of Kustomizations on Kustomizations and of HelmReleases on HelmReleases, and health checks.
 */
export function lowerDependencies(applications: readonly Application[], report: Report): void {
  for (const application of applications) application.lowered = nothingLowered();
  for (const application of applications) {
    for (const [index, dependency] of application.dependsOn.entries()) {
      if (!isGiven(dependency)) report(application, notGiven(dependency, `dependsOn[${index}]`));
      else if (isConstruct(dependency)) lower(application, { on: dependency, until: 'ready' }, application, report);
      else if ('on' in dependency) lower(application, dependency, application, report);
      else add(application, dependency);
    }
    for (const release of application.waitingReleases) {
      for (const awaited of release.liftedDependencies()) lower(application, awaited, release, report);
    }
    if (application.ignoresHealthChecks) {
      report(application, {
        code: 'synth/ignored-health-checks',
        message: 'With `wait: true` Flux checks every object of its own, and ignores `healthChecks`.',
        remedy: 'Leave out `wait`, or `healthChecks`.',
      });
    }
  }
}

/** @param dependant the Application, or the HelmRelease in it, that waits */
function lower(application: Application, awaited: Awaited, dependant: IConstruct, report: Report): void {
  const { on, readyExpr } = awaited;
  const holder = holderOf(on);
  if (holder === application) {
    if (on === application || !isAppliedBefore(awaited)) report(dependant, waitsWithin(on));
  } else if (holder instanceof Application) {
    if (isOfAnotherTenant(holder, application)) report(dependant, acrossTenants(on));
    const { name, metadata } = holder.kustomization;
    const namespace = namespaceField(metadata.namespace, application.kustomization.metadata.namespace);
    add(application, { name, ...namespace, ...(on === holder && readyExpr !== undefined && { readyExpr }) });
    if (!application.lowered.applications.includes(holder)) application.lowered.applications.push(holder);
    if (on !== holder && awaited.until === 'ready') check(holder, awaited);
  } else {
    const { flux } = application.parent.cluster;
    const name =
      holder instanceof FluxSystem ? 'cluster-flux' : holder instanceof Namespace ? 'cluster-apps' : 'cluster';
    add(application, { name, ...namespaceField(flux.namespace, application.kustomization.metadata.namespace) });
    if (!(holder instanceof FluxSystem) && !isReadyWhenThere(awaited)) report(dependant, waitsForNobody(on, name));
  }
}

/** The Application or other folder that an object is applied with; of an Application itself, that Application. */
function holderOf(on: ObjectReference): IConstruct | undefined {
  return on.node.scopes.findLast((scope) => scope instanceof Folder);
}

function isOfAnotherTenant(holder: Application, application: Application): boolean {
  return (
    holder.parent instanceof Tenant && application.parent instanceof Tenant && holder.parent !== application.parent
  );
}

function add(application: Application, entry: KustomizationSpecDependsOn): void {
  const { dependsOn } = application.lowered;
  const isThere = dependsOn.some(
    ({ name, namespace, readyExpr }) =>
      name === entry.name && namespace === entry.namespace && readyExpr === entry.readyExpr,
  );
  if (!isThere) dependsOn.push(entry);
}

/** Has an Application be ready only when an object of its own is; without a status to look at, applied is ready. */
function check(holder: Application, { on, health }: Awaited): void {
  const object = objectOf(on);
  if (health !== undefined) {
    holder.lowered.healthCheckExprs.push({ apiVersion: object.apiVersion, kind: object.kind, ...health });
  }
  if (!holder.checks(object) && !READY_WHEN_THERE.has(object.kind)) holder.lowered.healthChecks.push(object);
}

function isReadyWhenThere({ on, until }: Awaited): boolean {
  return until === 'there' || READY_WHEN_THERE.has(objectOf(on).kind);
}

function isAppliedBefore(awaited: Awaited): boolean {
  return APPLIED_FIRST.has(objectOf(awaited.on).kind) && isReadyWhenThere(awaited);
}

function nameOf(on: ObjectReference): string {
  const { kind, name } = objectOf(on);
  return `${kind}/${name}`;
}

function waitsWithin(on: ObjectReference): Parameters<Report>[1] {
  return {
    code: 'synth/dependency-within',
    message: `It waits for ${nameOf(on)} of its own Application, and Flux applies an Application's objects together.`,
    remedy: `Declare ${nameOf(on)} in an Application of its own.`,
  };
}

function acrossTenants(on: ObjectReference): Parameters<Report>[1] {
  return {
    code: 'synth/cross-namespace',
    message: `It waits for ${nameOf(on)} of another tenant, and a tenant has nothing across.`,
    remedy: 'Take it out of `dependsOn`.',
  };
}

function waitsForNobody(on: ObjectReference, kustomization: string): Parameters<Report>[1] {
  return {
    code: 'synth/dependency-unchecked',
    message: `It waits for ${nameOf(on)} to be ready, which the Kustomization ${kustomization} applies without waiting for it.`,
    remedy: `Declare ${nameOf(on)} in an Application, or wait only until it is there: exists(…).`,
  };
}
