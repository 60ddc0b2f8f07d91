import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
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
    writeFiles(project, { 'manifests/a.yaml': CONFIG, 'manifests/deep/b.yml': CONFIG, 'manifests/note.txt': 'x' });
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

  test('that lie in the tree stay there and are listed', () => {
    writeFiles(project, { 'kubernetes/apps/web/legacy/ks.yaml': CONFIG, 'config.yaml': CONFIG });
    new Manifests(app, 'config', { path: 'config.yaml' });
    new Manifests(app.parent, 'legacy', { path: 'kubernetes/apps/web/legacy/ks.yaml' });
    expect(fileText(cluster, 'apps/web/kustomization.yaml')).toContain('  - ./legacy/ks.yaml\n');
    expect(cluster.tree().has('apps/web/legacy/ks.yaml')).toBe(false);
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
});
