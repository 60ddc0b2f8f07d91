import { type ClusterDiff, type ObjectChange, shownDifferences } from '../../flux/index.ts';
import { formatIdentity } from '../../manifest/index.ts';
import { byOwner, fieldText, summary, waitLines } from './as-text.ts';

/** GitHub and Gitea refuse a longer comment. */
const MAX_COMMENT = 60_000;

/** For a comment on a pull request: dangers first, then each Kustomization, folded. */
export function asMarkdown(diff: ClusterDiff): string {
  const { changes, dangers, waits, unseen } = diff;
  const lines = [
    '### What this does to the cluster',
    '',
    `${summary(diff)}.`,
    '',
    ...dangers.map(({ kind, object, sentence }) => `- ⚠️ **${kind}** \`${object}\`: ${sentence}`),
    ...(dangers.length > 0 ? [''] : []),
  ];
  let text = lines.join('\n');
  for (const [owner, own] of byOwner(changes)) {
    const section = `<details><summary><code>${escapeHtml(owner)}</code>: ${own.length} changed</summary>\n\n\`\`\`diff\n${own.map(changeLines).join('')}\`\`\`\n\n</details>\n`;
    if (text.length + section.length > MAX_COMMENT) return `${text}\n… and more: run \`slipway diff\`.\n`;
    text += section;
  }
  const more = [
    ...waitLines(waits).map((line) => `- ${line}`),
    ...unseen.map(({ object, sentence }) => `- ❔ \`${object}\`: ${sentence}`),
  ];
  return more.length === 0 ? text : `${text}\n${more.join('\n')}\n`;
}

function changeLines(change: ObjectChange): string {
  const sign = { added: '+', removed: '-', changed: '!', moved: '!' }[change.change];
  const note =
    change.kept !== undefined ? ` (stays: ${change.kept})` : change.from !== undefined ? ` (from ${change.from})` : '';
  const fields = shownDifferences(change).map((one) => `    ${inFence(fieldText(one))}\n`);
  return `${sign} ${inFence(formatIdentity(change.identity))}${note}\n${fields.join('')}`;
}

/** A value from the repository cannot end the block that it stands in. */
function inFence(text: string): string {
  return text.replaceAll('```', '`​``');
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
