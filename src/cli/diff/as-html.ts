import { type ClusterDiff, type ObjectChange, shownDifferences } from '../../flux/index.ts';
import { type Difference, formatIdentity, type Json } from '../../manifest/index.ts';
import { escapeHtml } from './as-markdown.ts';
import { byOwner, countOf, noteOf, releasePlace, restartLine, summary, waitLines } from './as-text.ts';
import { fieldName, lineChanges, oneLine, valueText } from './field.ts';
import { STYLE } from './html-style.ts';
import { NO_PLACE, objectPlaceText, type Place, type Places, placeText, type Presentation, titleOf } from './places.ts';

/** One page that needs nothing else: no script, and nothing from the network. */
export function asHtml(diff: ClusterDiff, shownWith: Pick<Presentation, 'compared' | 'places'>): string {
  const { places } = shownWith;
  const title = titleOf(shownWith);
  const { changes, dangers, waits, unseen } = diff;
  const owners = byOwner(changes);
  const anchors = anchorsOf(owners);
  const link = (name: string, anchor = anchors.get(name)): string => {
    const code = `<code>${shown(name)}</code>`;
    return anchor === undefined ? code : `<a href="#${anchor}">${code}</a>`;
  };
  const body = [
    list(
      'To look at',
      dangers.map(({ kind, object, sentence }) => `<b>${kind}</b> ${link(object)}<p>${shown(sentence)}</p>`),
      'dangers',
    ),
    owners.length < MIN_OWNERS
      ? ''
      : `<nav aria-label="What changes"><ul>${owners.map(([owner, own], at) => `<li>${link(owner, ownerId(at))}: ${countOf(own)}</li>`).join('')}</ul></nav>`,
    ...owners.map(
      ([owner, own], at) =>
        `<section><h2 id="${ownerId(at)}"><code>${shown(owner)}</code> ${small(releasePlace(own, places))}</h2>\n${own.map((change, index) => changeHtml(change, changeId(at, index), places)).join('')}</section>`,
    ),
    list('What waits and restarts', [...restartLine(changes), ...waitLines(waits)].map(shown)),
    list(
      'What could not be compared',
      unseen.map(({ object, sentence }) => `<code>${shown(object)}</code> ${shown(sentence)}`),
    ),
  ];
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Whatever a name from the repository holds, it can fetch and run nothing.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${shown(title)}</title>`,
    `<style>${STYLE}</style>`,
  ];
  return `<!doctype html>\n<html lang="en">\n<head>\n${head.join('\n')}\n</head>\n<body>\n<header><h1>${shown(title)}</h1><p>${shown(summary(diff))}</p></header>\n<main>\n${body.filter((part) => part !== '').join('\n')}\n</main>\n</body>\n</html>\n`;
}

/** Fewer are in sight. */
const MIN_OWNERS = 3;

function ownerId(at: number): string {
  return `owner-${at}`;
}

function changeId(at: number, index: number): string {
  return `change-${at}-${index}`;
}

/** Where the page shows what dangers name: an object, a Kustomization or a release. */
function anchorsOf(owners: ReturnType<typeof byOwner>): ReadonlyMap<string, string> {
  const ofOwners = owners.flatMap(([owner], at) =>
    [owner, `Kustomization/${owner}`].map((name) => [name, ownerId(at)] as const),
  );
  const ofChanges = owners.flatMap(([, own], at) =>
    own.map(({ identity }, index) => [formatIdentity(identity), changeId(at, index)] as const),
  );
  return new Map([...ofOwners, ...ofChanges]);
}

function list(title: string, items: readonly string[], kind = ''): string {
  if (items.length === 0) return '';
  const own = kind === '' ? '' : ` class="${kind}"`;
  return `<section aria-label="${title}"><h2>${title}</h2><ul${own}>${items.map((item) => `<li>${item}</li>`).join('')}</ul></section>`;
}

function changeHtml(change: ObjectChange, id: string, places: Places): string {
  const place = places.get(change) ?? NO_PLACE;
  const { object, fields } = place;
  const identity = shown(formatIdentity(change.identity));
  const name = `<code>${identity}</code>`;
  const head = `<b class="${change.change}">${change.change}</b> ${name}${shown(noteOf(change))} ${small(change.release === undefined ? objectPlaceText(place) : undefined)}`;
  const differences = shownDifferences(change);
  if (differences.length === 0) return `<div class="change" id="${id}">${head}</div>\n`;
  const rows = differences.map((difference) => rowHtml(change, difference, fields.get(difference.pointer), object));
  return `<details class="change" id="${id}" open><summary>${head}</summary>\n<table aria-label="${identity}">\n<thead><tr><th scope="col">field</th><th scope="col">before</th><th scope="col">after</th></tr></thead>\n<tbody>${rows.join('\n')}</tbody>\n</table></details>\n`;
}

function rowHtml(
  change: ObjectChange,
  difference: Difference,
  place: Place | undefined,
  near: Place | undefined,
): string {
  const root = (difference.after === undefined ? change.before : change.after) ?? {};
  const name = `<th scope="row">${shown(fieldName(difference.pointer, root))} ${small(place && placeText(place, near))}</th>`;
  const lines = lineChanges(difference);
  if (lines === undefined) {
    return `<tr>${name}${valueHtml('before', difference.before)}${valueHtml('after', difference.after)}</tr>`;
  }
  return `<tr>${name}<td colspan="2"><pre>${lines.map(lineHtml).join('')}</pre></td></tr>`;
}

function valueHtml(side: 'before' | 'after', value: Json | undefined): string {
  return `<td data-side="${side}"${value === undefined ? ' class="none"' : ''}>${shown(valueText(value))}</td>`;
}

function lineHtml(line: string): string {
  const kind = line.startsWith('+') ? 'ins' : line.startsWith('-') ? 'del' : 'span';
  return `<${kind}>${escapeHtml(line)}\n</${kind}>`;
}

function small(text: string | undefined): string {
  return text === undefined ? '' : `<small>${shown(text)}</small>`;
}

function shown(text: string): string {
  return escapeHtml(oneLine(text));
}
