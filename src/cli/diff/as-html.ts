import { type ClusterDiff, type ObjectChange, shownDifferences } from '../../flux/index.ts';
import { formatIdentity } from '../../manifest/index.ts';
import { escapeHtml } from './as-markdown.ts';
import { byOwner, fieldName, summary, valueText, waitLines } from './as-text.ts';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --add: #1a7f37; --remove: #cf222e; --change: #9a6700; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
code, td { font-family: ui-monospace, monospace; font-size: 13px; }
.danger { border-left: 4px solid var(--remove); padding: .3rem .8rem; margin: .5rem 0; }
.danger b { color: var(--remove); } details { margin: .3rem 0; } summary { cursor: pointer; }
.added { color: var(--add); } .removed { color: var(--remove); } .changed, .moved { color: var(--change); }
table { border-collapse: collapse; margin: .3rem 0 .8rem 1.2rem; width: calc(100% - 1.2rem); table-layout: fixed; }
td, th { border: 1px solid var(--line); padding: .15rem .4rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
`;

/** One page that needs nothing else: no script, and nothing from the network. */
export function asHtml(diff: ClusterDiff, title: string): string {
  const { changes, dangers, waits, unseen } = diff;
  const body = [
    `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(summary(diff))}.</p>`,
    ...dangers.map(
      ({ kind, object, sentence }) =>
        `<div class="danger"><b>${kind}</b> <code>${escapeHtml(object)}</code><br>${escapeHtml(sentence)}</div>`,
    ),
    ...byOwner(changes).map(([owner, own]) => `<h2>${escapeHtml(owner)}</h2>${own.map(changeHtml).join('')}`),
    ...(waits.length === 0 ? [] : ['<h2>What waits</h2><ul>']),
    ...waitLines(waits).map((line) => `<li>${escapeHtml(line)}</li>`),
    ...(waits.length === 0 ? [] : ['</ul>']),
    ...(unseen.length === 0 ? [] : ['<h2>What could not be compared</h2>']),
    ...unseen.map(({ object, sentence }) => `<div><code>${escapeHtml(object)}</code> ${escapeHtml(sentence)}</div>`),
  ].join('\n');
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>\n<body>\n${body}\n</body></html>\n`;
}

function changeHtml(change: ObjectChange): string {
  const note =
    change.kept !== undefined ? ` (stays: ${change.kept})` : change.from !== undefined ? ` (from ${change.from})` : '';
  const head = `<span class="${change.change}">${change.change}</span> <code>${escapeHtml(formatIdentity(change.identity))}</code>${escapeHtml(note)}`;
  const fields = shownDifferences(change);
  if (fields.length === 0) return `<div>${head}</div>\n`;
  const rows = fields.map(
    ({ pointer, before, after }) =>
      `<tr><td>${escapeHtml(fieldName(pointer))}</td><td>${escapeHtml(valueText(before))}</td><td>${escapeHtml(valueText(after))}</td></tr>`,
  );
  return `<details open><summary>${head}</summary><table><tr><th>field</th><th>before</th><th>after</th></tr>${rows.join('')}</table></details>\n`;
}
