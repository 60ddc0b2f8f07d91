import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/manifest/index.ts';
import { builtInSchema, customSchemas, definesKinds, validateObject, type KindSchema } from '../../src/schema/index.ts';
import { homelabObjects } from '../support/homelab.ts';
import { REPOSITORY } from '../support/project.ts';

const FOLDER = path.join(REPOSITORY, 'cluster/definitions');

const definitions = fs
  .readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as JsonObject);
const ofTree = ((await homelabObjects()) as unknown as JsonObject[]).filter(definesKinds);
const custom = new Map(
  [...definitions, ...ofTree]
    .flatMap(customSchemas)
    .map((schema) => [`${schema.apiVersion} ${schema.kind}`, schema] as const),
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
    'longhorn.io/v1beta2 RecurringJob',
    'observability.giantswarm.io/v1alpha2 Silence',
    'scheduling.volcano.sh/v1beta1 Queue',
  ]);
});

test('no definition is there that no object of the tree needs', async () => {
  const used = new Set((await homelabObjects()).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  const given = definitions.flatMap(customSchemas).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  expect(given.filter((key) => !used.has(key))).toEqual([]);
});
