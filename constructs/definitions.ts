import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../src/errors.ts';
import { isObject, readDocuments, type JsonObject } from '../src/manifest/index.ts';
import type { Cluster } from './cluster.ts';
import { filesBelow, isManifest, whyNotReadable } from './project-files.ts';

/**
 * The CustomResourceDefinitions that the cluster has from elsewhere, such as its charts (`customResourceDefinitions`).
 *
 * @throws SlipwayError `synth/definitions`, and `manifest/…` where a file is no YAML
 */
export function readDefinitions({ customResourceDefinitions, project }: Cluster): JsonObject[] {
  return customResourceDefinitions.flatMap((given) => {
    const source = path.resolve(project, given);
    const reason = whyNotReadable(source, project);
    if (reason !== undefined) throw unfit(given, reason);
    const files = fs.statSync(source).isDirectory() ? filesBelow(source).filter(isManifest) : [''];
    const definitions = files.flatMap((file) => {
      const name = path.join(given, file);
      const documents = readDocuments(fs.readFileSync(path.join(source, file)), { file: name });
      return documents.map(({ value }) => value).filter(isDefinition);
    });
    if (definitions.length === 0) throw unfit(given, 'it has no CustomResourceDefinition in it');
    return definitions;
  });
}

function isDefinition(value: unknown): value is JsonObject {
  return isObject(value) && value.apiVersion === 'apiextensions.k8s.io/v1' && value.kind === 'CustomResourceDefinition';
}

function unfit(given: string, reason: string): SlipwayError {
  return new SlipwayError({
    code: 'synth/definitions',
    message: `The definitions at ${given} cannot be taken: ${reason}.`,
    remedy: 'Give the path of a YAML file of the project, or of a folder with some, relative to it.',
  });
}
