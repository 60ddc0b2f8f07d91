/** `.sops.yaml`: to whom and by which rule a new file is encrypted (config/config.go). */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { recipientKind } from './age/recipients.ts';
import { failure, inFile } from './failure.ts';
import type { FormatName, Layout } from './format.ts';
import type { KeyKind, MasterKey } from './metadata.ts';
import { ageKey } from './metadata.ts';
import type { SelectionRule } from './selection.ts';
import { compileRegex, DEFAULT_RULE, isValid, SELECTION_KINDS } from './selection.ts';
import type { Branch, Source, Value } from './tree.ts';
import { branch, findEntry, get } from './tree.ts';
import { readYaml } from './yaml/read.ts';

export const CONFIG_NAME = '.sops.yaml';

export interface SopsConfig {
  /** Absolute path of the file. */
  readonly path: string;
  /** Undefined where the file has no creation rules, which sops takes for no file at all. */
  readonly rules: readonly RawRule[] | undefined;
  readonly layouts: Readonly<Record<'yaml' | 'json' | 'binary', Layout>>;
}

/** A rule as it is written; it is taken at its word only when it is used, as sops does. */
export interface RawRule {
  readonly tree: Branch;
  /** From 1. */
  readonly line: number;
}

export interface CreationRule {
  readonly line: number;
  /** Keys to encrypt to, group by group; their `enc` is empty. */
  readonly groups: readonly (readonly MasterKey[])[];
  readonly shamirThreshold: number;
  readonly rule: SelectionRule;
  readonly macOnlyEncrypted: boolean;
}

/** The nearest `.sops.yaml` from a folder upward, over at most 100 levels (LookupConfigFile). */
export function findConfig(folder: string): string | undefined {
  let at = resolve(folder);
  for (let level = 0; level < 100; level++) {
    const path = join(at, CONFIG_NAME);
    if (existsSync(path)) return path;
    const parent = dirname(at);
    if (parent === at) return undefined;
    at = parent;
  }
  return undefined;
}

/** @throws {SlipwayError} `sops/config` (status 2 or 3), `sops/yaml-syntax`. */
export function loadConfig(path: string): SopsConfig {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw failure('config', 'The file of creation rules cannot be read.', { file: path, exitStatus: 3, cause });
  }
  return parseConfig(bytes.toString(), path);
}

export function parseConfig(source: string, path: string): SopsConfig {
  return inFile(path, () => {
    const [root = branch([])] = readYaml(source);
    const rules = get(root, 'creation_rules');
    return {
      path: resolve(path),
      rules: rules === undefined || rules.kind === 'null' ? undefined : parseRules(rules),
      layouts: {
        yaml: { indent: indentOf(root, 'yaml', 0) },
        json: { indent: indentOf(root, 'json', -1) },
        binary: { indent: indentOf(root, 'json_binary', -1) },
      },
    };
  });
}

const malformed = (what: string, at: Source | undefined) =>
  failure('config', `The file of creation rules is malformed: ${what}.`, { at, exitStatus: 2 });

function parseRules(value: Value): RawRule[] {
  if (value.kind !== 'list') throw malformed('creation_rules is no list', value.source);
  return value.items
    .filter((item) => item.kind !== 'comment')
    .map((item) => {
      if (item.kind !== 'map') throw malformed('a rule is no map', item.source);
      return { tree: item, line: item.source?.line ?? 1 };
    });
}

/** `stores.<name>.indent`; what it says for the default gives undefined. */
function indentOf(root: Branch, name: string, byDefault: number): number | undefined {
  const stores = get(root, 'stores');
  const store = stores?.kind === 'map' ? get(stores, name) : undefined;
  const value = store?.kind === 'map' ? get(store, 'indent') : undefined;
  if (value === undefined || value.kind === 'null') return undefined;
  const indent = value.kind === 'scalar' && value.type === 'int' ? Number(value.bytes.toString()) : Number.NaN;
  if (indent === byDefault) return undefined;
  if (Number.isInteger(indent) && indent >= 0) return indent;
  throw malformed(`stores.${name}.indent is no number of spaces`, value.source);
}

/** How a new file of this format is laid out. */
export const layoutFor = (config: SopsConfig | undefined, format: FormatName): Layout =>
  format === 'yaml' || format === 'json' || format === 'binary' ? (config?.layouts[format] ?? {}) : {};

/** The path of a file as rules see it: relative to the folder of `.sops.yaml`, or absolute where it is outside. */
export function pathForRules(config: SopsConfig, file: string): string {
  const absolute = resolve(file);
  const folder = dirname(config.path);
  const prefix = folder.endsWith(sep) ? folder : folder + sep;
  return absolute.startsWith(prefix) ? absolute.slice(prefix.length) : absolute;
}

/**
 * The first rule whose `path_regex` matches; undefined where the file has no rules at all.
 *
 * @throws {SlipwayError} `sops/no-rule`, `sops/regex`, `sops/two-rules`, `sops/config`, `sops/recipient` (status 2).
 */
export function ruleFor(config: SopsConfig, file: string): CreationRule | undefined {
  return inFile(config.path, () => {
    if (config.rules === undefined) return undefined;
    const found = matchRule(config, pathForRules(config, file));
    if (found !== undefined) return parseRule(found);
    throw failure('no-rule', `No creation rule of ${CONFIG_NAME} matches ${file}.`, {
      remedy: 'Add a rule whose path_regex matches it, or name the recipients with --age.',
      exitStatus: 2,
    });
  });
}

/** The rule that matches a path, not yet taken at its word. @throws {SlipwayError} `sops/regex`. */
export function matchRule(config: SopsConfig, path: string): RawRule | undefined {
  for (const rule of config.rules ?? []) {
    const expression = textField(rule.tree, 'path_regex');
    if (expression === '') return rule;
    const matches = compileRegex(expression);
    if (matches === undefined) {
      throw failure('regex', `path_regex ${JSON.stringify(expression)} is no RE2 expression.`, {
        at: field(rule.tree, 'path_regex')?.source,
        remedy: 'RE2 has no look-ahead, look-behind or back-references: write it without.',
        exitStatus: 2,
      });
    }
    if (matches(path)) return rule;
  }
  return undefined;
}

/** A field of a map, also where a YAML merge (`<<`) brings it in. */
function field(map: Branch, name: string): Value | undefined {
  const own = findEntry(map, name)?.value;
  if (own !== undefined) return own;
  const merged = get(map, '<<');
  const sources = merged?.kind === 'map' ? [merged] : merged?.kind === 'list' ? merged.items : [];
  for (const source of sources) {
    const value = source.kind === 'map' ? field(source, name) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

function textField(map: Branch, name: string): string {
  const value = field(map, name);
  if (value === undefined || value.kind === 'null') return '';
  if (value.kind === 'scalar') return value.bytes.toString();
  throw malformed(`${name} is no text`, value.source);
}

/** @throws {SlipwayError} as ruleFor does. */
export function parseRule({ tree, line }: RawRule): CreationRule {
  const rules = SELECTION_KINDS.map((kind) => ({ kind, value: textField(tree, kind) })).filter(
    ({ value }) => value !== '',
  );
  const [rule = DEFAULT_RULE, second] = rules;
  if (second !== undefined) {
    throw failure('two-rules', `The creation rule has both ${rule.kind} and ${second.kind}.`, {
      at: field(tree, second.kind)?.source,
      remedy: 'Keep one of the two.',
      exitStatus: 2,
    });
  }
  if (!isValid(rule)) {
    throw failure(
      'regex',
      `${rule.kind} ${JSON.stringify(rule.value)} is no RE2 expression: sops would encrypt nothing, or everything.`,
      {
        at: field(tree, rule.kind)?.source,
        remedy: 'RE2 has no look-ahead, look-behind or back-references: write it without.',
        exitStatus: 2,
      },
    );
  }
  const threshold = textField(tree, 'shamir_threshold');
  return {
    line,
    groups: parseGroups(tree),
    shamirThreshold: /^\d+$/.test(threshold) ? Number(threshold) : 0,
    rule,
    macOnlyEncrypted: textField(tree, 'mac_only_encrypted') === 'True',
  };
}

function parseGroups(tree: Branch): MasterKey[][] {
  const groups = field(tree, 'key_groups');
  if (groups?.kind === 'list' && groups.items.length > 0) {
    return groups.items.flatMap((item) => (item.kind === 'map' ? [unique(groupKeys(item))] : []));
  }
  return [FLAT_FIELDS.flatMap(([name, kind]) => flatTexts(tree, name).map((id) => masterKey(kind, id)))];
}

/** Keys at the top of a rule, in sops's order: each a text with commas, or a list of texts. */
const FLAT_FIELDS: readonly (readonly [string, KeyKind])[] = [
  ['age', 'age'],
  ['pgp', 'pgp'],
  ['kms', 'kms'],
  ['gcp_kms', 'gcp_kms'],
  ['hckms', 'hckms'],
  ['azure_keyvault', 'azure_kv'],
  ['hc_vault_transit_uri', 'hc_vault'],
];

function flatTexts(tree: Branch, name: string): string[] {
  const value = field(tree, name);
  if (value === undefined || value.kind === 'null') return [];
  if (value.kind === 'scalar' && value.type === 'str') return splitTexts(value.bytes.toString());
  if (value.kind !== 'list') throw malformed(`${name} is neither text nor a list of texts`, value.source);
  return value.items
    .filter((item) => item.kind !== 'comment')
    .flatMap((item) => {
      if (item.kind !== 'scalar' || item.type !== 'str') throw malformed(`${name} lists what is no text`, value.source);
      return splitTexts(item.bytes.toString());
    });
}

const splitTexts = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Keys of an entry of key_groups; those of `merge` come first (extractMasterKeys). */
function groupKeys(group: Branch): MasterKey[] {
  const merge = field(group, 'merge');
  const merged =
    merge?.kind === 'list' ? merge.items.flatMap((item) => (item.kind === 'map' ? groupKeys(item) : [])) : [];
  const age = field(group, 'age');
  if (age?.kind === 'scalar') throw malformed('age of a key group is no list', age.source);
  const own = GROUP_FIELDS.flatMap(([name, kind, ...parts]) => {
    const value = field(group, name);
    if (value?.kind !== 'list') return [];
    return value.items.flatMap((item) => {
      if (item.kind === 'scalar') return splitTexts(item.bytes.toString()).map((id) => masterKey(kind, id));
      if (item.kind !== 'map') return [];
      return [masterKey(kind, parts.map((part) => textField(item, part)).join('/'))];
    });
  });
  return [...merged, ...own];
}

const GROUP_FIELDS: readonly (readonly [string, KeyKind, ...string[]])[] = [
  ['age', 'age'],
  ['pgp', 'pgp'],
  ['kms', 'kms', 'arn'],
  ['gcp_kms', 'gcp_kms', 'resource_id'],
  ['hckms', 'hckms', 'key_id'],
  ['azure_keyvault', 'azure_kv', 'vaultUrl', 'key', 'version'],
  ['hc_vault', 'hc_vault'],
];

const unique = (keys: readonly MasterKey[]) =>
  keys.filter((key, index) => keys.findIndex(({ kind, id }) => kind === key.kind && id === key.id) === index);

function masterKey(kind: KeyKind, id: string): MasterKey {
  if (kind !== 'age') return { kind, id, enc: '', tree: branch([]) };
  if (recipientKind(id) !== undefined) return ageKey(id, '');
  throw failure('recipient', `${JSON.stringify(id)} is not an age recipient.`, { exitStatus: 2 });
}

const KNOWN_FIELDS: readonly string[] = [
  'path_regex',
  'aws_profile',
  'key_groups',
  'shamir_threshold',
  'mac_only_encrypted',
  '<<',
  ...SELECTION_KINDS,
  ...FLAT_FIELDS.map(([name]) => name),
];

/** Names in rules that sops does not know and skips: a misspelt path_regex makes a rule that matches every file. */
export function unknownFields(config: SopsConfig): { name: string; at: Source | undefined }[] {
  return (config.rules ?? []).flatMap(({ tree }) =>
    tree.entries.flatMap((item) =>
      item.kind === 'entry' && !KNOWN_FIELDS.includes(item.key) ? [{ name: item.key, at: item.source }] : [],
    ),
  );
}

/** Whether a rule says which files it is for. */
export const hasPattern = (rule: RawRule): boolean => textField(rule.tree, 'path_regex') !== '';
