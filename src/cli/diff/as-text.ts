import { type ClusterDiff, type ObjectChange, ownerOf, shownDifferences } from '../../flux/index.ts';
import { formatIdentity, isList, isObject, type Json } from '../../manifest/index.ts';

const SIGNS: Readonly<Record<ObjectChange['change'], string>> = { added: '+', removed: '-', changed: '~', moved: '→' };

/** For people at a terminal. */
export function asText(diff: ClusterDiff): string {
  const { changes, dangers, waits, unseen } = diff;
  const sections = [
    dangers.map(({ kind, object, sentence }) => `! ${kind}  ${object}\n    ${sentence}\n`).join(''),
    byOwner(changes)
      .map(([owner, own]) => `${owner}\n${own.map(changeText).join('')}`)
      .join('\n'),
    waitLines(waits)
      .map((line) => `${line}\n`)
      .join(''),
    unseen.map(({ object, sentence }) => `? ${object}\n    ${sentence}\n`).join(''),
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
    ...(count('moved') > 0 ? [`${count('moved')} moved`] : []),
  ];
  return `${parts.join(', ')}; ${dangers.length === 0 ? 'nothing dangerous found' : `${dangers.length} to look at`}`;
}

function changeText(change: ObjectChange): string {
  const note =
    change.kept !== undefined ? ` (stays: ${change.kept})` : change.from !== undefined ? ` (from ${change.from})` : '';
  const fields = shownDifferences(change).map((one) => `      ${fieldText(one)}\n`);
  return `  ${SIGNS[change.change]} ${formatIdentity(change.identity)}${note}\n${fields.join('')}`;
}

/** `spec.replicas: 1 → 2`. */
export function fieldText({ pointer, before, after }: ReturnType<typeof shownDifferences>[number]): string {
  return `${fieldName(pointer)}: ${valueText(before)} → ${valueText(after)}`;
}

export function fieldName(pointer: string): string {
  const steps = pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.map((step) => (/[./]/.test(step) ? JSON.stringify(step) : step)).join('.');
}

const MAX_VALUE = 120;

export function valueText(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  const text =
    isObject(value) || isList(value)
      ? JSON.stringify(value, bigints)
      : typeof value === 'string'
        ? value
        : String(value);
  const line = text.replaceAll('\n', '⏎');
  return line.length > MAX_VALUE ? `${line.slice(0, MAX_VALUE)}…` : line;
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
