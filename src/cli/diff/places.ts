import type { ClusterDiff, ObjectChange } from '../../flux/index.ts';
import { formatIdentity, identityOf, type JsonObject, type ObjectIdentity } from '../../manifest/index.ts';
import type { Terminal } from '../terminal.ts';
import type { Rendered } from '../../render/index.ts';
import { type FilePosition, Origins } from '../../render/origin/index.ts';
import { type Side, sideText } from './side.ts';

/** Where something is written that a change touches. */
export interface Place extends FilePosition {
  /** It is gone: this is where it was. */
  readonly isBefore?: true;
  /** The variable whose value is written there, where that is what changed. */
  readonly variable?: string;
}

/** The places of an object that changes. */
export interface ChangePlaces {
  readonly object: Place | undefined;
  /** By the pointers of its differences. */
  readonly fields: ReadonlyMap<string, Place>;
  /** Where synth wrote the file of the object, the lines of TypeScript that made it, innermost first. */
  readonly source: readonly string[];
}

/** Tells lines of TypeScript by a file of the tree and `Kind/namespace/name` of an object in it. */
export type LinesOf = (file: string, object: string) => Promise<readonly string[]>;

export type Places = ReadonlyMap<ObjectChange, ChangePlaces>;

export const NO_PLACES: Places = new Map();

export const NO_PLACE: ChangePlaces = { object: undefined, fields: new Map(), source: [] };

/** A side, as a person calls it, and its commit where it is one. */
export type Compared = Pick<Side, 'name' | 'commit'>;

/** What the formats are given besides the differences. */
export interface Presentation {
  /** What is compared. */
  readonly compared: readonly [before: Compared, after: Compared];
  readonly places: Places;
  readonly paint: Terminal['paint'];
}

/** `main (3f2a1b9) → working tree`. */
export function titleOf({ compared }: Pick<Presentation, 'compared'>): string {
  return compared.map(sideText).join(' → ');
}

/** Where all that changes is written: only what is changed is traced. What a chart makes leads to its HelmRelease. */
export async function placesOf(
  { changes }: ClusterDiff,
  before: readonly Rendered[],
  after: readonly Rendered[],
  linesOf: LinesOf,
): Promise<Places> {
  const sides = { before: new Origins(before), after: new Origins(after) };
  const found = new Map<ObjectChange, ChangePlaces>();
  for (const change of changes) {
    const isGone = change.after === undefined;
    const [rendered, origins] = isGone ? [before, sides.before] : [after, sides.after];
    const { kustomization, release, identity } = change;
    const traced = release === undefined ? identity : releaseOf(rendered, kustomization, release);
    if (traced === undefined) continue;
    const object = await origins.placeOf(kustomization, traced, '');
    const fields = release === undefined ? await fieldPlaces(change, sides) : new Map<string, Place>();
    // The program makes what is there from now on.
    const isMade = object !== undefined && !isGone && object.source === undefined;
    const source = isMade ? await linesOf(object.file, formatIdentity(traced)) : [];
    found.set(change, { object: object && { ...object, ...(isGone && { isBefore: true as const }) }, fields, source });
  }
  return found;
}

async function fieldPlaces(
  { kustomization, from, identity, differences }: ObjectChange,
  { before, after }: { readonly before: Origins; readonly after: Origins },
): Promise<ReadonlyMap<string, Place>> {
  const fields = new Map<string, Place>();
  for (const { pointer, after: value } of differences) {
    const isGone = value === undefined;
    const place = isGone
      ? await before.placeOf(from ?? kustomization, identity, pointer)
      : ((await after.variableBehind(kustomization, identity, pointer, before)) ??
        (await after.placeOf(kustomization, identity, pointer)));
    if (place !== undefined) fields.set(pointer, { ...place, ...(isGone && { isBefore: true as const }) });
  }
  return fields;
}

function releaseOf(rendered: readonly Rendered[], kustomization: string, release: string): ObjectIdentity | undefined {
  const owner = rendered.find(({ namespace, name }) => `${namespace}/${name}` === kustomization);
  const own = owner?.objects.find((object: JsonObject) => {
    const { kind, namespace, name } = identityOf(object);
    return kind === 'HelmRelease' && `${namespace === '' ? owner.namespace : namespace}/${name}` === release;
  });
  return own === undefined ? undefined : identityOf(own);
}

/** The place of an object, and the line of TypeScript that made it. */
export function objectPlaceText({ object, source }: ChangePlaces): string | undefined {
  if (object === undefined) return undefined;
  const [line] = source;
  return line === undefined ? placeText(object) : `${placeText(object)}, made by ${line}`;
}

/**
 * `site/config.yaml:6:6`; `line 6` where that file has just been named.
 *
 * @param near the place of the object
 */
export function placeText(place: Place, near?: Place): string {
  const { file, line, column, source, isBefore, variable } = place;
  const isSame = near?.file === file && near.source === source && near.isBefore === isBefore && line !== undefined;
  const at = isSame ? `line ${line}` : [file, line, column].filter((part) => part !== undefined).join(':');
  const whose = source === undefined || isSame ? at : `${at} of ${source}`;
  const what = variable === undefined ? whose : `\${${variable}} ${whose}`;
  return isBefore === true && !isSame ? `was ${what}` : what;
}
