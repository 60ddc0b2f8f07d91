import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import {
  Application,
  Cluster,
  Namespace,
  SecretGenerator,
  type SecretGeneratorOptions,
} from '../../../constructs/index.ts';
import { DEFAULT_RULE } from '../../../src/sops/index.ts';
import { errorsOf, fileText } from '../../support/cluster.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { IDENTITY, RECIPIENT, seal } from '../../support/sealed.ts';
import { findBuiltTool } from '../../../src/programs.ts';
import { describeWithTool } from '../../support/tools.ts';

const base = temporaryFolder();
const WHOLE = { rule: DEFAULT_RULE, macOnlyEncrypted: false };
let count = 0;
let project: string;
let cluster: Cluster;
let app: Application;

beforeEach(() => {
  count += 1;
  project = path.join(base, String(count));
  fs.mkdirSync(project);
  cluster = new Cluster('test', {
    repository: { url: 'https://git.example.org/t.git' },
    project,
    ageRecipients: [RECIPIENT],
  });
  app = new Application(new Namespace(cluster, 'web'), 'site');
});

const declare = (options: SecretGeneratorOptions) => new SecretGenerator(app, 'app', options);
const problems = () => errorsOf(() => cluster.tree()).map(({ code, message }) => [code, message]);

async function layBoth(): Promise<void> {
  writeFiles(project, {
    'secrets/web/app.sops.env': await seal('USER=me\nPASSWORD=a b\n', { ...WHOLE, format: 'dotenv' }),
    'secrets/web/config.sops.yaml': await seal('token: sesame\n', WHOLE),
    'secrets/web/license.sops.bin': await seal('\u0000\u0001binary', { ...WHOLE, format: 'binary' }),
  });
  declare({
    env: { keys: ['USER', 'PASSWORD'] },
    files: { 'config.yaml': 'secrets/web/config.sops.yaml', 'license.key': 'secrets/web/license.sops.bin' },
  });
}

describe('a SecretGenerator', () => {
  test('ships its files byte for byte, lists them for kustomize, and has them decrypted', async () => {
    await layBoth();
    expect(fileText(cluster, 'apps/web/site/app/kustomization.yaml')).toContain(
      'resources: []\nsecretGenerator:\n  - name: app\n    namespace: web\n    files:\n      - config.yaml=config.sops.yaml\n      - license.key=license.sops.bin\n    envs:\n      - app.sops.env\n',
    );
    for (const file of ['app.sops.env', 'config.sops.yaml', 'license.sops.bin']) {
      const source = fs.readFileSync(path.join(project, 'secrets/web', file), 'utf8');
      expect(fileText(cluster, `apps/web/site/app/${file}`)).toBe(source);
    }
    expect(fileText(cluster, 'apps/web/site/ks.yaml')).toContain('  decryption:\n    provider: sops\n');
  });

  test('names the command that makes what is missing', () => {
    declare({ env: { keys: ['USER'] }, files: { key: 'secrets/web/key.sops.bin' } });
    expect(errorsOf(() => cluster.tree()).map(({ remedy }) => remedy)).toEqual([
      'slipway secrets add secrets/web/app.sops.env',
      'Write that file in plain text, then: slipway secrets encrypt -i secrets/web/key.sops.bin',
    ]);
  });

  test('is refused where Flux would take a file for another format than it has, and ship the ciphertext', async () => {
    writeFiles(project, { 'secrets/web/key.sops.yaml': await seal('a: b\n', WHOLE) });
    declare({ files: { 'tls.key': 'secrets/web/key.sops.yaml' } });
    expect(problems()).toEqual([
      [
        'synth/secret-format',
        'The name secrets/web/key.sops.yaml should end in none of .yaml, .json, .env and .ini: Flux decrypts the key tls.key in that format.',
      ],
    ]);
  });

  test('is held to its keys', async () => {
    writeFiles(project, { 'secrets/web/app.sops.env': await seal('USER=me\n', { ...WHOLE, format: 'dotenv' }) });
    declare({ env: { keys: ['USER', 'PASSWORD'] } });
    expect(problems()).toEqual([['sops/key-missing', 'The file lacks PASSWORD, which is declared.']]);
  });
});

describeWithTool('kustomize', 'what a SecretGenerator ships', (kustomize) => {
  const sops = findBuiltTool('sops');
  if (sops === undefined)
    process.stderr.write('skipped, as sops is not built (npm run tools sops): what a SecretGenerator ships\n');
  (sops === undefined ? test.skip : test)(
    'is a Secret to kustomize, once its files are decrypted as Flux does it',
    async () => {
      await layBoth();
      const folder = path.join(project, 'out');
      const files = ['kustomization.yaml', 'app.sops.env', 'config.sops.yaml', 'license.sops.bin'];
      writeFiles(
        folder,
        Object.fromEntries(files.map((file) => [file, fileText(cluster, `apps/web/site/app/${file}`)])),
      );
      writeFiles(project, { 'keys.txt': `${IDENTITY}\n` });
      const env = { PATH: process.env.PATH, HOME: project, SOPS_AGE_KEY_FILE: path.join(project, 'keys.txt') };
      for (const file of files.slice(1)) {
        expect(spawnSync(sops ?? '', ['decrypt', '-i', file], { cwd: folder, env, encoding: 'utf8' }).stderr).toBe('');
      }
      const { stdout } = spawnSync(kustomize, ['build', '.'], { cwd: folder, encoding: 'utf8' });
      const [secret] = parseAllDocuments(stdout).map(
        (document) => document.toJS() as { metadata: object; data: Record<string, string> },
      );
      const values = Object.entries(secret?.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString(),
      ]);
      expect(secret?.metadata).toEqual({ name: expect.stringMatching(/^app-[a-z0-9]{10}$/), namespace: 'web' });
      expect(Object.fromEntries(values)).toEqual({
        USER: 'me',
        PASSWORD: 'a b',
        'config.yaml': 'token: sesame\n',
        'license.key': '\u0000\u0001binary',
      });
    },
  );
});
