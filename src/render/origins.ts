import { resolvePath } from '../flux/index.ts';
import { identityKey, identityOf, isObject, type JsonObject, readDocument, readDocuments } from '../manifest/index.ts';
import type { FileTree } from '../flux/index.ts';

/** The file that each object came from, by `identityKey`, as a path of the tree. */
export type Origins = ReadonlyMap<string, string>;

/**
 * From the annotations that kustomize writes with `buildMetadata: [originAnnotations]`.
 *
 * @param folder that was built; the annotations are relative to it
 */
export function originsOf(objects: readonly JsonObject[], folder: string): Origins {
  const found = new Map<string, string>();
  for (const object of objects) {
    const metadata = isObject(object.metadata) ? object.metadata : {};
    const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
    const text = annotations['config.kubernetes.io/origin'];
    const origin = typeof text === 'string' ? readDocument(text)?.value : undefined;
    const path = isObject(origin) ? (origin.path ?? origin.configuredIn) : undefined;
    const file = typeof path === 'string' ? resolvePath(folder, path) : undefined;
    if (file !== undefined) found.set(identityKey(identityOf(object)), file);
  }
  return found;
}

export interface FilePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * Where a field of an object stands in the file that it came from; of what a patch or a parent added, the nearest field
 * that stands there.
 */
export function positionIn(tree: FileTree, file: string, object: JsonObject, pointer: string): FilePosition {
  const content = tree.read(file);
  if (content === undefined) return { file };
  try {
    const documents = readDocuments(content, { file });
    const { kind } = object;
    const ofKind = documents.filter(({ value }) => isObject(value) && value.kind === kind);
    const own = ofKind.find(({ value }) => nameOf(value) === nameOf(object)) ?? ofKind[0] ?? documents[0];
    for (let at = pointer; own !== undefined; at = at.slice(0, at.lastIndexOf('/'))) {
      const position = own.positionOf(at);
      if (position !== undefined) return { file, line: position.line, column: position.column };
      if (at === '') return { file, line: own.start.line, column: own.start.column };
    }
  } catch {
    // What cannot be read has been told of.
  }
  return { file };
}

function nameOf(value: unknown): unknown {
  return isObject(value) && isObject(value.metadata) ? value.metadata.name : undefined;
}
