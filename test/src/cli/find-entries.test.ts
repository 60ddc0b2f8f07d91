import { describe, expect, test } from '@jest/globals';
import { findEntries } from '../../../src/cli/find-entries.ts';
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
