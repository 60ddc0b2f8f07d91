import { type ClusterDiff, type ObjectChange, ownerOf, shownDifferences } from '../../flux/index.ts';
import { type Difference, formatIdentity } from '../../manifest/index.ts';
import type { Colour } from '../terminal.ts';
import { fieldName, lineChanges, oneLine, valueText } from './field.ts';
import { NO_PLACE, objectPlaceText, type Places, placeText, type Presentation, titleOf } from './places.ts';

const SIGNS: Readonly<Record<ObjectChange['change'], string>> = {
  added: '+',
  removed: '-',
  changed: '~',
  moved: '→',
  renamed: '→',
};

const COLOURS: Readonly<Record<ObjectChange['change'], Colour>> = {
  added: 'green',
  removed: 'red',
  changed: 'yellow',
  moved: 'yellow',
  renamed: 'yellow',
};

/** For people at a terminal. */
export function asText(diff: ClusterDiff, shown: Presentation): string {
  const { paint } = shown;
  const { changes, dangers, waits, unseen } = diff;
  const hasCommit = shown.compared.some(({ commit }) => commit !== undefined);
  const isSomething = changes.length > 0 || unseen.length > 0;
  const sections = [
    hasCommit && isSomething ? `${paint(oneLine(titleOf(shown)), 'dim')}\n` : '',
    dangers
      .map(
        ({ kind, object, sentence }) => `${paint(`! ${kind}`, 'red')}  ${oneLine(object)}\n    ${oneLine(sentence)}\n`,
      )
      .join(''),
    byOwner(changes)
      .map(([owner, own]) => {
        const head = `${paint(oneLine(owner), 'bold')}${note(releasePlace(own, shown.places), paint)}`;
        return `${head}\n${own.map((change) => changeText(change, shown)).join('')}`;
      })
      .join('\n'),
    [...restartLine(changes), ...waitLines(waits)].map((line) => `${line}\n`).join(''),
    unseen.map(({ object, sentence }) => `? ${oneLine(object)}\n    ${oneLine(sentence)}\n`).join(''),
  ];
  return `${sections.filter((section) => section !== '').join('\n')}\n${summary(diff)}\n`.replace(/^\n/, '');
}

const MAX_NAMES = 5;

/** A line for each set of Kustomizations that are waited for. */
export function waitLines(waits: ClusterDiff['waits']): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const wait of waits) {
    const key = wait.for.join(', ');
    groups.set(key, [...(groups.get(key) ?? []), wait.kustomization]);
  }
  return Array.from(groups, ([awaited, names]) => {
    const others = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    return `${names.slice(0, MAX_NAMES).join(', ')}${others} ${names.length === 1 ? 'waits' : 'wait'} for ${awaited}`;
  });
}

/** The changes of each Kustomization and HelmRelease. */
export function byOwner(changes: readonly ObjectChange[]): readonly (readonly [string, readonly ObjectChange[]])[] {
  return [...Map.groupBy(changes, ownerOf)];
}

export function summary({ changes, dangers, unseen }: ClusterDiff): string {
  if (changes.length === 0 && unseen.length === 0) return 'The cluster stays as it is.';
  const count = (change: ObjectChange['change']): number => changes.filter((one) => one.change === change).length;
  const kept = changes.filter((one) => one.kept !== undefined).length;
  const parts = [
    `${count('added')} added`,
    `${count('changed')} changed`,
    `${count('removed')} removed${kept > 0 ? ` (${kept} kept in the cluster)` : ''}`,
    ...(count('renamed') > 0 ? [`${count('renamed')} renamed`] : []),
    ...(count('moved') > 0 ? [`${count('moved')} moved`] : []),
  ];
  return `${parts.join(', ')}; ${dangers.length === 0 ? 'nothing dangerous found' : `${dangers.length} to look at`}`;
}

export function countOf({ length }: readonly ObjectChange[]): string {
  return length === 1 ? '1 object' : `${length} objects`;
}

/** What stands behind the name of an object: that it stays, where it was, and where it is written. */
export function noteOf({ kept, from, previous }: ObjectChange): string {
  if (previous !== undefined)
    return ` (was ${formatIdentity(previous)}${kept === undefined ? '' : `, which stays: ${kept}`})`;
  if (kept !== undefined) return ` (stays: ${kept})`;
  return from === undefined ? '' : ` (from ${from})`;
}

const RESTARTED = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** A line with the workloads whose pods are replaced, since their template changes. */
export function restartLine(changes: readonly ObjectChange[]): readonly string[] {
  const names = changes
    .filter(({ change, identity, differences }) => {
      const isKept = change === 'changed' || change === 'moved';
      return (
        isKept &&
        RESTARTED.has(identity.kind) &&
        differences.some(({ pointer }) => pointer.startsWith('/spec/template'))
      );
    })
    .map(({ identity }) => formatIdentity(identity));
  if (names.length === 0) return [];
  const others = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return [`the pods of ${names.slice(0, MAX_NAMES).join(', ')}${others} are replaced`];
}

function changeText(change: ObjectChange, { places, paint }: Presentation): string {
  const own = places.get(change) ?? NO_PLACE;
  const { object, fields } = own;
  const at = note(change.release === undefined ? objectPlaceText(own) : undefined, paint);
  const lines = shownDifferences(change).map((difference) => {
    const place = fields.get(difference.pointer);
    return fieldLines(change, difference, note(place && placeText(place, object), paint))
      .map((line) => `      ${line}\n`)
      .join('');
  });
  const name = oneLine(`${SIGNS[change.change]} ${formatIdentity(change.identity)}`);
  return `  ${paint(name, COLOURS[change.change])}${oneLine(noteOf(change))}${at}\n${lines.join('')}`;
}

function note(place: string | undefined, paint: Presentation['paint']): string {
  return place === undefined ? '' : paint(oneLine(`  (${place})`), 'dim');
}

/** Of objects that a chart makes, where its HelmRelease is written; or was, if it goes with all of them. */
export function releasePlace(own: readonly ObjectChange[], places: Places): string | undefined {
  const change = own.find(({ after }) => after !== undefined) ?? own[0];
  return change?.release === undefined ? undefined : objectPlaceText(places.get(change) ?? NO_PLACE);
}

/**
 * `spec.replicas: 1 → 2`; of a text of several lines those that differ.
 *
 * @param note stands at the end of the first line
 */
export function fieldLines(change: ObjectChange, difference: Difference, note: string): readonly string[] {
  const name = fieldName(difference.pointer, (difference.after === undefined ? change.before : change.after) ?? {});
  const lines = lineChanges(difference);
  if (lines !== undefined) return [`${name}:${note}`, ...lines.map((line) => `  ${line}`)];
  return [`${name}: ${valueText(difference.before)} → ${valueText(difference.after)}${note}`];
}
