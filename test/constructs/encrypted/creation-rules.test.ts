import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  Cluster,
  EncryptedManifest,
  EncryptedSecret,
  checkCreationRules,
  refuseDifferentRules,
  writeCreationRules,
} from '../../../constructs/index.ts';
import { parseConfig, ruleFor } from '../../../src/sops/index.ts';
import { errorsOf } from '../../support/cluster.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { IDENTITY, OTHER_RECIPIENT, RECIPIENT } from '../../support/sealed.ts';
import { describeWithTool } from '../../support/tools.ts';

const base = temporaryFolder();
let count = 0;
let project: string;

beforeEach(() => {
  count += 1;
  project = path.join(base, String(count));
  fs.mkdirSync(project);
});

function rules(ageRecipients: readonly string[], declare: (cluster: Cluster) => unknown = () => undefined): string {
  const cluster = new Cluster('test', {
    repository: { url: 'https://git.example.org/test.git' },
    project,
    ageRecipients,
  });
  declare(cluster);
  return cluster.creationRules() ?? '';
}

const read = () => fs.readFileSync(path.join(project, '.sops.yaml'), 'utf8');

describe('.sops.yaml', () => {
  test('is not made where the cluster names no recipients', () => {
    expect(rules([])).toBe('');
    expect(writeCreationRules(undefined, project)).toBe('unchanged');
    expect(fs.readdirSync(project)).toEqual([]);
  });

  test('has one rule for Secrets, one for other files, and one for each file that those would not do for', () => {
    const text = rules([RECIPIENT, OTHER_RECIPIENT], (cluster) => {
      new EncryptedSecret(cluster.flux, 'cluster-secrets', { keys: ['a'], file: 'secrets.yaml' });
      new EncryptedManifest(cluster.flux, 'm', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        encrypted: ['data.a.b', 'data.c'],
      });
    });
    const config = parseConfig(text, path.join(project, '.sops.yaml'));
    const found = (file: string) => {
      const rule = ruleFor(config, path.join(project, file));
      return [rule?.rule.value, rule?.macOnlyEncrypted, rule?.groups.flat().map(({ id }) => id)];
    };
    const both = [RECIPIENT, OTHER_RECIPIENT];
    const values = ['^(data|stringData)$', true, both];
    expect(found('secrets/web/db.sops.yaml')).toEqual(values);
    expect(found('kubernetes/apps/web/site/app/secret-db.sops.yaml')).toEqual(values);
    expect(found('kubernetes/flux/config/secrets.yaml')).toEqual(values);
    expect(found('secrets/flux-system/m.sops.yaml')).toEqual(['^(b|c)$', true, both]);
    expect(found('kubernetes/flux/config/configmap-m.sops.yaml')).toEqual(['^(b|c)$', true, both]);
    expect(found('secrets/web/app.sops.env')).toEqual(['_unencrypted', false, both]);
    expect(() => found('kubernetes/flux/config/cluster.yaml')).toThrow('No creation rule');
  });

  test('is written once, and again only when it changes', () => {
    expect(checkCreationRules(rules([RECIPIENT]), project)).toBe('created');
    expect(fs.readdirSync(project)).toEqual([]);
    expect(writeCreationRules(rules([RECIPIENT]), project)).toBe('created');
    expect(writeCreationRules(rules([RECIPIENT]), project)).toBe('unchanged');
    expect(writeCreationRules(rules([OTHER_RECIPIENT]), project)).toBe('changed');
    expect(read()).toContain(OTHER_RECIPIENT);
    expect(read()).not.toContain(RECIPIENT);
    expect(fs.readdirSync(project)).toEqual(['.sops.yaml']);
  });

  test('is never touched where a person wrote it', () => {
    writeFiles(project, { '.sops.yaml': '# mine\ncreation_rules: []\n' });
    expect(writeCreationRules(rules([RECIPIENT]), project)).toBe('unchanged');
    expect(read()).toBe('# mine\ncreation_rules: []\n');
  });

  test('is not written over where a person edited what synth made', () => {
    writeCreationRules(rules([RECIPIENT]), project);
    const edited = read().replace(RECIPIENT, `${RECIPIENT},\n      ${OTHER_RECIPIENT}`);
    writeFiles(project, { '.sops.yaml': edited });
    expect(errorsOf(() => writeCreationRules(rules([OTHER_RECIPIENT]), project))).toMatchObject([
      { code: 'synth/creation-rules-edited', place: { file: '.sops.yaml' } },
    ]);
    expect(read()).toBe(edited);
  });

  test('is one for all clusters of a project, which must agree on it unless a person wrote it', () => {
    const make = (name: string, ageRecipients: readonly string[]) =>
      new Cluster(name, { repository: { url: 'https://git.example.org/test.git' }, project, ageRecipients });
    const home = make('home', [RECIPIENT]);
    expect(make('cabin', [RECIPIENT]).creationRules()).toBe(home.creationRules());
    const both = [home, make('work', [OTHER_RECIPIENT])];
    expect(
      errorsOf(() => {
        refuseDifferentRules(both);
      }),
    ).toMatchObject([{ code: 'synth/creation-rules-differ' }]);
    writeFiles(project, { '.sops.yaml': 'creation_rules: []\n' });
    expect(
      errorsOf(() => {
        refuseDifferentRules(both);
      }),
    ).toEqual([]);
  });

  test('that is a folder is an error, and stays', () => {
    fs.mkdirSync(path.join(project, '.sops.yaml'));
    expect(errorsOf(() => writeCreationRules(rules([RECIPIENT]), project))).toMatchObject([
      { code: 'synth/creation-rules', exitStatus: 3 },
    ]);
  });
});

describeWithTool('sops', '.sops.yaml with the real sops', (program) => {
  test('encrypts each file as Slipway would, to every recipient', () => {
    const text = rules([RECIPIENT, OTHER_RECIPIENT], (cluster) => {
      new EncryptedSecret(cluster.flux, 'cluster-secrets', { keys: ['a'], file: 'secrets.yaml' });
    });
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  a: text\n';
    const files = {
      'secrets/web/a.sops.yaml': secret,
      'kubernetes/flux/config/secrets.yaml': secret,
      'secrets/web/a.sops.env': 'A=text\n',
      'secrets/web/a.sops.bin': 'text',
    };
    writeFiles(project, { '.sops.yaml': text, 'keys.txt': `${IDENTITY}\n`, ...files });
    const env = { PATH: process.env.PATH, HOME: project, SOPS_AGE_KEY_FILE: path.join(project, 'keys.txt') };
    for (const [file, plain] of Object.entries(files)) {
      const run = (...args: string[]) => spawnSync(program, args, { cwd: project, env, encoding: 'utf8' });
      const encrypted = run('encrypt', '-i', file);
      expect([file, encrypted.status, encrypted.stderr]).toEqual([file, 0, '']);
      const sealed = fs.readFileSync(path.join(project, file), 'utf8');
      expect(sealed).not.toContain('text');
      for (const recipient of [RECIPIENT, OTHER_RECIPIENT]) expect(sealed).toContain(recipient);
      if (plain === secret) expect(sealed).toContain('kind: Secret\nmetadata:\n  name: a\n');
      expect(run('decrypt', file).stdout).toBe(plain);
    }
  });
});
