import fs from 'node:fs';
import path from 'node:path';
import { isObject, type JsonObject, readDocuments } from '../../manifest/index.ts';

/** The definitions of Flux's kinds that come with Slipway, for a tree that brings none. */
export function fluxDefinitions(): readonly JsonObject[] {
  // At the root of the source, and of what is compiled from it.
  const folders = ['../../..', '../../../..'].map((up) => path.resolve(import.meta.dirname, up, 'imports/crds'));
  const folder = folders.find((one) => fs.existsSync(one)) ?? '';
  return fs
    .readdirSync(folder)
    .flatMap((file) => readDocuments(fs.readFileSync(path.join(folder, file)), { file }))
    .map(({ value }) => value)
    .filter(isObject)
    .filter(({ kind }) => kind === 'CustomResourceDefinition');
}
