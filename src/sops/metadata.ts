/** The `sops` block: who can open a file, what of it is encrypted, when it changed, its MAC (stores/stores.go). */
import { failure } from './failure.ts';
import { normalizeTime, parseBoolAsGo } from './go-numbers.ts';
import type { SelectionRule } from './selection.ts';
import { DEFAULT_RULE, SELECTION_KINDS } from './selection.ts';
import type { Branch, Entry, Value } from './tree.ts';
import { branch, entry, list, stringOf, text } from './tree.ts';

/** The kinds of master keys that SOPS knows, in the order in which it tries them within a file. */
export const KEY_KINDS = ['kms', 'gcp_kms', 'hckms', 'azure_kv', 'hc_vault', 'pgp', 'age'] as const;

export type KeyKind = (typeof KEY_KINDS)[number];

export interface MasterKey {
  readonly kind: KeyKind;
  /** What names it: the age recipient, the fingerprint, the ARN or URL. */
  readonly id: string;
  /** The data key, or the group's part of it, encrypted to this key. For age an armored age file. */
  readonly enc: string;
  /** All of it as it stands in the file; keys that are not age's are carried along as they are. */
  readonly tree: Branch;
}

export type KeyGroup = readonly MasterKey[];

export interface Metadata {
  readonly groups: readonly KeyGroup[];
  /** How many groups are needed, where there are several; 0 means all. */
  readonly shamirThreshold: number;
  /** RFC 3339 to the second: what the MAC is bound to. */
  readonly lastModified: string;
  /** An envelope, or '' where the file has none. */
  readonly mac: string;
  readonly rule: SelectionRule;
  readonly macOnlyEncrypted: boolean;
  /** Of the program that wrote it; '' where none is given. */
  readonly version: string;
  /** The block as it was read. */
  readonly tree: Branch;
}

const KEY_IDS: Readonly<Record<KeyKind, readonly string[]>> = {
  kms: ['arn'],
  gcp_kms: ['resource_id'],
  hckms: ['key_id'],
  azure_kv: ['vault_url', 'name', 'version'],
  hc_vault: ['vault_address', 'engine_path', 'key_name'],
  pgp: ['fp'],
  age: ['recipient'],
};

/**
 * Parses the block. Unknown keys are left alone, as sops does.
 *
 * @throws {SlipwayError} `sops/lastmodified`, `sops/lastmodified-unquoted`, `sops/no-keys`, `sops/two-rules`,
 * `sops/metadata`.
 */
export function parseMetadata(tree: Branch): Metadata {
  const lastModified = parseLastModified(field(tree, 'lastmodified'));
  const groups = parseGroups(tree);
  return {
    groups,
    shamirThreshold: parseThreshold(field(tree, 'shamir_threshold')),
    lastModified,
    mac: string(tree, 'mac'),
    rule: parseRule(tree),
    macOnlyEncrypted: parseFlag(field(tree, 'mac_only_encrypted')),
    version: string(tree, 'version'),
    tree,
  };
}

/** The last entry of this name; where none is exact, upper and lower case count alike (mapstructure's way). */
function fieldEntry(tree: Branch, name: string): Entry | undefined {
  let found: Entry | undefined;
  let alike: Entry | undefined;
  for (const item of tree.entries) {
    if (item.kind !== 'entry') continue;
    if (item.key === name) found = item;
    else if (item.key.length === name.length && item.key.toLowerCase() === name) alike ??= item;
  }
  return found ?? alike;
}

const field = (tree: Branch, name: string): Value | undefined => fieldEntry(tree, name)?.value;

/** Text, or what mapstructure takes for text weakly: numbers and booleans. */
function string(tree: Branch, name: string): string {
  const value = field(tree, name);
  if (value === undefined || value.kind === 'null') return '';
  if (value.kind !== 'scalar' || value.type === 'time') throw malformed(name, value);
  if (value.type === 'bool') return value.bytes.toString() === 'True' ? '1' : '0';
  return value.bytes.toString();
}

const malformed = (name: string, value: Value) =>
  failure('metadata', `The SOPS metadata is malformed at ${name}.`, { at: value.source });

function parseLastModified(value: Value | undefined): string {
  const at = value?.source;
  if (value?.kind === 'scalar' && value.type === 'time') {
    throw failure(
      'lastmodified-unquoted',
      'lastmodified of the SOPS metadata is not in quotes, so it is a time and no text.',
      {
        at,
        remedy: 'Put it in double quotes: sops 3.13 and Flux refuse the file as it is.',
      },
    );
  }
  const time = normalizeTime(stringOf(value) ?? '');
  if (time !== undefined) return time.replace(/\.\d+/, '');
  throw failure('lastmodified', 'lastmodified of the SOPS metadata is missing or no RFC 3339 time.', { at });
}

function parseThreshold(value: Value | undefined): number {
  if (value === undefined || value.kind === 'null') return 0;
  const text = value.kind === 'scalar' ? value.bytes.toString() : '';
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw malformed('shamir_threshold', value);
}

function parseFlag(value: Value | undefined): boolean {
  if (value === undefined || value.kind === 'null') return false;
  const text = value.kind === 'scalar' ? value.bytes.toString() : '?';
  if (text === '') return false;
  const flag =
    value.kind === 'scalar' && (value.type === 'int' || value.type === 'float')
      ? Number(text) !== 0
      : parseBoolAsGo(text);
  if (flag !== undefined) return flag;
  throw malformed('mac_only_encrypted', value);
}

function parseRule(tree: Branch): SelectionRule {
  const rules = SELECTION_KINDS.map((kind) => ({ kind, value: string(tree, kind) })).filter(
    ({ value }) => value !== '',
  );
  const [rule = DEFAULT_RULE, second] = rules;
  if (second === undefined) return rule;
  throw failure(
    'two-rules',
    `The SOPS metadata has two rules for what is encrypted, ${rule.kind} and ${second.kind}.`,
    {
      at: fieldEntry(tree, second.kind)?.source,
      remedy: 'Restore the file from git: one of the two was added by hand.',
    },
  );
}

function parseGroups(tree: Branch): readonly KeyGroup[] {
  const flat = parseGroup(tree);
  // Keys at the top win over key_groups (stores.go: internalKeygroups).
  if (flat.length > 0) return [flat];
  const groups = maps(tree, 'key_groups').map(parseGroup);
  if (groups.length > 0) return groups;
  throw failure('no-keys', 'The SOPS metadata names no key that could open the file.', {
    remedy: 'Restore the file from git.',
  });
}

function parseGroup(tree: Branch): KeyGroup {
  return KEY_KINDS.flatMap((kind) =>
    maps(tree, kind).map((key): MasterKey => {
      if (kind !== 'age' && normalizeTime(string(key, 'created_at')) === undefined) {
        throw failure('metadata', `A ${kind} key of the SOPS metadata lacks the time at which it was made.`, {
          at: fieldEntry(key, 'created_at')?.source,
        });
      }
      const id = KEY_IDS[kind].map((part) => string(key, part)).join('/');
      return { kind, id, enc: string(key, 'enc'), tree: key };
    }),
  );
}

/** The maps of a list; a single map stands for a list of one. */
function maps(tree: Branch, name: string): Branch[] {
  const value = field(tree, name);
  if (value === undefined || value.kind === 'null') return [];
  if (value.kind === 'map') return value.entries.length === 0 ? [] : [value];
  if (value.kind !== 'list') throw malformed(name, value);
  return value.items
    .filter((item) => item.kind !== 'comment')
    .map((item) => {
      if (item.kind === 'map') return item;
      if (item.kind === 'null') return branch([]);
      throw malformed(name, item);
    });
}

export const isAge = (key: MasterKey): boolean => key.kind === 'age';

/** The age recipients of a file, group by group, in the order in which they stand. */
export const ageRecipients = (metadata: Pick<Metadata, 'groups'>): string[] =>
  metadata.groups
    .flat()
    .filter(isAge)
    .map(({ id }) => id);

/** The version of sops whose files Slipway writes; it stands in their metadata. */
export const SOPS_VERSION = '3.13.2';

export const ageKey = (recipient: string, enc: string): MasterKey => ({
  kind: 'age',
  id: recipient,
  enc,
  tree: branch([entry('enc', text(enc)), entry('recipient', text(recipient))]),
});

/** The block as sops 3.13 writes it: keys sorted, what is empty left out (metadataToTreeBranch). */
export function buildMetadata(metadata: Omit<Metadata, 'tree'>): Branch {
  const { groups, rule } = metadata;
  const entries: Entry[] = [];
  const [single = []] = groups;
  if (groups.length === 1) {
    entries.push(...groupEntries(single));
  } else {
    const trees = groups.map((group) => {
      const own = groupEntries(group);
      // These two are always there within a group (stores.go: keygroup).
      for (const kind of ['age', 'hc_vault']) if (!own.some(({ key }) => key === kind)) own.push(entry(kind, list([])));
      return branch(sortByKey(own));
    });
    entries.push(entry('key_groups', list(trees)));
  }
  entries.push(entry(rule.kind, text(rule.value)));
  entries.push(entry('lastmodified', text(metadata.lastModified)));
  entries.push(entry('mac', text(metadata.mac)));
  if (metadata.macOnlyEncrypted) entries.push(entry('mac_only_encrypted', scalar('bool', 'True')));
  if (metadata.shamirThreshold > 0) {
    entries.push(entry('shamir_threshold', scalar('int', String(metadata.shamirThreshold))));
  }
  entries.push(entry('version', text(metadata.version)));
  return branch(sortByKey(entries));
}

const scalar = (type: 'bool' | 'int', value: string): Value => ({ kind: 'scalar', type, bytes: Buffer.from(value) });

const sortByKey = (entries: readonly Entry[]) => [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));

function groupEntries(group: KeyGroup): Entry[] {
  return KEY_KINDS.flatMap((kind) => {
    const keys = group.filter((key) => key.kind === kind);
    return keys.length === 0 ? [] : [entry(kind, list(keys.map(({ tree }) => tree)))];
  });
}

/** Now, as `lastmodified` has it. */
export const timestamp = (now: Date): string => now.toISOString().replace(/\.\d+Z$/, 'Z');
