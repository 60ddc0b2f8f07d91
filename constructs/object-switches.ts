import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { objectOf } from './object-reference.ts';

const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io';

/** Flux never deletes the object, neither when the tree no longer has it nor with its Application. */
export function neverPrune<Target extends IConstruct>(target: Target): Target {
  return annotate(target, `${KUSTOMIZE}/prune`, 'disabled');
}

/** Post-build substitution leaves the object's `${…}` as they are: for scripts and dashboards. */
export function neverSubstitute<Target extends IConstruct>(target: Target): Target {
  return annotate(target, `${KUSTOMIZE}/substitute`, 'disabled');
}

/** Flux applies the ciphertext as it is, for something else in the cluster to decrypt. */
export function neverDecrypt<Target extends IConstruct>(target: Target): Target {
  return annotate(target, `${KUSTOMIZE}/decrypt`, 'disabled');
}

/**
 * Flux neither applies nor prunes the object until the annotation is gone. On a live object alone, put there with
 * kubectl, it does the same.
 */
export function neverReconcile<Target extends IConstruct>(target: Target): Target {
  return annotate(target, `${KUSTOMIZE}/reconcile`, 'disabled');
}

/** An object that cannot be changed in place (a Job, a selector) is deleted and made anew. */
export function forceReplace<Target extends IConstruct>(target: Target): Target {
  return annotate(target, `${KUSTOMIZE}/force`, 'enabled');
}

/** How Flux applies an object beside others that write to it. */
export type ApplyMode =
  /** Its fields are as in the tree, whoever else wrote them: what Flux does by itself. */
  | 'Override'
  /** Fields that people added with kubectl stay. */
  | 'Merge'
  /** It is made once and never changed: what others write to it stays. */
  | 'IfNotPresent'
  /** It is not applied, and not pruned. */
  | 'Ignore';

export function applyMode<Target extends IConstruct>(target: Target, mode: ApplyMode): Target {
  return annotate(target, `${KUSTOMIZE}/ssa`, mode);
}

/**
 * Annotates the object that a construct is or stands for (of an Application its Kustomization), or all that are inside of
 * one that stands for none: a construct of several objects, as they are at this moment.
 */
function annotate<Target extends IConstruct>(target: Target, key: string, value: string): Target {
  for (const object of objectsOf(target)) object.metadata.addAnnotation(key, value);
  return target;
}

function objectsOf(target: IConstruct): readonly ApiObject[] {
  const standsForOne = ApiObject.isApiObject(target) || 'object' in target || target.node.defaultChild !== undefined;
  return standsForOne ? [objectOf(target)] : target.node.findAll().filter((child) => ApiObject.isApiObject(child));
}
