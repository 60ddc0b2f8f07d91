import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/manifest/index.ts';
import { builtInSchema, customSchemas, validateObject, type KindSchema } from '../../src/schema/index.ts';
import { homelabObjects } from '../support/homelab.ts';
import { REPOSITORY } from '../support/project.ts';

const FOLDER = path.join(REPOSITORY, 'cluster/definitions');

const definitions = fs
  .readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as JsonObject);
const custom = new Map(
  definitions.flatMap(customSchemas).map((schema) => [`${schema.apiVersion} ${schema.kind}`, schema] as const),
);

function schemaOf({ apiVersion, kind }: { apiVersion: string; kind: string }): KindSchema | undefined {
  return builtInSchema(apiVersion, kind) ?? custom.get(`${apiVersion} ${kind}`);
}

test('every object of the tree fits the schema of its kind', async () => {
  const problems = (await homelabObjects()).flatMap(({ file, ...object }) => {
    const schema = schemaOf(object);
    return schema === undefined
      ? []
      : validateObject(object as unknown as JsonObject, schema).map((one) => [file, one]);
  });
  expect(problems).toEqual([]);
});

test('these kinds are known to nobody here, and are not checked', async () => {
  const unknown = (await homelabObjects()).filter((object) => schemaOf(object) === undefined);
  expect([...new Set(unknown.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))].sort()).toEqual([
    'argoproj.io/v1alpha1 Rollout',
    'cilium.io/v2 CiliumLoadBalancerIPPool',
    'cilium.io/v2alpha1 CiliumL2AnnouncementPolicy',
    'constraints.gatekeeper.sh/v1beta1 PinnedImages',
    'constraints.gatekeeper.sh/v1beta1 RequiredLabels',
    'constraints.gatekeeper.sh/v1beta1 RequiredResources',
    'longhorn.io/v1beta2 RecurringJob',
    'observability.giantswarm.io/v1alpha2 Silence',
    'postgresql.cnpg.io/v1 Cluster',
    'postgresql.cnpg.io/v1 Pooler',
    'postgresql.cnpg.io/v1 ScheduledBackup',
    'scheduling.volcano.sh/v1beta1 Queue',
    'templates.gatekeeper.sh/v1 ConstraintTemplate',
  ]);
});

test('no definition is there that no object of the tree needs', async () => {
  const used = new Set((await homelabObjects()).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  expect([...custom.keys()].filter((key) => !used.has(key))).toEqual([]);
});
