/** The drivers on real repositories, with git's own merge and rebase. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../../support/folder.ts';
import { NO_KEY, SecretsProject } from '../../../support/secrets-project.ts';

const base = temporaryFolder();
let count = 0;
let project: SecretsProject;
const FILE = 'db.sops.yaml';

const commit = (message: string) => {
  project.git(['add', '-A']);
  expect(project.git(['commit', '-q', '-m', message]).status).toBe(0);
};
const set = (path: string, value: string) => {
  expect(project.run(['set', FILE, path], { input: value }).status).toBe(0);
};
const get = (path: string) => project.run(['get', FILE, path]).stdout;

beforeEach(async () => {
  count += 1;
  project = await SecretsProject.make(base, String(count));
  project.git(['init', '-q', '-b', 'main']);
  project.run(['add', FILE, '--name', 'db', '-k', 'a,b,c'], { input: 'a=one\nb=two\nc=three\n' });
  expect(project.run(['git']).stdout).toContain('git is set up.');
  commit('first');
  project.git(['checkout', '-q', '-b', 'side']);
});

describe('git diff', () => {
  test('shows which keys changed, and no value', () => {
    set('stringData.b', 'canary-value');
    const { stdout } = project.git(['diff'], NO_KEY);
    expect(stdout).toMatch(/^-stringData\.b: encrypted [0-9a-f]{12}$/m);
    expect(stdout).toMatch(/^\+stringData\.b: encrypted [0-9a-f]{12}$/m);
    expect(stdout).not.toMatch(/^[-+]stringData\.[ac]/m);
    expect(stdout).not.toContain('ENC[');
    expect(project.git(['diff'], { SLIPWAY_SHOW_VALUES: '1' }).stdout).not.toContain('canary-value');
  });

  test('is set up once, however often it is asked for', () => {
    expect(project.run(['git']).stdout).toBe('git is set up.\n');
    expect(project.read('.gitattributes').match(/\*\.sops\.yaml/g)).toHaveLength(1);
    project.run(['git', 'kubernetes/flux/config/secrets.yaml']);
    expect(project.read('.gitattributes')).toContain(
      'kubernetes/flux/config/secrets.yaml diff=slipway-sops merge=slipway-sops',
    );
  });
});

describe('git merge', () => {
  test('with a key takes what each side changed, and keeps the ciphertext of both', () => {
    set('stringData.a', 'ours');
    const ours = project.read(FILE);
    commit('ours');
    project.git(['checkout', '-q', 'main']);
    set('stringData.c', 'theirs');
    project.run(['set', FILE, 'stringData.d'], { input: 'added' });
    const theirs = project.read(FILE);
    commit('theirs');
    project.git(['checkout', '-q', 'side']);
    const merged = project.git(['merge', '-q', '--no-edit', 'main']);
    expect([merged.status, merged.stderr]).toEqual([0, '']);
    expect(['a', 'b', 'c', 'd'].map((key) => get(`stringData.${key}`))).toEqual(['ours', 'two', 'theirs', 'added']);
    const line = (text: string, key: string) => new RegExp(`^ {4}${key}: .*$`, 'm').exec(text)?.[0];
    const result = project.read(FILE);
    expect(line(result, 'a')).toBe(line(ours, 'a'));
    expect(line(result, 'c')).toBe(line(theirs, 'c'));
    expect(line(result, 'd')).toBe(line(theirs, 'd'));
    expect(project.run(['verify']).status).toBe(0);
  });

  test('of one value that both changed is a conflict, with our file whole', () => {
    set('stringData.a', 'ours');
    const ours = project.read(FILE);
    commit('ours');
    project.git(['checkout', '-q', 'main']);
    set('stringData.a', 'theirs');
    commit('theirs');
    project.git(['checkout', '-q', 'side']);
    const merged = project.git(['merge', '--no-edit', 'main']);
    expect(merged.status).toBe(1);
    expect(merged.stderr + merged.stdout).toContain('Both sides changed stringData.a.');
    expect(project.read(FILE)).toBe(ours);
    expect(project.git(['status', '--porcelain']).stdout).toContain(`UU ${FILE}`);
    expect(get('stringData.a')).toBe('ours');
  });

  test('without a key merges where only plain parts differ, byte for byte', () => {
    set('stringData.a', 'ours');
    const sealed = project.read(FILE).slice(project.read(FILE).indexOf('stringData:'));
    commit('ours');
    project.git(['checkout', '-q', 'main']);
    project.write(FILE, project.read(FILE).replace('name: db', 'name: db\n    labels:\n        tier: data'));
    commit('theirs');
    project.git(['checkout', '-q', 'side']);
    expect(project.git(['merge', '-q', '--no-edit', 'main'], NO_KEY).status).toBe(0);
    const result = project.read(FILE);
    expect(result).toContain('labels:\n        tier: data');
    expect(result.slice(result.indexOf('stringData:'))).toBe(sealed);
    expect(project.run(['verify', FILE]).status).toBe(0);
  });

  test('without a key of what needs one is a conflict, with our file whole', () => {
    set('stringData.a', 'ours');
    const ours = project.read(FILE);
    commit('ours');
    project.git(['checkout', '-q', 'main']);
    set('stringData.c', 'theirs');
    commit('theirs');
    project.git(['checkout', '-q', 'side']);
    const merged = project.git(['merge', '--no-edit', 'main'], NO_KEY);
    expect(merged.status).toBe(1);
    expect(merged.stderr + merged.stdout).toContain('sops/no-identity');
    expect(project.read(FILE)).toBe(ours);
    expect(ours).not.toMatch(/<<<<<<<|>>>>>>>/);
  });

  test('takes the recipients of the side that changed them', async () => {
    const other = await SecretsProject.make(base, `${count}-other`);
    set('stringData.a', 'ours');
    commit('ours');
    project.git(['checkout', '-q', 'main']);
    project.write(
      '.sops.yaml',
      project.read('.sops.yaml').replace(project.recipient, `${project.recipient},${other.recipient}`),
    );
    project.run(['updatekeys', '-y']);
    commit('theirs');
    project.git(['checkout', '-q', 'side']);
    expect(project.git(['merge', '-q', '--no-edit', 'main']).status).toBe(0);
    expect(get('stringData.a')).toBe('ours');
    expect(project.read(FILE)).toContain(other.recipient);
    expect(project.run(['verify']).status).toBe(0);
  });

  test('of two files that were added apart takes the keys of both', () => {
    project.run(['add', 'new.sops.yaml', '--name', 'n', '-k', 'one'], { input: 'one=1\n' });
    commit('ours');
    project.git(['checkout', '-q', 'main']);
    project.run(['add', 'new.sops.yaml', '--name', 'n', '-k', 'two'], { input: 'two=2\n' });
    commit('theirs');
    project.git(['checkout', '-q', 'side']);
    expect(project.git(['merge', '-q', '--no-edit', 'main']).status).toBe(0);
    expect(project.run(['decrypt', 'new.sops.yaml']).stdout).toContain('stringData:\n    two: "2"\n    one: "1"\n');
  });
});

describe('git rebase', () => {
  test('replays changes to different keys, and stops at the same one with a whole file', () => {
    set('stringData.a', 'ours');
    commit('ours a');
    set('stringData.b', 'ours too');
    commit('ours b');
    project.git(['checkout', '-q', 'main']);
    set('stringData.c', 'theirs');
    commit('theirs');
    project.git(['checkout', '-q', 'side']);
    expect(project.git(['rebase', '-q', 'main']).status).toBe(0);
    expect(['a', 'b', 'c'].map((key) => get(`stringData.${key}`))).toEqual(['ours', 'ours too', 'theirs']);
    expect(project.git(['log', '--format=%s']).stdout).toBe('ours b\nours a\ntheirs\nfirst\n');
    project.git(['checkout', '-q', 'main']);
    set('stringData.a', 'other');
    commit('other a');
    project.git(['checkout', '-q', 'side']);
    expect(project.git(['rebase', '-q', 'main']).status).toBe(1);
    expect(project.read(FILE)).not.toMatch(/<<<<<<<|>>>>>>>/);
    expect(project.run(['decrypt', FILE]).status).toBe(0);
  });
});
