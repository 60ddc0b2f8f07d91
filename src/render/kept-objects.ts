import type { JsonObject } from '../manifest/index.ts';

/** What kustomize makes of a Kustomization, and what is applied: mostly the same. */
interface Objects {
  readonly built: readonly JsonObject[];
  readonly objects: readonly JsonObject[];
}

/** The same as it is kept: an object that is applied as it was built is its place among those. */
export interface KeptObjects {
  readonly built: readonly JsonObject[];
  readonly objects: readonly (JsonObject | number)[];
}

export function keptObjects({ built, objects }: Objects): KeptObjects {
  const places = new Map(built.map((object, place) => [object, place]));
  return { built, objects: objects.map((object) => places.get(object) ?? object) };
}

export function objectsOf({ built, objects }: KeptObjects): Objects {
  return { built, objects: objects.map((object) => (typeof object === 'number' ? (built[object] ?? {}) : object)) };
}
