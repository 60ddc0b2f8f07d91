import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readFiles } from '../support/folder.ts';
import { homelabFiles } from '../support/homelab.ts';
import { REPOSITORY } from '../support/project.ts';
import { describeWithTool } from '../support/tools.ts';

/** The committed tree is the snapshot of what main.ts describes: `npm start` takes a new one. */
const made = await homelabFiles();
const committed = readFiles(path.join(REPOSITORY, 'kubernetes'));
const owned = committed['.owned-by-slipway']?.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** `apps/ai-ml/milvus` for each app, `flux` for everything of Flux itself. */
function partOf(file: string): string {
  return file.startsWith('apps/')
    ? file
        .split('/')
        .slice(0, file.split('/').length > 3 ? 3 : 2)
        .join('/')
    : 'flux';
}

const parts = [...new Set(Object.keys(made).map(partOf))].sort();
const only = (files: Record<string, string>, part: string): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([file]) => partOf(file) === part));

describe('the committed tree', () => {
  test.each(parts)('has %s as main.ts describes it', (part) => {
    expect(only(committed, part)).toMatchObject(only(made, part));
  });

  test('lists as its own exactly what main.ts makes', () => {
    expect(owned).toEqual(Object.keys(made).sort());
  });
});

describeWithTool('kustomize', 'the real kustomize', (kustomize) => {
  const folders = Object.keys(committed)
    .filter((file) => path.basename(file) === 'kustomization.yaml')
    .map((file) => path.dirname(file));

  test.each(folders)('builds %s', (folder) => {
    const output = execFileSync(kustomize, ['build', path.join(REPOSITORY, 'kubernetes', folder)], {
      encoding: 'utf8',
    });
    expect(output).toContain('apiVersion:');
  });
});

describe('every file of the tree', () => {
  test('is listed by the kustomization.yaml that applies it, and nothing else is', () => {
    const lists = Object.entries(made).filter(([file]) => path.basename(file) === 'kustomization.yaml');
    const listed = lists.flatMap(([file, text]) =>
      [...text.matchAll(/^ {2}- (\S+)$/gm)].map(([, entry = '']) => path.join(path.dirname(file), entry)),
    );
    const applied = listed.map((entry) => (entry in made ? entry : `${entry}/kustomization.yaml`));
    // Those that a Flux Kustomization applies by its path, and no list.
    const roots = ['apps/kustomization.yaml', 'flux/kustomization.yaml', 'flux/system/kustomization.yaml'];
    const byFlux = Object.keys(made).filter((file) => file.endsWith('/app/kustomization.yaml'));
    expect([...applied, ...roots, ...byFlux].sort()).toEqual(Object.keys(made).sort());
  });
});

afterAll(() => {
  // main.ts only described the cluster here; it must not have written it.
  expect(fs.existsSync(path.join(REPOSITORY, '.slipway/staging'))).toBe(false);
});
