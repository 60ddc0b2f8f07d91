import { type ClusterDiff, type ObjectChange, shownDifferences } from '../../flux/index.ts';
import { formatIdentity } from '../../manifest/index.ts';
import { byOwner, countOf, fieldLines, noteOf, releasePlace, restartLine, summary, waitLines } from './as-text.ts';
import { oneLine } from './field.ts';
import { NO_PLACE, objectPlaceText, type Places, placeText, type Presentation, titleOf } from './places.ts';

/** GitHub and Gitea refuse a comment of more characters. */
const MAX_COMMENT = 65_536;
/** Kept free for what is said of all that finds no room. */
const RESERVE = 2_000;
/** Of the whole that dangers may take. */
const MAX_DANGERS = 20_000;

/** By this a later run finds the comment that it replaces. */
const MARK = '<!-- slipway diff -->';

/** For a comment on a pull request, never longer than one may be: dangers first, then each Kustomization, folded. */
export function asMarkdown(diff: ClusterDiff, shown: Pick<Presentation, 'places' | 'compared'>): string {
  const { places } = shown;
  const { changes, dangers, waits, unseen } = diff;
  const head = `${MARK}\n\n### What this does to the cluster\n\n${escapeMarkdown(summary(diff))} (${code(titleOf(shown))})\n\n`;
  const dangerLines = dangers.map(
    ({ kind, object, sentence }) => `- ⚠️ **${kind}** ${code(object)}: ${escapeMarkdown(sentence)}\n`,
  );
  const listed = fitting(dangerLines, MAX_DANGERS, (left) => `- ⚠️ and ${left} more\n`);
  const tail = [
    ...restartLine(changes).map((line) => `- ${escapeMarkdown(line)}\n`),
    ...waitLines(waits).map((line) => `- ${escapeMarkdown(line)}\n`),
    ...unseen.map(({ object, sentence }) => `- ❔ ${code(object)}: ${escapeMarkdown(sentence)}\n`),
  ];
  const below = fitting(tail, RESERVE * 2, (left) => `- and ${left} more\n`);
  const start = `${head}${listed}${listed === '' ? '' : '\n'}`;
  const room = MAX_COMMENT - start.length - below.length - RESERVE;
  const sections = byOwner(changes).map(([owner, own]) => section(owner, own, places));
  const body = fitting(sections, room, (left) => {
    const what = left === 1 ? 'one Kustomization or release' : `${left} Kustomizations or releases`;
    return `\nThere is no room for ${what} more: \`slipway diff\` shows all.\n`;
  });
  return `${start}${body}${below === '' ? '' : '\n'}${below}`;
}

/** As many of the parts as have room, and what is said of the others. */
function fitting(parts: readonly string[], room: number, rest: (left: number) => string): string {
  let length = 0;
  const count = parts.findIndex((part) => (length += part.length) > room);
  return count === -1 ? parts.join('') : `${parts.slice(0, count).join('')}${rest(parts.length - count)}`;
}

function section(owner: string, own: readonly ObjectChange[], places: Places): string {
  const lines = own.map((change) => changeLines(change, places)).join('');
  const at = releasePlace(own, places);
  return `<details><summary><code>${escapeHtml(oneLine(owner))}</code>: ${countOf(own)}${at === undefined ? '' : `, ${escapeHtml(oneLine(at))}`}</summary>\n\n\`\`\`diff\n${inFence(lines)}\`\`\`\n\n</details>\n`;
}

function changeLines(change: ObjectChange, places: Places): string {
  const sign = { added: '+', removed: '-', changed: '!', moved: '!', renamed: '!' }[change.change];
  const place = places.get(change) ?? NO_PLACE;
  const { object, fields } = place;
  const where = change.release === undefined ? objectPlaceText(place) : undefined;
  const at = where === undefined ? '' : `  # ${where}`;
  const lines = shownDifferences(change).flatMap((difference) => {
    const at = fields.get(difference.pointer);
    return fieldLines(change, difference, at === undefined ? '' : `  # ${placeText(at, object)}`);
  });
  const head = oneLine(`${sign} ${formatIdentity(change.identity)}${noteOf(change)}${at}`);
  return [head, ...lines.map((line) => `    ${oneLine(line)}`)].map((line) => `${line}\n`).join('');
}

/** A value from the repository cannot end the block that it stands in. */
function inFence(text: string): string {
  return text.replaceAll('```', '`\u200b``');
}

/** A name from the repository, which may hold anything, as it is: no markup, and nobody is mentioned. */
function code(text: string): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>#|~]/g, '\\$&')
    .replaceAll('@', '@\u2060');
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
