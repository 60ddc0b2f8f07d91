import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { Application, Manifests, type Cluster } from '../../constructs/index.ts';
import { errorsOf, fileText, testCluster, testNamespace } from '../support/cluster.ts';
import { temporaryFolder, writeFiles } from '../support/folder.ts';

const CONFIG = '# by hand\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: by-hand, namespace: web}\n';
const base = temporaryFolder();
let count = 0;
let project: string;
let cluster: Cluster;
let app: Application;

beforeEach(() => {
  count += 1;
  project = path.join(base, String(count));
  fs.mkdirSync(project);
  cluster = testCluster(project);
  app = new Application(testNamespace(cluster), 'site');
});

describe('hand-written manifests', () => {
  test('in a file are copied byte for byte and listed', () => {
    writeFiles(project, { 'manifests/config.yaml': CONFIG });
    new Manifests(app, 'config', { path: 'manifests/config.yaml' });
    expect(fileText(cluster, 'apps/web/site/app/config.yaml')).toBe(CONFIG);
    expect(fileText(cluster, 'apps/web/site/app/kustomization.yaml')).toContain('resources:\n  - ./config.yaml\n');
  });

  test('in a folder are copied below the construct’s name, each listed', () => {
    const other = CONFIG.replace('by-hand', 'other');
    writeFiles(project, { 'manifests/a.yaml': CONFIG, 'manifests/deep/b.yml': other, 'manifests/note.txt': 'x' });
    new Manifests(app, 'all', { path: 'manifests' });
    expect(fileText(cluster, 'apps/web/site/app/kustomization.yaml')).toContain(
      'resources:\n  - ./all/a.yaml\n  - ./all/deep/b.yml\n',
    );
    expect(fileText(cluster, 'apps/web/site/app/all/note.txt')).toBe('x');
  });

  test('in a folder with a kustomization.yaml of its own are listed as that folder', () => {
    writeFiles(project, { 'base/kustomization.yaml': 'resources: [a.yaml]\n', 'base/a.yaml': CONFIG });
    new Manifests(app, 'base', { path: 'base' });
    expect(fileText(cluster, 'apps/web/site/app/kustomization.yaml')).toContain('resources:\n  - ./base\n');
  });

  test.each(['kustomization.yml', 'Kustomization'])('in a folder with a %s are listed as that folder too', (name) => {
    writeFiles(project, { [`base/${name}`]: 'resources: [a.yaml]\n', 'base/a.yaml': CONFIG });
    new Manifests(app, 'base', { path: 'base' });
    expect(fileText(cluster, 'apps/web/site/app/kustomization.yaml')).toContain('resources:\n  - ./base\n');
    expect(cluster.tree().has(`apps/web/site/app/base/${name}`)).toBe(true);
  });

  test('in folders with a kustomization.yaml below the one that is given are listed as those folders', () => {
    writeFiles(project, {
      'all/one.yaml': CONFIG,
      'all/two/kustomization.yaml': 'resources: [patch.yaml]\n',
      'all/two/patch.yaml': 'not: an object\n',
      'all/two/deep/kustomization.yaml': 'resources: []\n',
    });
    new Manifests(app, 'all', { path: 'all' });
    expect(fileText(cluster, 'apps/web/site/app/kustomization.yaml')).toContain(
      'resources:\n  - ./all/one.yaml\n  - ./all/two\n',
    );
  });

  test.each([
    ['a file that is no YAML', { 'm/notes.txt': 'x' }, 'm/notes.txt', 'it is no YAML file'],
    ['a folder without YAML', { 'm/notes.txt': 'x' }, 'm', 'it has no YAML file in it'],
    [
      'a folder of the tree without a kustomization.yaml',
      { 'kubernetes/mine/a.yaml': CONFIG },
      'kubernetes/mine',
      'it has no kustomization.yaml',
    ],
  ])('cannot be %s', (_what, files, where, reason) => {
    writeFiles(project, files);
    new Manifests(app, 'm', { path: where });
    expect(errorsOf(() => cluster.tree()).map(({ code, message }) => [code, message])).toEqual([
      ['synth/manifests', `The hand-written manifests at ${where} cannot be taken: ${reason}.`],
    ]);
  });

  test('may lie in a project that is reached through a symlink', () => {
    writeFiles(project, { 'config.yaml': CONFIG });
    fs.symlinkSync(project, `${project}-link`);
    const linked = testCluster(`${project}-link`);
    new Manifests(new Application(testNamespace(linked), 'site'), 'config', { path: 'config.yaml' });
    expect(fileText(linked, 'apps/web/site/app/config.yaml')).toBe(CONFIG);
  });

  test('that lie in the tree stay there and are listed', () => {
    const other = CONFIG.replace('by-hand', 'other');
    writeFiles(project, { 'kubernetes/apps/web/legacy/ks.yaml': other, 'config.yaml': CONFIG });
    new Manifests(app, 'config', { path: 'config.yaml' });
    new Manifests(app.parent, 'legacy', { path: 'kubernetes/apps/web/legacy/ks.yaml' });
    expect(fileText(cluster, 'apps/web/kustomization.yaml')).toContain('  - ./legacy/ks.yaml\n');
    expect(cluster.tree().has('apps/web/legacy/ks.yaml')).toBe(false);
  });

  test('that lie in the tree are held to the rules of everything else too', () => {
    writeFiles(project, { 'kubernetes/apps/web/legacy/ks.yaml': CONFIG, 'config.yaml': CONFIG });
    new Manifests(app, 'config', { path: 'config.yaml' });
    new Manifests(app.parent, 'legacy', { path: 'kubernetes/apps/web/legacy/ks.yaml' });
    expect(errorsOf(() => cluster.tree())).toMatchObject([{ code: 'synth/same-object' }]);
  });

  test.each(['missing.yaml', '../outside.yaml', '/etc/hostname'])('at %s are an error', (where) => {
    writeFiles(base, { 'outside.yaml': CONFIG });
    new Manifests(app, 'config', { path: where });
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/manifests']);
  });

  test('behind a symlink that leaves the project are an error', () => {
    writeFiles(base, { 'outside.yaml': CONFIG });
    fs.symlinkSync(path.join(base, 'outside.yaml'), path.join(project, 'config.yaml'));
    new Manifests(app, 'config', { path: 'config.yaml' });
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/manifests']);
  });

  test('in a folder are taken without its symlinks', () => {
    writeFiles(base, { 'outside.yaml': CONFIG });
    writeFiles(project, { 'manifests/a.yaml': CONFIG });
    fs.symlinkSync(path.join(base, 'outside.yaml'), path.join(project, 'manifests/link.yaml'));
    new Manifests(app, 'all', { path: 'manifests' });
    expect([...cluster.tree().keys()].filter((file) => file.includes('link'))).toEqual([]);
  });

  describe('are held to the rules of everything else', () => {
    const codesOf = (text: string): string[] => {
      writeFiles(project, { 'm.yaml': text });
      new Manifests(app, 'm', { path: 'm.yaml' });
      return errorsOf(() => cluster.tree()).map(({ code }) => code);
    };

    test('an object that a construct makes too', () => {
      new ApiObject(app, 'by-hand', { apiVersion: 'v1', kind: 'ConfigMap' });
      expect(codesOf(CONFIG)).toEqual(['synth/same-object']);
    });

    test('a Secret in plain text, which is not shown', () => {
      const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: web}\nstringData: {a: hunter2}\n';
      expect(codesOf(secret)).toEqual(['synth/plaintext-secret']);
      expect(errorsOf(() => cluster.tree())[0]?.message).not.toContain('hunter2');
    });

    test('a name that the API server would refuse, and a namespace that is left out', () => {
      expect(codesOf('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_A_Name}\n').sort()).toEqual([
        'synth/name',
        'synth/namespace',
      ]);
    });

    test('text that is no YAML, with its line', () => {
      expect(codesOf('a: 1\nb: [\n')).toEqual(['manifest/yaml-syntax']);
      expect(errorsOf(() => cluster.tree())[0]?.place).toMatchObject({ file: 'm.yaml', line: 3, column: 1 });
    });

    test('a field that its kind does not have, with its line', () => {
      expect(codesOf(`${CONFIG}dota: {a: b}\n`)).toEqual(['schema/unknown-field']);
      const [error] = errorsOf(() => cluster.tree());
      expect(error).toMatchObject({ place: { file: 'm.yaml', line: 5, column: 7 }, remedy: 'Write data.' });
    });

    test('the items of a list, each by itself', () => {
      const list = 'apiVersion: v1\nkind: List\nitems:\n';
      const item = '- {apiVersion: v1, kind: ConfigMap, metadata: {name: NAME, namespace: web}, dota: {a: b}}\n';
      expect(codesOf(list + item.replace('NAME', 'one') + item.replace('NAME', 'two'))).toEqual([
        'schema/unknown-field',
        'schema/unknown-field',
      ]);
      expect(errorsOf(() => cluster.tree()).map(({ place }) => `${place.object ?? ''} ${place.line ?? ''}`)).toEqual([
        'ConfigMap/web/one 4',
        'ConfigMap/web/two 5',
      ]);
    });

    test('YAML that is no object of Kubernetes', () => {
      expect(codesOf('a: 1\n')).toEqual(['manifest/no-identity']);
    });
  });
});
