import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../../support/folder.ts';
import { NO_KEY, SecretsProject } from '../../../support/secrets-project.ts';

const base = temporaryFolder();
let count = 0;
let project: SecretsProject;

beforeEach(async () => {
  count += 1;
  project = await SecretsProject.make(base, String(count));
});

const FILE = 'db.sops.yaml';
const add = () =>
  project.run(['add', FILE, '--name', 'db', '-n', 'apps', '-k', 'username,password'], {
    input: 'username=admin\npassword=correct horse\n',
  });

describe('slipway secrets', () => {
  test('lists its verbs, and each has help with an example', () => {
    const { status, stdout } = project.run(['--help']);
    expect(status).toBe(0);
    for (const verb of stdout.matchAll(/^ {2}(\w+) /gm)) {
      const help = project.run([verb[1] ?? '', '--help']);
      expect([help.status, help.stdout]).toEqual([
        0,
        expect.stringMatching(/^Usage: slipway secrets [^]*Examples?[:,]/),
      ]);
    }
  });

  test('add makes a Secret of what is given and generated, which get reads', () => {
    const made = project.run(
      [
        'add',
        FILE,
        '--name',
        'db',
        '-n',
        'apps',
        '-k',
        'username',
        '-g',
        'password=random:24',
        '-g',
        'url=template:db://{{ username }}:{{ password }}@db',
      ],
      { input: 'username=admin\n' },
    );
    expect([made.status, made.stdout]).toEqual([0, '']);
    expect(project.read(FILE)).toMatch(
      /^apiVersion: v1\nkind: Secret\nmetadata:\n {4}name: db\n {4}namespace: apps\ntype: Opaque\nstringData:\n {4}username: ENC\[/,
    );
    const password = project.run(['get', FILE, 'stringData.password']).stdout;
    expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(project.run(['get', FILE, '["stringData"]["url"]']).stdout).toBe(`db://admin:${password}@db`);
  });

  test('add on a file that exists adds what is missing and leaves what is there', () => {
    add();
    const before = project.read(FILE);
    expect(project.run(['add', FILE, '-k', 'username', '-g', 'token=uuid']).status).toBe(0);
    const lines = project.read(FILE).split('\n');
    const gone = before.split('\n').filter((line) => !lines.includes(line));
    // Within one second the time is the same.
    expect(gone.map((line) => line.trim().split(':')[0]).filter((key) => key !== 'lastmodified')).toEqual(['mac']);
    expect(project.run(['get', FILE, 'stringData.token']).stdout).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('set takes the value from standard input, and does nothing where it is the same', () => {
    add();
    expect(project.run(['set', FILE, 'stringData.password'], { input: 'new\n' }).stderr).toBe(
      `${FILE}: stringData.password is set.\n`,
    );
    expect(project.run(['get', FILE, 'stringData.password']).stdout).toBe('new');
    const before = project.read(FILE);
    expect(project.run(['set', FILE, 'stringData.password'], { input: 'new\n' }).stderr).toBe(
      `${FILE} is as it was.\n`,
    );
    expect(project.read(FILE)).toBe(before);
    project.run(['set', FILE, 'stringData.password', '--raw'], { input: 'new\n' });
    expect(project.run(['get', FILE, 'stringData.password']).stdout).toBe('new\n');
    project.run(['set', FILE, 'stringData.password', '--unset']);
    expect(project.run(['get', FILE, 'stringData.password'])).toMatchObject({ status: 1, stdout: '' });
    project.run(['set', FILE, 'stringData.list', '--json'], { input: '[1, {"a": true}]' });
    expect(project.run(['get', FILE, 'stringData.list', '-o', 'json']).stdout.replaceAll(/\s/g, '')).toBe(
      '[1,{"a":true}]',
    );
  });

  // Linux alone has folders in memory.
  (process.platform === 'linux' ? test : test.skip)(
    'edit opens the editor on a file in memory, keeps what was left alone, and leaves nothing behind',
    () => {
      add();
      const before = project.read(FILE);
      const editor = path.join(project.home, 'editor.sh');
      fs.writeFileSync(editor, `#!/bin/sh\necho "$1" > ${project.home}/where\nsed -i s/admin/root/ "$1"\n`, {
        mode: 0o755,
      });
      expect(project.run(['edit', FILE], { env: { EDITOR: editor } })).toMatchObject({
        status: 0,
        stderr: `${FILE} is changed.\n`,
      });
      expect(project.run(['get', FILE, 'stringData.username']).stdout).toBe('root');
      const password = /^ {4}password: .*$/m;
      expect(password.exec(project.read(FILE))?.[0]).toBe(password.exec(before)?.[0]);
      const where = fs.readFileSync(path.join(project.home, 'where'), 'utf8').trim();
      expect(where).toMatch(/^\/dev\/shm\//);
      expect(fs.existsSync(path.dirname(where))).toBe(false);
      expect(project.run(['edit', FILE], { env: { EDITOR: 'true' } }).stderr).toBe(`${FILE} is as it was.\n`);
      const changed = project.read(FILE);
      fs.writeFileSync(editor, `#!/bin/sh\necho "a: [" > "$1"\n`);
      expect(project.run(['edit', FILE], { env: { EDITOR: editor } })).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('sops/yaml-syntax'),
      });
      expect(project.run(['edit', FILE], { env: { EDITOR: 'false' } })).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('nothing was changed'),
      });
      expect(project.read(FILE)).toBe(changed);
    },
  );

  test('import makes an encrypted Secret of one from a cluster, readable and without what the cluster added', () => {
    const data = (text: string) => Buffer.from(text).toString('base64');
    const manifest = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  uid: x\n  resourceVersion: "1"\ndata:\n  user: ${data('admin')}\n  key: ${Buffer.from([0, 255, 1]).toString('base64')}\ntype: Opaque\n`;
    expect(project.run(['import', '-', FILE], { input: manifest }).status).toBe(0);
    expect(project.run(['decrypt', FILE]).stdout).toBe(
      `apiVersion: v1\nkind: Secret\nmetadata:\n    name: db\ndata:\n    key: ${Buffer.from([0, 255, 1]).toString('base64')}\ntype: Opaque\nstringData:\n    user: admin\n`,
    );
    expect(
      project.run(['import', '-', 'app.sops.yaml', '--from', 'env', '--name', 'app'], { input: 'A=1\nB=x y\n' }).status,
    ).toBe(0);
    expect(project.run(['decrypt', 'app.sops.yaml']).stdout).toContain('stringData:\n    A: "1"\n    B: x y\n');
    expect(project.run(['import', '-', FILE], { input: manifest })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('exists already'),
    });
  });

  test('encrypt and decrypt are each other’s inverse, in place too', () => {
    project.write('plain.sops.yaml', 'stringData:\n    a: b\n');
    expect(project.run(['encrypt', '-i', 'plain.sops.yaml']).status).toBe(0);
    expect(project.read('plain.sops.yaml')).toContain('a: ENC[');
    expect(project.run(['decrypt', 'plain.sops.yaml']).stdout).toBe('stringData:\n    a: b\n');
    expect(project.run(['encrypt', '-i', 'plain.sops.yaml'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('sops/already-encrypted'),
    });
    expect(
      project.run(['encrypt', '-', '--format', 'json', '--age', project.recipient], { input: '{"a": 1}' }).stdout,
    ).toContain('"a": "ENC[');
  });

  test('check finds plain text where a rule says ciphertext, and needs no key', () => {
    add();
    expect(project.run(['check'], { env: NO_KEY })).toMatchObject({ status: 0, stdout: '', stderr: '' });
    project.write('new.sops.yaml', 'stringData:\n  a: hunter2\n');
    const found = project.run(['check'], { env: NO_KEY });
    expect(found.status).toBe(1);
    expect(found.stderr).toContain('error sops/plaintext-file new.sops.yaml\n');
    expect(found.stderr).not.toContain('hunter2');
    fs.rmSync(path.join(project.folder, 'new.sops.yaml'));
    project.write(FILE, project.read(FILE).replace(/^( {4}password: ).*$/m, '$1hunter2'));
    expect(project.run(['check', FILE], { env: NO_KEY })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`error sops/plaintext ${FILE}:9:15`),
    });
  });

  test('check --staged looks at what git would commit', () => {
    project.git(['init', '-q']);
    project.write('new.sops.yaml', 'stringData:\n  a: hunter2\n');
    expect(project.run(['check', '--staged']).status).toBe(0);
    project.git(['add', 'new.sops.yaml']);
    expect(project.run(['check', '--staged']).status).toBe(1);
    project.run(['encrypt', '-i', 'new.sops.yaml']);
    expect(project.run(['check', '--staged']).status).toBe(1);
    project.git(['add', 'new.sops.yaml']);
    expect(project.run(['check', '--staged']).status).toBe(0);
  });

  test('verify tells what is known without a key from what a key tells', () => {
    add();
    expect(project.run(['verify'])).toMatchObject({
      status: 0,
      stdout: `${FILE}: without a key right; MAC and values right\n`,
    });
    expect(project.run(['verify'], { env: NO_KEY })).toMatchObject({
      status: 3,
      stdout: `${FILE}: without a key right; MAC and values not known, as no key opens it\n`,
    });
    expect(project.run(['verify', '--keyless'], { env: NO_KEY }).status).toBe(0);
    project.write(FILE, project.read(FILE).replace(/^ {4}username.*\n/m, ''));
    expect(project.run(['verify'])).toMatchObject({
      status: 1,
      stdout: `${FILE}: without a key right; MAC and values wrong\n`,
    });
  });

  test('updatekeys shows its plan, changes nothing unasked, and rotate then shuts out who left', async () => {
    add();
    const other = await SecretsProject.make(base, `${count}-other`);
    const theirs = { env: { SOPS_AGE_KEY_FILE: path.join(other.home, 'keys.txt') } };
    const rules = project.read('.sops.yaml');
    const before = project.read(FILE);
    expect(project.run(['updatekeys']).stdout).toBe('All files are encrypted to the recipients of their rules.\n');
    project.write('.sops.yaml', rules.replace(project.recipient, `${project.recipient},${other.recipient}`));
    expect(project.run(['updatekeys', '--check'])).toMatchObject({
      status: 1,
      stdout: `${FILE}\n  + ${other.recipient}\n`,
    });
    expect(project.run(['updatekeys'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') });
    expect(project.read(FILE)).toBe(before);
    expect(project.run(['get', FILE, 'stringData.username'], theirs).status).toBe(3);
    expect(project.run(['updatekeys', '-y']).status).toBe(0);
    expect(project.run(['get', FILE, 'stringData.username'], theirs).stdout).toBe('admin');
    project.write('.sops.yaml', rules);
    expect(project.run(['updatekeys', '-y']).stdout).toContain(`- ${other.recipient}`);
    expect(project.read(FILE)).toBe(before);
    expect(project.run(['rotate', FILE]).status).toBe(0);
    expect(project.run(['get', FILE, 'stringData.username'], theirs).status).toBe(3);
    expect(project.run(['get', FILE, 'stringData.username']).stdout).toBe('admin');
    expect(project.read(FILE)).not.toBe(before);
  });

  test('keygen makes a key that only its owner can read, post-quantum unless told otherwise, and touches none that exists', () => {
    const made = project.run(['keygen', '-o', 'key.txt']);
    expect(made.stdout).toMatch(/^age1pq1\w+\n$/);
    expect(fs.statSync(path.join(project.folder, 'key.txt')).mode & 0o777).toBe(0o600);
    const key = project.read('key.txt');
    expect(project.run(['keygen', '-o', 'key.txt'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is a key already.'),
    });
    expect(project.read('key.txt')).toBe(key);
    expect(project.run(['keygen', '--x25519', '-o', '-']).stdout).toMatch(
      /^# created: .*\n# public key: age1\w{58}\nAGE-SECRET-KEY-1\w+\n$/,
    );
    expect(project.run(['keygen']).status).toBe(0);
    expect(fs.existsSync(path.join(project.home, '.config/sops/age/keys.txt'))).toBe(true);
  });

  test('list shows keys and recipients without a key, and no value', () => {
    add();
    const { stdout } = project.run(['list', '-o', 'json'], { env: NO_KEY });
    expect(JSON.parse(stdout)).toMatchObject([
      {
        file: FILE,
        format: 'yaml',
        encrypted: ['stringData.username', 'stringData.password'],
        recipients: [{ kind: 'age', id: project.recipient }],
      },
    ]);
  });

  test('wrong use is status 2 and says what to do', () => {
    for (const wrong of [
      [],
      ['nonsense'],
      ['get'],
      ['get', 'a', 'b', 'c'],
      ['set', FILE],
      ['add', FILE],
      ['encrypt', '-', '-i'],
      ['get', FILE, '[x'],
    ]) {
      expect(project.run(wrong).status).toBe(2);
    }
    expect(project.run(['get', 'missing.yaml', 'a'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('There is no such file.'),
    });
  });
});
