import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../src/errors.ts';
import {
  checkRecipient,
  findConfig,
  layoutFor,
  parseConfig,
  pathForRules,
  ruleFor,
  unknownFields,
} from '../../../src/sops/index.ts';
import { recipient } from './fixtures.ts';

const CASES = join(import.meta.dirname, '../../../../shared/sops-vectors/generated/config-cases.json');
const here = existsSync(CASES) ? describe : describe.skip;
if (!existsSync(CASES))
  process.stderr.write('skipped, as ../shared/sops-vectors is not there: creation rules of the real loader\n');

interface ConfigCase {
  readonly name: string;
  readonly config: string;
  readonly file: string;
  readonly error?: string;
  readonly result?: {
    readonly noCreationRules?: boolean;
    readonly keyGroups?: readonly (readonly { readonly Type: string; readonly Key: string }[])[] | null;
    readonly shamirThreshold?: number;
    readonly macOnlyEncrypted?: boolean;
    readonly encryptedRegex?: string;
    readonly yamlIndent: number;
    readonly jsonIndent: number;
  };
}

const isCases = (value: unknown): value is ConfigCase[] => Array.isArray(value);

function cases(): [string, ConfigCase][] {
  if (!existsSync(CASES)) return [];
  const value: unknown = JSON.parse(readFileSync(CASES, 'utf8'));
  return isCases(value) ? value.map((item, index) => [`${index} ${item.name}: ${item.file}`, item]) : [];
}

here('creation rules mean what sops’s own loader says', () => {
  test.each(cases())('%s', async (_, item) => {
    const outcome = await (async () => {
      const config = parseConfig(item.config, '/root/.sops.yaml');
      const file = item.file.replace(/^REL:/, '');
      const rule = ruleFor(config, file.startsWith('/') ? file : join('/root', file));
      for (const key of rule?.groups.flat() ?? []) if (key.kind === 'age') await checkRecipient(key.id);
      return { config, rule };
    })().catch((error: unknown) => {
      if (error instanceof SlipwayError) return error;
      throw error;
    });
    // Slipway refuses an encrypted_regex that is not RE2 at once; sops encrypts nothing with it and says nothing.
    const isSilent = item.name.startsWith('invalid encrypted_regex');
    expect(outcome instanceof SlipwayError).toBe(item.error !== undefined || isSilent);
    if (outcome instanceof SlipwayError || item.result === undefined) return;
    const { config, rule } = outcome;
    expect(rule === undefined).toBe(item.result.noCreationRules ?? false);
    const indent = item.result.yamlIndent;
    expect(layoutFor(config, 'yaml')).toEqual({ indent: indent === 0 ? undefined : indent });
    expect(layoutFor(config, 'json')).toEqual({
      indent: item.result.jsonIndent === -1 ? undefined : item.result.jsonIndent,
    });
    if (rule === undefined) return;
    const groups = rule.groups.map((group) => group.map(({ kind, id }) => ({ Type: kind, Key: id })));
    expect(groups).toEqual(item.result.keyGroups?.map((group) => group));
    expect(rule.shamirThreshold).toBe(item.result.shamirThreshold);
    expect(rule.macOnlyEncrypted).toBe(item.result.macOnlyEncrypted);
    if ((item.result.encryptedRegex ?? '') !== '') expect(rule.rule.value).toBe(item.result.encryptedRegex);
  });
});

describe('.sops.yaml', () => {
  test('is found from a folder upward', () => {
    const root = mkdtempSync(join(tmpdir(), 'slipway-rules-'));
    try {
      mkdirSync(join(root, 'a/b'), { recursive: true });
      writeFileSync(join(root, '.sops.yaml'), '');
      expect(findConfig(join(root, 'a/b'))).toBe(join(root, '.sops.yaml'));
      writeFileSync(join(root, 'a/.sops.yaml'), '');
      expect(findConfig(join(root, 'a/b'))).toBe(join(root, 'a/.sops.yaml'));
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  const config = parseConfig(`creation_rules:\n  - path_regexp: x\n    age: ${recipient}\n`, '/repo/.sops.yaml');

  test('tells the names that sops would skip: a misspelt path_regex matches every file', () => {
    expect(unknownFields(config)).toMatchObject([{ name: 'path_regexp', at: { line: 2, column: 5 } }]);
    expect(ruleFor(config, '/repo/any')?.groups.flat()).toMatchObject([{ kind: 'age', id: recipient }]);
  });

  test('sees paths relative to its own folder', () => {
    expect(pathForRules(config, '/repo/secrets/a.yaml')).toBe('secrets/a.yaml');
    expect(pathForRules(config, '/repository/a.yaml')).toBe('/repository/a.yaml');
  });

  test('that no rule matches says so', () => {
    const other = parseConfig('creation_rules:\n  - path_regex: ^x$\n', '/repo/.sops.yaml');
    expect(() => ruleFor(other, '/repo/y')).toThrow('No creation rule of .sops.yaml matches /repo/y.');
  });
});
