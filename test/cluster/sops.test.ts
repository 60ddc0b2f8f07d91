/**
 * The encrypted secrets of homelab-k8s2, as they are committed: whole, and as long as no owner has put a recipient of their
 * own in its place, open to the demo key.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { DEMO_RECIPIENT } from '../../constructs/index.ts';
import { ageRecipients, readSopsFile } from '../../src/sops/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { homelabFiles } from '../support/homelab.ts';
import { REPOSITORY } from '../support/project.ts';
import { describeWithTool } from '../support/tools.ts';

const KEY = path.join(REPOSITORY, 'sandbox/demo-age-key.txt');
const copy = temporaryFolder();
const tree = await homelabFiles();
const shipped = Object.entries(tree).filter(([, text]) => text.includes('\nsops:\n'));
const sources = fs
  .readdirSync(path.join(REPOSITORY, 'secrets'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'));
const read = (file: string) => fs.readFileSync(path.join(REPOSITORY, file), 'utf8');

const recipients = [...new Set([...read('.sops.yaml').matchAll(/age1[a-z0-9]+/g)].map(([one]) => one))];
const isDemo = recipients.includes(DEMO_RECIPIENT);
if (!isDemo) process.stderr.write('skipped, as the demo recipient is not in use: opening the secrets with its key\n');

interface Secret {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly stringData: Readonly<Record<string, string>>;
}

const nameOf = (text: string) => {
  const { metadata } = parse(text) as Secret;
  return `${metadata.namespace}/${metadata.name}`;
};

describe('the encrypted secrets of the homelab', () => {
  test('are those that docs/cluster.md lists, but for the key itself, which git never has', () => {
    const page = read('docs/cluster.md');
    const [section = ''] = page.slice(page.indexOf('### SOPS')).split(/\n(?=### Vault)/);
    const listed = [...section.matchAll(/^\| `(\S+)` +\| `(\S+)` +\|/gm)].map(
      ([, name = '', namespace = '']) => `${namespace}/${name}`,
    );
    expect(listed.filter((name) => name !== 'flux-system/sops-age').sort()).toEqual(
      shipped.map(([, text]) => nameOf(text)).sort(),
    );
  });

  test('are encrypted to the recipients of .sops.yaml, in the tree as below secrets/', () => {
    expect(sources.map((file) => nameOf(read(`secrets/${file}`))).sort()).toEqual(
      shipped.map(([, text]) => nameOf(text)).sort(),
    );
    for (const text of [...sources.map((file) => read(`secrets/${file}`)), ...shipped.map(([, made]) => made)]) {
      expect(ageRecipients(readSopsFile(Buffer.from(text), 'yaml').metadata)).toEqual(recipients);
    }
  });

  test('have the file of ADR-0006 among them', () => {
    expect(shipped.map(([file]) => file)).toContain('flux/config/secrets.yaml');
  });

  test('are open to a key that is marked as a demo in its first line', () => {
    expect(fs.readFileSync(KEY, 'utf8')).toMatch(/^# DEMO KEY\. It is public/);
    expect(fs.readFileSync(KEY, 'utf8')).toContain(DEMO_RECIPIENT);
  });
});

describeWithTool('sops', 'the real sops', (program) => {
  const sops = (...parameters: string[]) =>
    spawnSync(program, parameters, {
      cwd: REPOSITORY,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', SOPS_AGE_KEY_FILE: KEY },
      encoding: 'utf8',
    });

  (isDemo ? test : test.skip).each(shipped.map(([file]) => file))(
    'opens %s with the demo key, and finds its MAC right',
    (file) => {
      const { status, stdout, stderr } = sops('decrypt', path.join('kubernetes', file));
      expect([status, stderr]).toEqual([0, '']);
      const { stringData } = parse(stdout) as Secret;
      expect(Object.values(stringData).every((value) => typeof value === 'string' && value !== '')).toBe(true);
    },
  );

  (isDemo ? test : test.skip)('finds every file in line with .sops.yaml', () => {
    for (const part of ['.sops.yaml', 'secrets'])
      fs.cpSync(path.join(REPOSITORY, part), path.join(copy, part), { recursive: true });
    for (const file of sources)
      expect(sops('updatekeys', '--yes', path.join(copy, 'secrets', file)).stderr).toMatch(/already up to date/);
  });
});
