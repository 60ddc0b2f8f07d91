/** A value that is encrypted is found nowhere else: not in output, errors, git objects, files, or what others see of a process. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../../support/folder.ts';
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
