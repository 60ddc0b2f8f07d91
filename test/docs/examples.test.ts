import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Cluster } from '../../constructs/index.ts';
import { fileText } from '../support/cluster.ts';
import { REPOSITORY } from '../support/project.ts';

/** What the people who run these apps wrote by hand. */
const CORPUS = path.resolve(REPOSITORY, '../shared/corpus');
const EXAMPLES = [
  {
    name: 'atuin',
    app: 'apps/default-apps/atuin/app',
    byHand: 'onedr0p__home-ops/kubernetes/apps/default/atuin/app/helmrelease.yaml',
  },
  {
    name: 'podinfo',
    app: 'apps/podinfo/podinfo/app',
    byHand: 'fluxcd__flux2-kustomize-helm-example/apps/base/podinfo/release.yaml',
  },
];

async function exampleCluster(name: string): Promise<Cluster> {
  const example = (await import(`../../docs/examples/${name}.ts`)) as { cluster: Cluster };
  return example.cluster;
}

describe.each(EXAMPLES)('the example $name', ({ name, app, byHand }) => {
  test('makes a tree without a warning', async () => {
    const { tree, warnings } = (await exampleCluster(name)).assemble();
    expect([...tree.keys()].filter((file) => file.startsWith(app)).length).toBeGreaterThan(2);
    expect(warnings).toEqual([]);
  });

  const original = path.join(CORPUS, byHand);
  const withOriginal = fs.existsSync(original) ? test : test.skip;
  if (!fs.existsSync(original)) console.info(`skipped, as the repository it comes from is not here: ${name} by hand`);

  withOriginal('is the release that its author wrote by hand', async () => {
    const cluster = await exampleCluster(name);
    const made = parse(fileText(cluster, `${app}/helmrelease.yaml`)) as { spec: Record<string, unknown> };
    const hand = parse(fs.readFileSync(original, 'utf8')) as { spec: Record<string, unknown> };
    expect(made.spec.values).toEqual(hand.spec.values);
    expect(made.spec.interval).toEqual(hand.spec.interval);
  });
});
