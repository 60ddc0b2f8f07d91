import { isObject, type Json, type JsonObject } from '../../manifest/index.ts';

/** kustomize-controller's group: of its labels, and of the annotations by which an object says how it is to be treated. */
const GROUP = 'kustomize.toolkit.fluxcd.io';

/** `kustomize.toolkit.fluxcd.io/<switch>: <value>`, whatever the case of the value. */
type Switch = readonly [name: 'reconcile' | 'ssa' | 'force' | 'prune', value: string];

const NOT_RECONCILED: readonly Switch[] = [
  ['reconcile', 'disabled'],
  ['ssa', 'ignore'],
];

/** Whether an object is neither made nor changed (ssa: shouldSkipApply; KC: apply, ExclusionSelector and IfNotPresent). */
export function isLeftAlone(desired: JsonObject, live: JsonObject | undefined): boolean {
  if (hasAny(desired, NOT_RECONCILED)) return true;
  if (live === undefined) return false;
  return hasAny(live, NOT_RECONCILED) || hasAny(desired, [['ssa', 'ifnotpresent']]);
}

/** Whether the object may be deleted and made anew where a field of it cannot be changed (KC: apply, ForceSelector). */
export function isRecreationAllowed(desired: JsonObject, live: JsonObject): boolean {
  const force: readonly Switch[] = [['force', 'enabled']];
  return hasAny(desired, force) || hasAny(live, force);
}

/** Whether fields of other managers stay theirs (KC: apply, Cleanup.Exclusions). */
export function isMerged(desired: JsonObject, live: JsonObject): boolean {
  const merge: readonly Switch[] = [['ssa', 'merge']];
  return hasAny(desired, merge) || hasAny(live, merge);
}

/**
 * Whether an object that a Kustomization no longer has may be deleted: it must still say that it belongs to it, and not
 * that it stays (KC: deleteObjects).
 */
export function isPrunable(live: JsonObject, owner: Owner): boolean {
  const labels = metadataMap(live, 'labels');
  if (Object.entries(ownerLabels(owner)).some(([key, value]) => labels[key] !== value)) return false;
  return !hasAny(live, [...NOT_RECONCILED, ['prune', 'disabled']]);
}

/** The Kustomization that an object belongs to. */
export interface Owner {
  readonly name: string;
  readonly namespace: string;
}

/** ssa: ResourceManager.GetOwnerLabels. */
export function ownerLabels({ name, namespace }: Owner): Readonly<Record<string, string>> {
  return { [`${GROUP}/name`]: name, [`${GROUP}/namespace`]: namespace };
}

/** The Kustomization that an object says it belongs to; undefined where it says nothing of that. */
export function ownerIn(object: JsonObject): Owner | undefined {
  const labels = metadataMap(object, 'labels');
  const [name, namespace] = [labels[`${GROUP}/name`], labels[`${GROUP}/namespace`]];
  return typeof name === 'string' && typeof namespace === 'string' ? { name, namespace } : undefined;
}

/** Labels and annotations count alike (ssa: AnyInMetadata). */
function hasAny(object: JsonObject, switches: readonly Switch[]): boolean {
  const maps = [metadataMap(object, 'labels'), metadataMap(object, 'annotations')];
  return switches.some(([name, value]) =>
    maps.some((map) => {
      const actual = map[`${GROUP}/${name}`];
      return typeof actual === 'string' && actual.toLowerCase() === value;
    }),
  );
}

/** `metadata.labels` or `metadata.annotations`; empty where there are none. */
export function metadataMap(
  object: JsonObject,
  name: 'labels' | 'annotations',
): Readonly<Record<string, Json | undefined>> {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const map = metadata[name];
  return isObject(map) ? map : {};
}
