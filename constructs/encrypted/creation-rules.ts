import { createHash } from 'node:crypto';
import type { Cluster } from '../cluster.ts';
import { EncryptedObject, folderOf } from './encrypted-object.ts';
import type { FromSops } from './seals.ts';

/** What of a Secret is encrypted: its values, and nothing else. */
const VALUES = '^(data|stringData)$';
const MARK = '# Made by `slipway synth` from what the program declares.';
const DIGEST = /^# sha256:([0-9a-f]{64})\n/m;

interface Rule {
  readonly comment?: string;
  readonly path: string;
  /** `undefined`: all of the file. */
  readonly encryptedRegex: string | undefined;
}

/**
 * The text of `.sops.yaml`: everything is encrypted to the recipients of the cluster. The rule `.*\.sops\.yaml$` is the
 * usual one; what it would miss or encrypt otherwise has rules of its own before it, since the first that matches holds.
 *
 * @returns `undefined` where the cluster names no recipients: then the file is the author's own
 */
export function creationRulesOf(cluster: Cluster, encrypted: readonly FromSops[]): string | undefined {
  const { ageRecipients } = cluster;
  if (ageRecipients.length === 0) return undefined;
  const rules = [...encrypted.flatMap((object) => ownRules(object, cluster)), ...USUAL];
  const body = `creation_rules:\n${rules.map((rule, index) => ruleText(rule, index === 0 ? ageRecipients : undefined)).join('')}stores:\n  yaml:\n    indent: 2\n`;
  return `${MARK} Edits are not kept: the recipients are the Cluster’s \`ageRecipients\`.\n# sha256:${digestOf(body)}\n${body}`;
}

const USUAL: readonly Rule[] = [
  {
    comment: 'Of a Secret, the values: names and labels stay in plain text, and may change without a key.',
    path: '.*\\.sops\\.yaml$',
    encryptedRegex: VALUES,
  },
  { comment: 'Of any other file, everything.', path: '\\.sops\\.', encryptedRegex: undefined },
];

/** For files that the usual rule misses by their name, or that have something else encrypted. */
function ownRules(object: FromSops, cluster: Cluster): Rule[] {
  const files = [object.source, ...inTree(object, cluster)];
  if (!(object instanceof EncryptedObject)) {
    return files
      .filter((file) => file.endsWith('.sops.yaml') || !file.includes('.sops.'))
      .map((file) => ({ path: `^${escape(file)}$`, encryptedRegex: undefined }));
  }
  const names = object.encryptedPaths.map((path) => escape(path.slice(path.lastIndexOf('.') + 1)));
  const encryptedRegex = names.length === 0 ? VALUES : `^(${[...new Set(names)].join('|')})$`;
  return files
    .filter((file) => names.length > 0 || !file.endsWith('.sops.yaml'))
    .map((file) => ({ path: `^${escape(file)}$`, encryptedRegex }));
}

/** Under its own name in the tree, or, like its source, under one that begins with what it is. */
function inTree(object: FromSops, cluster: Cluster): string[] {
  const folder = folderOf(object);
  return folder === undefined ? [] : [`${cluster.directory}/${folder.folder}/${object.fileInTree}`];
}

function ruleText({ comment, path, encryptedRegex }: Rule, recipients: readonly string[] | undefined): string {
  return [
    ...(comment === undefined ? [] : [`  # ${comment}`]),
    `  - path_regex: ${path}`,
    ...(encryptedRegex === undefined ? [] : [`    encrypted_regex: ${encryptedRegex}`, '    mac_only_encrypted: true']),
    ...(recipients === undefined
      ? ['    age: *recipients']
      : [
          '    age: &recipients >-',
          ...recipients.map((one, index) => `      ${one}${index < recipients.length - 1 ? ',' : ''}`),
        ]),
    '',
  ].join('\n');
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** Whose a `.sops.yaml` is: made here and left alone since, made here and edited, or the author's own. */
export function originOf(text: string): 'generated' | 'edited' | 'hand-written' {
  if (!text.startsWith(MARK)) return 'hand-written';
  const match = DIGEST.exec(text);
  const body = match === null ? '' : text.slice(match.index + match[0].length);
  return match?.[1] === digestOf(body) ? 'generated' : 'edited';
}
