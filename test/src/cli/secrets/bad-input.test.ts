/** Whatever is wrong with a file, no command changes it, and each says what and where. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../../support/folder.ts';
import { NO_KEY, SecretsProject } from '../../../support/secrets-project.ts';

const base = temporaryFolder();
const FILE = 'db.sops.yaml';
let project: SecretsProject;
let count = 0;

beforeEach(async () => {
  count += 1;
  project = await SecretsProject.make(base, String(count));
  project.run(['add', FILE, '--name', 'db', '-k', 'a,b'], { input: 'a=v4lue-1\nb=v4lue-2\n' });
});

const COMMANDS = [
  ['set', FILE, 'stringData.a'],
  ['rotate', FILE],
  ['edit', FILE],
];

describe('a file that was', () => {
  test.each<[string, (text: string) => string | Buffer, string]>([
    ['cut off', (text) => text.slice(0, text.indexOf('BEGIN AGE') + 100), 'sops/lastmodified'],
    ['reordered', (text) => text.replace(/^( +a: .*\n)( +b: .*\n)/m, '$2$1'), 'sops/mac-mismatch'],
    ['given a key twice', (text) => text.replace(/^( +a: .*\n)/m, '$1$1'), 'sops/duplicate-key'],
    ['merged with marks left in', (text) => `<<<<<<< a\n${text}=======\n${text}>>>>>>> b\n`, 'sops/merge-conflict'],
    ['robbed of its MAC', (text) => text.replace(/^ +mac: .*\n/m, ''), 'sops/mac-missing'],
    [
      'given an unquoted time',
      (text) => text.replace(/lastmodified: "(.*)"/, 'lastmodified: $1'),
      'sops/lastmodified-unquoted',
    ],
    ['given a value in plain text', (text) => text.replace(/^( +a: ).*$/m, '$1hunter2'), 'sops/plaintext'],
    [
      'given bytes that are no UTF-8',
      (text) => Buffer.concat([Buffer.from(text), Buffer.from([0xff])]),
      'sops/not-utf8',
    ],
  ])('%s stays as it is', (_what, mangle, code) => {
    const broken = Buffer.from(mangle(project.read(FILE)));
    project.write(FILE, broken);
    for (const command of COMMANDS) {
      const { status, stderr } = project.run(command, { input: 'new', env: { EDITOR: 'sed -i s/v4lue-1/new/' } });
      expect([command[0], status === 0, stderr]).toEqual([
        command[0],
        false,
        expect.stringContaining(`error ${code} ${FILE}`),
      ]);
      expect(stderr).not.toMatch(/hunter2|v4lue/);
    }
    expect(fs.readFileSync(path.join(project.folder, FILE)).equals(broken)).toBe(true);
    expect(fs.readdirSync(project.folder).sort()).toEqual(['.sops.yaml', FILE]);
  });

  test('encrypted to others stays as it is, and the error says to whom', () => {
    const before = project.read(FILE);
    for (const command of COMMANDS) {
      const { status, stderr } = project.run(command, { input: 'new', env: NO_KEY });
      expect([status, stderr]).toEqual([
        3,
        expect.stringContaining(`It is encrypted to ${project.recipient.slice(0, 10)}`),
      ]);
    }
    expect(project.read(FILE)).toBe(before);
  });

  test('replaced by a pipe, a folder or a link to nowhere is refused at once', () => {
    for (const make of [
      () => {
        fs.mkdirSync(path.join(project.folder, 'x.sops.yaml'));
      },
      () => {
        fs.symlinkSync('nowhere', path.join(project.folder, 'x.sops.yaml'));
      },
    ]) {
      make();
      const { status, stderr } = project.run(['get', 'x.sops.yaml', 'a']);
      expect([status === 0, stderr]).toEqual([
        false,
        expect.stringMatching(/^error sops\/(not-a-file|unreadable) x\.sops\.yaml/),
      ]);
      fs.rmSync(path.join(project.folder, 'x.sops.yaml'), { recursive: true });
    }
  });
});
