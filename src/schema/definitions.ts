import { isObject } from '../manifest/index.ts';
import { dataFile } from './data.ts';
import { SchemaNode, type SchemaSource } from './schema-node.ts';

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
