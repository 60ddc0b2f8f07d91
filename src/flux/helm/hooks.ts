import { identityOf, isObject, type JsonObject } from '../../manifest/index.ts';

/** When helm runs a hook, such as `pre-install`; undefined of what is no hook (helm: SortManifests). */
export function hookEvents(object: JsonObject): readonly string[] | undefined {
  const events = annotationOf(object, 'helm.sh/hook');
  return events?.split(',').map((event) => event.trim().toLowerCase());
}

/** Hooks in the order in which helm runs those of one event (helm: hookByWeight). */
export function inHookOrder(hooks: readonly JsonObject[]): readonly JsonObject[] {
  return hooks.toSorted((a, b) => {
    const weight = weightOf(a) - weightOf(b);
    if (weight !== 0) return weight;
    const [left, right] = [identityOf(a).name, identityOf(b).name];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

function weightOf(hook: JsonObject): number {
  const weight = annotationOf(hook, 'helm.sh/hook-weight') ?? '';
  return /^[+-]?\d+$/.test(weight) ? Number(weight) : 0;
}

function annotationOf({ metadata }: JsonObject, name: string): string | undefined {
  const annotations = isObject(metadata) && isObject(metadata.annotations) ? metadata.annotations : {};
  const value = annotations[name];
  return typeof value === 'string' ? value : undefined;
}
