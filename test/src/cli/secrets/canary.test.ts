/** A value that is encrypted is found nowhere else: not in output, errors, git objects, files, or what others see of a process. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../../support/folder.ts';
import { REPOSITORY, slipway } from '../../../support/project.ts';
import { NO_KEY, SecretsProject } from '../../../support/secrets-project.ts';

const base = temporaryFolder();
const CANARY = 'c4n4ry-7f3d9e';
const FORMS = [CANARY, Buffer.from(CANARY).toString('base64').slice(0, -4), Buffer.from(CANARY).toString('hex')];
const FILE = 'db.sops.yaml';
const PROGRAM = path.resolve(import.meta.dirname, '../../../../bin/slipway.js');
let count = 0;
let project: SecretsProject;

beforeEach(async () => {
  count += 1;
  project = await SecretsProject.make(base, String(count));
});

const holdsCanary = (bytes: Buffer | string) => FORMS.some((form) => bytes.includes(form));

/** Files below a folder that hold the value, git's objects unpacked. */
function found(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile()) return [];
    try {
      const bytes = fs.readFileSync(file);
      return holdsCanary(bytes) || (file.includes('/objects/') && holdsCanary(inflateSync(bytes))) ? [file] : [];
    } catch {
      return [];
    }
  });
}

// The folder in memory and /proc are Linux's.
const onLinux = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux')
  process.stderr.write('skipped, as this is not Linux: where values must not be found\n');

onLinux('an encrypted value', () => {
  test('is found in no file, git object, output or error', () => {
    project.git(['init', '-q', '-b', 'main']);
    const outputs = [
      project.run(['add', FILE, '--name', 'db', '-k', 'a,b'], { input: `a=${CANARY}\nb=other\n` }),
      project.run(['set', FILE, 'stringData.c'], { input: CANARY }),
      project.run(['git']),
      project.run(['list']),
      project.run(['verify']),
      project.run(['verify'], { env: NO_KEY }),
      project.run(['check']),
      project.run(['rotate', FILE]),
      project.run(['edit', FILE], { env: { EDITOR: 'sed -i s/other/changed/' } }),
    ];
    project.git(['add', '-A']);
    outputs.push(project.git(['commit', '-q', '-m', 'all']));
    project.run(['set', FILE, 'stringData.a'], { input: `${CANARY}2` });
    outputs.push(project.git(['diff']), project.git(['commit', '-qam', 'more']), project.git(['log', '-p']));
    // Broken in every way that a person may break it, with the value in plain text within.
    const whole = project.read(FILE);
    for (const broken of [
      whole.replace(/^( {4}a: ).*$/m, `$1${CANARY}`),
      whole.replace(/^( {4}a: ).*$/m, `$1"${CANARY}`),
      whole.replace(/^( {4}a: ).*$/m, `$1ENC[AES256_GCM,data:${CANARY}]`),
      whole.replace(/^( {4}a: ).*$/m, `$1[${CANARY}`),
    ]) {
      project.write(FILE, broken);
      outputs.push(
        ...[['verify'], ['check'], ['decrypt', FILE], ['get', FILE, 'stringData.a'], ['list']].map((verb) =>
          project.run(verb),
        ),
      );
      outputs.push(project.run(['set', FILE, 'stringData.a'], { input: CANARY }));
    }
    project.write(FILE, whole);
    outputs.push(project.run(['edit', FILE], { env: { EDITOR: `sed -i s/^kind:.*/[${CANARY}/` } }));
    for (const { stdout, stderr } of outputs)
      expect([holdsCanary(stdout), holdsCanary(stderr)]).toEqual([false, false]);
    for (const folder of [project.folder, project.home]) expect(found(folder)).toEqual([]);
    expect(found('/dev/shm')).toEqual([]);
    expect(project.run(['get', FILE, 'stringData.a']).stdout).toBe(`${CANARY}2`);
  });

  test('is in nothing that a child process is given, and neither is the key where the environment holds it', () => {
    // Every program that may be started notes what it was given, and goes on as the real one.
    const bin = path.join(project.home, 'bin');
    const record = path.join(project.home, 'record');
    const note = `{ tr '\\0' '\\n' < /proc/$$/cmdline; tr '\\0' '\\n' < /proc/$$/environ; echo; } >> ${record}\n`;
    const real = (name: string) =>
      spawnSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    for (const [name, then] of [
      ['git', `exec ${real('git')} "$@"`],
      ['noting-editor', `${real('sed')} -i s/other/changed/ "$1"`],
      ['noting-keys', `cat ${path.join(project.home, 'keys.txt')}`],
    ] as const) {
      fs.mkdirSync(bin, { recursive: true });
      fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${note}${then}\n`, { mode: 0o755 });
    }
    const PATH = `${bin}:${process.env.PATH ?? ''}`;
    const env = { PATH, EDITOR: 'noting-editor', SOPS_AGE_KEY: project.identity, SOPS_AGE_KEY_FILE: '/dev/null' };
    project.git(['init', '-q', '-b', 'main']);
    const runs = [
      project.run(['git'], { env }),
      project.run(['add', FILE, '--name', 'db', '-k', 'a,b'], { input: `a=${CANARY}\nb=other\n`, env }),
      project.run(['set', FILE, 'stringData.c'], { input: CANARY, env }),
      project.run(['edit', FILE], { env }),
      project.run(['verify'], { env }),
      project.run(['list'], { env }),
      project.run(['updatekeys', '-y'], { env }),
      project.run(['rotate', '--all'], { env }),
    ];
    project.git(['add', '-A']);
    runs.push(project.run(['check', '--staged'], { env }));
    const withCommand = { PATH, SOPS_AGE_KEY_FILE: '/dev/null' };
    runs.push(project.run(['get', FILE, 'stringData.b'], { env: { ...withCommand, SOPS_AGE_KEY_CMD: 'noting-keys' } }));
    expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 0));
    const noted = fs.readFileSync(record, 'utf8');
    for (const name of ['/git', '/noting-editor', '/noting-keys']) expect(noted).toContain(name);
    expect([holdsCanary(noted), noted.includes(project.identity)]).toEqual([false, false]);
  });

  test('is in nothing that synth writes or says, also where somebody decrypted the copy in the tree', () => {
    project.write('cdk8s.yaml', 'language: typescript\napp: node main.ts\noutput: dist\n');
    project.write('package.json', '{ "type": "module" }\n');
    project.write(
      'main.ts',
      `import { Application, Cluster, EncryptedSecret, Namespace } from '${REPOSITORY}/constructs/index.ts';
const cluster = new Cluster('demo', { repository: { url: 'https://git.example.org/demo.git' } });
const app = new Application(new Namespace(cluster, 'web'), 'site');
new EncryptedSecret(app, 'db', { keys: ['a'], source: '${FILE}' });
cluster.synth();
`,
    );
    project.git(['init', '-q', '-b', 'main']);
    const copy = 'kubernetes/apps/web/site/app/secret-db.sops.yaml';
    const outputs: { readonly stdout: string; readonly stderr: string }[] = [
      project.run(['add', FILE], { input: `a=${CANARY}\n` }),
      slipway(project.folder, 'synth'),
      slipway(project.folder, 'explain', 'Secret/web/db'),
    ];
    project.git(['add', '-A']);
    project.git(['commit', '-qm', 'all']);
    const decrypted = project.run(['decrypt', FILE]).stdout;
    expect(decrypted).toContain(CANARY);
    for (const [file, text] of [
      [copy, decrypted],
      [FILE, decrypted],
      [FILE, project.read(FILE).replace(/^( +a: ).*$/m, `$1${CANARY}`)],
      [FILE, project.read(FILE).replace(/^( +a: ).*$/m, `$1[${CANARY}`)],
    ] as const) {
      const whole = project.read(file);
      project.write(file, text);
      for (const option of [[], ['--check'], ['-o', 'json']]) {
        const run = slipway(project.folder, 'synth', ...option);
        expect([file, run.status]).toEqual([file, 1]);
        outputs.push(run);
      }
      project.write(file, whole);
    }
    expect(outputs.filter(({ stdout, stderr }) => holdsCanary(stdout) || holdsCanary(stderr))).toEqual([]);
    expect(found(project.folder)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGKILL'] as const)(
    'is gone from memory after %s in the editor, and no child had it in its arguments or environment',
    async (signal) => {
      project.run(['add', FILE, '--name', 'db', '-k', 'a'], { input: `a=${CANARY}\n` });
      const before = project.read(FILE);
      const where = path.join(project.home, 'where');
      const editor = path.join(project.home, 'editor.sh');
      fs.writeFileSync(editor, `#!/bin/sh\necho "$$ $1" > ${where}.new\nmv ${where}.new ${where}\nexec sleep 60\n`, {
        mode: 0o755,
      });
      const child = spawn(process.execPath, [PROGRAM, 'secrets', 'edit', FILE], {
        cwd: project.folder,
        env: project.environment({ EDITOR: editor }),
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      while (!fs.existsSync(where)) await sleep(20);
      const [pid = '', file = ''] = fs.readFileSync(where, 'utf8').trim().split(' ');
      expect(fs.readFileSync(file, 'utf8')).toContain(CANARY);
      expect(fs.statSync(file).mode & 0o077).toBe(0);
      for (const other of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        for (const shown of ['cmdline', 'environ']) {
          let bytes: Buffer;
          try {
            bytes = fs.readFileSync(`/proc/${other}/${shown}`);
          } catch {
            continue;
          }
          expect(holdsCanary(bytes)).toBe(false);
        }
      }
      child.kill(signal);
      await ended;
      // After a kill it is the watchman's turn; he needs a moment.
      while (fs.existsSync(path.dirname(file))) await sleep(20);
      expect(project.read(FILE)).toBe(before);
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // Gone with the command.
      }
    },
    30_000,
  );
});
