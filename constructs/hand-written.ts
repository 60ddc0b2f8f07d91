import { isList, isObject, type JsonObject, type Position, type YamlDocument } from '../src/manifest/index.ts';

/** A file that an author wrote by hand. */
export interface HandWritten {
  /** Where the author has it, relative to the project. */
  readonly source: string;
  readonly content: Uint8Array;
}

interface InDocument {
  readonly document: YamlDocument;
  readonly manifest: JsonObject;
  /** JSON pointer to the manifest. */
  readonly at: string;
}

/** The objects of a document: kustomize takes the items of a list for themselves (factory.go: inlineAnyEmbeddedLists). */
export function manifestsIn(document: YamlDocument): InDocument[] {
  return isObject(document.value) ? inlined(document, document.value, '') : [];
}

function inlined(document: YamlDocument, manifest: JsonObject, at: string): InDocument[] {
  const { kind, items } = manifest;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !isList(items)) return [{ document, manifest, at }];
  return items.flatMap((item, index) => (isObject(item) ? inlined(document, item, `${at}/items/${index}`) : []));
}

/** Of a value, or of the nearest one around it that is there. */
export function nearestPosition(document: YamlDocument, pointer: string): Position {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const position = document.positionOf(at);
    if (position !== undefined) return position;
  }
  return document.start;
}
