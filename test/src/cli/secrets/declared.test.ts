/** `slipway secrets add` of what the program declares, and `slipway synth` before and after. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../../support/folder.ts';
import { REPOSITORY, slipway } from '../../../support/project.ts';
import { NO_KEY, SecretsProject } from '../../../support/secrets-project.ts';

const base = temporaryFolder();
const DB = 'secrets/web/db.sops.yaml';
let count = 0;
let project: SecretsProject;

function layProgram(
  recipient: string,
  keys = "{ username: {}, password: { generate: 'random:32', minLength: 8 } }",
): void {
  project.write('cdk8s.yaml', 'language: typescript\napp: node main.ts\noutput: dist\n');
  project.write('package.json', '{ "type": "module" }\n');
  project.write(
    'main.ts',
    `import { Application, Cluster, EncryptedSecret, Namespace } from '${REPOSITORY}/constructs/index.ts';
const cluster = new Cluster('demo', { repository: { url: 'https://git.example.org/demo.git' }, ageRecipients: ['${recipient}'] });
const app = new Application(new Namespace(cluster, 'web'), 'site');
new EncryptedSecret(app, 'db', { keys: ${keys} });
cluster.synth();
`,
  );
}

beforeEach(async () => {
  count += 1;
  project = await SecretsProject.make(base, String(count));
  fs.rmSync(path.join(project.folder, '.sops.yaml'));
  layProgram(project.recipient);
});

describe('a secret that the program declares', () => {
  test('is made by the command that the error names, with all that was declared, and then is in the tree', () => {
    const before = slipway(project.folder, 'synth');
    expect([before.status, before.stderr]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(`synth/secret-missing[^]*from main\\.ts:4:1\\n {2}slipway secrets add ${DB}\\n`),
      ),
    ]);
    const added = project.run(['add', DB], { input: 'username=me\n', env: NO_KEY });
    expect(added).toEqual({ status: 0, stdout: '', stderr: `created  .sops.yaml\n${DB} holds username, password.\n` });
    expect(project.run(['get', DB, 'stringData.username']).stdout).toBe('me');
    expect(project.run(['get', DB, 'stringData.password']).stdout).toMatch(/^[A-Za-z0-9]{32}$/);
    const after = slipway(project.folder, 'synth');
    expect([after.status, after.stderr]).toEqual([0, '']);
    const tree = 'kubernetes/apps/web/site/app/secret-db.sops.yaml';
    expect(project.read(tree)).toBe(project.read(DB));
    expect(slipway(project.folder, 'synth', '--check').status).toBe(0);
  });

  test('is added with all others where no file is named, and no key is needed for one that is whole', () => {
    expect(project.run(['add'], { input: 'username=me\n' }).stderr).toContain(`${DB} holds username, password.\n`);
    const before = project.read(DB);
    expect(project.run(['add'], { env: NO_KEY })).toMatchObject({ status: 0, stderr: `${DB} has all of them.\n` });
    expect(project.read(DB)).toBe(before);
  });

  test('gets a key that was declared later, and keeps the others as they are', () => {
    project.run(['add', DB], { input: 'username=me\n' });
    const line = /^ {2}password: .*$/m.exec(project.read(DB))?.[0] ?? '?';
    layProgram(project.recipient, "{ username: {}, password: {}, token: { generate: 'uuid' } }");
    expect(project.run(['add', DB]).stderr).toBe(`${DB} holds token now.\n`);
    expect(project.read(DB)).toContain(line);
    expect(slipway(project.folder, 'synth').status).toBe(0);
  });

  test('does not take a value that is not as declared, and does not show it', () => {
    layProgram(project.recipient, '{ pin: { minLength: 8 } }');
    const { status, stderr } = project.run(['add', DB], { input: 'pin=short\n' });
    expect(status).toBe(2);
    expect(stderr).toContain('it has 5 bytes, and at least 8 are declared');
    expect(stderr).not.toContain('short');
    expect(project.exists(DB)).toBe(false);
  });

  test('has only the generated keys that were declared', () => {
    layProgram(project.recipient, "{ identity: { generate: 'ssh' }, known_hosts: {} }");
    const { stderr } = project.run(['add', DB], { input: 'known_hosts=host\n' });
    expect(stderr).toContain(`${DB} holds known_hosts, identity.\n`);
  });

  test('that nobody declares is said to be none', () => {
    const { status, stderr } = project.run(['add', 'secrets/web/other.sops.yaml']);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('The program declares no secret whose file is secrets/web/other.sops.yaml.'),
    ]);
  });
});

describe('slipway synth', () => {
  test('--allow-missing leaves the secret out, says so, and makes .sops.yaml', () => {
    const { status, stdout, stderr } = slipway(project.folder, 'synth', '--allow-missing');
    expect(status).toBe(0);
    expect(stdout).toContain('created  .sops.yaml\n');
    expect(stdout).toContain('Next: git add .sops.yaml kubernetes && git commit\n');
    expect(stderr).toContain(`Its SOPS file ${DB} does not exist, so it is left out of the tree.`);
    expect(project.exists('kubernetes/apps/web/site/app/secret-db.sops.yaml')).toBe(false);
  });

  test('--check ends with 1 where .sops.yaml is not what the program says', () => {
    project.run(['add', DB], { input: 'username=me\n' });
    slipway(project.folder, 'synth');
    fs.rmSync(path.join(project.folder, '.sops.yaml'));
    const { status, stdout } = slipway(project.folder, 'synth', '--check');
    expect([status, stdout]).toEqual([1, expect.stringContaining('created  .sops.yaml\n')]);
    expect(project.exists('.sops.yaml')).toBe(false);
  });
});

describe('a file that synth put into the tree', () => {
  const copy = 'kubernetes/apps/web/site/app/secret-db.sops.yaml';
  beforeEach(() => {
    project.run(['add', DB], { input: 'username=me\n' });
    slipway(project.folder, 'synth');
  });

  test.each([
    ['set', copy, 'stringData.username'],
    ['edit', copy],
    ['rotate', copy],
    ['updatekeys', copy],
  ])('is not changed by `%s`, which says what to change instead', (...command) => {
    const { status, stderr } = project.run(command, { input: 'x' });
    expect([status, stderr]).toEqual([2, expect.stringContaining('The file is a copy that synth puts into the tree.')]);
    expect(project.read(copy)).toBe(project.read(DB));
  });

  test('is passed over where no file is named, and follows its source at the next synth', () => {
    expect(JSON.parse(project.run(['list', '-o', 'json']).stdout)).toMatchObject([{ file: DB }]);
    expect(project.run(['rotate', '--all'])).toMatchObject({ status: 0, stderr: `${DB}: rotated.\n` });
    expect(project.read(copy)).not.toBe(project.read(DB));
    expect(slipway(project.folder, 'synth').status).toBe(0);
    expect(project.read(copy)).toBe(project.read(DB));
  });
});

describe('a new recipient in the program', () => {
  test('is brought into .sops.yaml and all files by `updatekeys`', async () => {
    project.run(['add', DB], { input: 'username=me\n' });
    const other = await SecretsProject.make(base, `${count}-other`);
    layProgram(`${project.recipient}', '${other.recipient}`);
    expect(slipway(project.folder, 'synth').stderr).toContain('slipway secrets updatekeys');
    const { status, stderr, stdout } = project.run(['updatekeys', '-y']);
    expect([status, stderr]).toEqual([0, 'changed  .sops.yaml\n']);
    expect(stdout).toContain(`${DB}\n  + age1`);
    expect(slipway(project.folder, 'synth').status).toBe(0);
    const env = { SOPS_AGE_KEY_FILE: path.join(other.home, 'keys.txt') };
    expect(project.run(['get', DB, 'stringData.username'], { env }).stdout).toBe('me');
  });
});

describe('the code that reads SOPS files', () => {
  /** Scripts that a synth loads, as V8's coverage has them. */
  const loaded = (): string[] => {
    const folder = fs.mkdtempSync(path.join(project.home, 'coverage-'));
    const program = path.join(REPOSITORY, 'bin/slipway.js');
    const env = { ...project.environment(), NODE_V8_COVERAGE: folder };
    expect(spawnSync(process.execPath, [program, 'synth'], { cwd: project.folder, env, encoding: 'utf8' }).stderr).toBe(
      '',
    );
    return fs.readdirSync(folder).flatMap((file) => {
      const { result } = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as { result: { url: string }[] };
      return result.map(({ url }) => url);
    });
  };

  test('is loaded only where a program declares a secret', () => {
    project.run(['add', DB], { input: 'username=me\n' });
    expect(loaded().filter((url) => url.includes('/src/sops/'))).not.toEqual([]);
    const configMap = "new (await import('cdk8s')).ApiObject(app, 'c', { apiVersion: 'v1', kind: 'ConfigMap' });";
    fs.symlinkSync(path.join(REPOSITORY, 'node_modules'), path.join(project.folder, 'node_modules'));
    project.write('main.ts', project.read('main.ts').replace(/^new EncryptedSecret.*$/m, configMap));
    expect(loaded().filter((url) => url.includes('/src/sops/'))).toEqual([]);
  });
});
