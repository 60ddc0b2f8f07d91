import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../src/errors.ts';
import { isList, isObject, readDocuments, type JsonObject } from '../src/manifest/index.ts';
import { definesKinds } from '../src/schema/index.ts';
import type { Cluster } from './cluster.ts';
import { filesBelow, isManifest, whyNotReadable } from './project-files.ts';

/** The CustomResourceDefinitions that the cluster has from elsewhere, such as its charts. */
export interface Definitions {
  /** Another text whenever they are others. */
  readonly stamp: string;
  /** @throws SlipwayError `synth/definitions`, and `manifest/…` where a file is no YAML */
  readonly read: () => readonly JsonObject[];
}

/** @throws SlipwayError `synth/definitions` where what `customResourceDefinitions` names cannot be read */
export function definitionsOf({ customResourceDefinitions, project }: Cluster): Definitions {
  const given = customResourceDefinitions.map((name) => ({ name, files: filesOf(name, project) }));
  return {
    stamp: given.flatMap(({ files }) => files.map(({ text }) => text)).join('\n'),
    read: () =>
      given.flatMap(({ name, files }) => {
        const definitions = files.flatMap(definitionsIn);
        if (definitions.length === 0) throw unfit(name, 'it has no CustomResourceDefinition in it');
        return definitions;
      }),
  };
}

interface TextFile {
  /** Relative to the project. */
  readonly name: string;
  readonly text: string;
}

function filesOf(given: string, project: string): TextFile[] {
  const source = path.resolve(project, given);
  const reason = whyNotReadable(source, project);
  if (reason !== undefined) throw unfit(given, reason);
  const files = fs.statSync(source).isDirectory()
    ? filesBelow(source).filter((file) => isManifest(file) || file.endsWith('.json'))
    : [''];
  return files.map((file) => ({
    name: path.join(given, file),
    text: fs.readFileSync(path.join(source, file), 'utf8'),
  }));
}

/** As `helm show crds` or `kubectl get -o yaml` or `-o json` writes them: documents, or a list. */
function definitionsIn({ name, text }: TextFile): JsonObject[] {
  const values: readonly unknown[] = name.endsWith('.json')
    ? [parseJson(text, name)]
    : readDocuments(text, { file: name }).map(({ value }) => value);
  const objects = values.flatMap((value): readonly unknown[] =>
    isObject(value) && isList(value.items) ? value.items : [value],
  );
  return objects.filter(isObject).filter(definesKinds);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unfit(name, 'it is no JSON');
  }
}

function unfit(given: string, reason: string): SlipwayError {
  return new SlipwayError({
    code: 'synth/definitions',
    message: `The definitions at ${given} cannot be taken: ${reason}.`,
    remedy: 'Give the path of a YAML or JSON file of the project, or of a folder with some, relative to it.',
  });
}
