import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../manifest/index.ts';
import { SchemaNode, type SchemaSource } from './schema-node.ts';

/** Beside the sources in a clone; in the package, the compiled files lie in a folder below. */
export const DATA_FOLDER =
  [join(import.meta.dirname, 'data'), join(import.meta.dirname, '../../../src/schema/data')].find((folder) =>
    existsSync(folder),
  ) ?? '';

const files = new Map<string, JsonObject>();

/** A file of the data, read when it is first asked for. */
export function dataFile(name: string): JsonObject {
  const known = files.get(name);
  if (known !== undefined) return known;
  const parsed: unknown = JSON.parse(readFileSync(join(DATA_FOLDER, `${name}.json`), 'utf8'));
  const file = isObject(parsed) ? parsed : {};
  files.set(name, file);
  return file;
}

/**
 * The patterns of the data mean the same to JavaScript as to Go (a test holds them to that), and JavaScript's engine is
 * quicker to start.
 */
function pattern(expression: string): (text: string) => boolean {
  const compiled = new RegExp(expression);
  return (text) => compiled.test(text);
}

const definitions = new Map<string, SchemaNode | undefined>();

/** The schema of a type of Kubernetes itself, `core.v1.PodSpec`. */
export function definition(ref: string): SchemaNode | undefined {
  if (!definitions.has(ref)) {
    const dot = ref.lastIndexOf('.');
    definitions.set(ref, readDefinition(ref.slice(0, dot), ref.slice(dot + 1), GO));
  }
  return definitions.get(ref);
}

const GO: SchemaSource = { isGo: true, definition, pattern };
const CUSTOM: SchemaSource = { isGo: false, definition: () => undefined, pattern };

/** The schema of a kind of Flux. */
export function customDefinition(file: string, kind: string): SchemaNode | undefined {
  return readDefinition(file, kind, CUSTOM);
}

function readDefinition(file: string, name: string, source: SchemaSource): SchemaNode | undefined {
  const content = dataFile(file);
  const raw = Object.hasOwn(content, name) ? content[name] : undefined;
  return isObject(raw) ? new SchemaNode(raw, source) : undefined;
}
