import { describe, expect, test } from '@jest/globals';
import { findEntries, namesIn, syncedFolders } from '../../../src/cli/find-entries.ts';
import { entryOf } from '../../../src/cli/render-options.ts';
import { MemoryTree } from '../../../src/flux/index.ts';
import { readTree } from '../../support/folder-tree.ts';
import { describeWithShared } from '../../support/shared.ts';

function kustomization(path: string): string {
  return `---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: x }\nspec:\n  path: ${path}\n`;
}

const found = (files: Readonly<Record<string, string>>): readonly string[] =>
  findEntries(new MemoryTree(Object.entries(files)));

describe('the entries of a repository', () => {
  test('are folders that no Kustomization leads to, and not those that one does', () => {
    expect(
      found({ 'cluster/site.yaml': kustomization('./apps'), 'apps/web/ks.yaml': kustomization('./apps/web/app') }),
    ).toEqual(['cluster']);
  });

  test('are those that `flux bootstrap` writes into themselves', () => {
    expect(
      found({
        'fleet/home/flux-system/gotk-sync.yaml': kustomization('"./fleet/home"'),
        'fleet/home/apps.yaml': kustomization('./apps'),
        'fleet/office/flux-system/gotk-sync.yaml': kustomization('./fleet/office'),
      }),
    ).toEqual(['fleet/home', 'fleet/office']);
  });

  test('are none where nothing is of Flux', () => {
    expect(found({ 'a.yaml': 'kind: ConfigMap\n', 'b/kustomization.yaml': 'resources: []\n' })).toEqual([]);
  });
});

describe('of several entries', () => {
  const sync = (path: string): string =>
    `apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: { name: flux }\nspec:\n  sync:\n    kind: GitRepository\n    path: ${path}\n  wait: true\n`;
  const entries = ['fleet/home', 'fleet/office'];

  test('is the one that a FluxInstance syncs, also by the values of its chart', () => {
    const values = `kind: HelmRelease\nmetadata: { name: flux-instance }\nspec:\n  values:\n    instance:\n      sync:\n        ref: main\n        path: "./fleet/office"\n`;
    for (const [text, expected] of [
      [sync('fleet/home'), ['fleet/home']],
      [values, ['fleet/office']],
      [sync('elsewhere'), []],
      [values.replace('flux-instance', 'other'), []],
    ] as const) {
      expect(syncedFolders(new MemoryTree([['apps/flux.yaml', text]]), entries)).toEqual(expected);
    }
  });

  test('a person knows which is which by the names of their Kustomizations', () => {
    const file = `${kustomization('./apps').replace('name: x', 'name: flow')}${kustomization('./infra').replace(
      'metadata: { name: x }',
      'metadata:\n  labels: { a: b }\n  name: "block"',
    )}`;
    expect(
      namesIn(
        new MemoryTree([
          ['fleet/home/a.yaml', file],
          ['other.yaml', kustomization('./x')],
        ]),
        'fleet/home',
      ),
    ).toEqual(['block', 'flow']);
  });

  test('the one that is synced is taken and said, and else all are named with what is in them', () => {
    const tree = (...more: readonly (readonly [string, string])[]): MemoryTree =>
      new MemoryTree([
        ['kubernetes/flux/config/a.yaml', kustomization('./kubernetes/apps')],
        ['kubernetes/flux/cluster/a.yaml', kustomization('./kubernetes/apps').replace('name: x', 'name: apps')],
        ...more,
      ]);
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    expect(entryOf(undefined, tree(['flux.yaml', sync('kubernetes/flux/cluster')]), say)).toBe(
      'kubernetes/flux/cluster',
    );
    expect(said).toEqual([
      'The entry is kubernetes/flux/cluster, which a FluxInstance syncs. --entry names another, such as kubernetes/flux/config.\n',
    ]);
    expect(() => entryOf(undefined, tree(), say)).toThrow(
      expect.objectContaining({
        exitStatus: 2,
        remedy:
          'Name the one that is meant:\n  --entry kubernetes/flux/config  (Kustomizations: x)\n  --entry kubernetes/flux/cluster  (Kustomizations: apps)',
      }),
    );
  });
});

describeWithShared('corpus', 'the entries of real repositories', (corpus) => {
  test.each([
    ['JJGadgets__Biohazard', ['kube/clusters/biohazard/flux']],
    ['billimek__k8s-gitops', ['setup/flux/cluster']],
    ['onedr0p__home-ops', ['kubernetes/flux/cluster']],
    ['joryirving__home-ops', ['main', 'test', 'utility'].map((name) => `kubernetes/clusters/${name}`)],
    ['fluxcd__flux2-kustomize-helm-example', ['clusters/production', 'clusters/staging']],
  ])('%s', (repository, entries) => {
    expect(findEntries(readTree(`${corpus}/${repository}`))).toEqual(entries);
  });
});
