import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  jsonPointer,
  readDocuments,
  type YamlDocument,
} from '../../manifest/index.ts';
import { metadataOf } from './edit.ts';
import { notCovered } from './not-covered.ts';
import { NO_TRAITS, type Traits } from './resource.ts';

export interface SourceObject {
  readonly object: JsonObject;
  readonly traits: Traits;
  /** The document of the file that it stands in, as readDocuments counts, and where in that: lists are taken apart. */
  readonly at: { readonly document: number; readonly pointer: string };
}

/** A file is read once, however many Kustomizations it is part of. */
const cache = new WeakMap<Uint8Array, readonly SourceObject[]>();

/**
 * The objects in a file of resources or in a patch (kustomize: resource.Factory.SliceFromBytes): lists are replaced by
 * their items, and what has no kind or name is an error.
 *
 * @throws SlipwayError as readDocuments does; NotCovered for what kustomize refuses, and a few oddities.
 */
export function readObjects(content: Uint8Array | string, file: string): readonly SourceObject[] {
  if (typeof content === 'string') return parse(content, file);
  const known = cache.get(content);
  if (known !== undefined) return known;
  const objects = parse(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString(), file);
  cache.set(content, objects);
  return objects;
}

function parse(text: string, file: string): readonly SourceObject[] {
  const documents = readDocuments(text, { file });
  const isOnly = documents.length === 1;
  const oddNumber = ODD_NUMBER.test(text);
  const folded = FOLDED.test(text);
  if (SCHEMA_COMMENT.test(text)) notCovered(`a comment with a schema in ${file}`);
  const queue: SourceObject[] = documents.flatMap((document, index): readonly SourceObject[] => {
    const { value } = document;
    const at = { document: index, pointer: '' };
    if (!isObject(value)) return notCovered(`a document in ${file} that is no object`);
    if (isEmpty(value)) return [];
    const traits = { ...NO_TRAITS, bareNulls: bareNulls(document, text), oddNumber, folded };
    // A List that is alone in its file is taken apart while it is read, before anything is checked (kio.ByteReader).
    if (isOnly && (value.kind === 'List' || value.kind === 'ResourceList') && 'items' in value) {
      if (traits.bareNulls.length > 0) notCovered(`an empty value in a list in ${file}`);
      return itemsOf(value, file).map((object, item) => ({ object, traits, at: itemOf(at, item) }));
    }
    return [{ object: value, traits, at }];
  });
  return inline(queue, file);
}

/** factory.go: inlineAnyEmbeddedLists. The items of a list come after everything else in the file. */
function inline(queue: readonly SourceObject[], file: string): readonly SourceObject[] {
  const result: SourceObject[] = [];
  const rest = [...queue];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const { object, traits, at } = next;
    if (isEmpty(object)) continue;
    const { kind } = object;
    if (typeof kind !== 'string' || kind === '') return notCovered(`an object without a kind in ${file}`);
    if (kind.endsWith('List') && 'items' in object) {
      if (traits.bareNulls.length > 0) notCovered(`an empty value in a list in ${file}`);
      if (object.items !== null) {
        rest.push(...itemsOf(object, file).map((item, index) => ({ object: item, traits, at: itemOf(at, index) })));
      }
    } else {
      checkMetadata(object, file);
      result.push(next);
    }
  }
  return result;
}

function itemOf({ document, pointer }: SourceObject['at'], item: number): SourceObject['at'] {
  return { document, pointer: `${pointer}/items/${item}` };
}

function itemsOf(list: JsonObject, file: string): readonly JsonObject[] {
  const { items } = list;
  if (!isList(items) || !items.every(isObject)) return notCovered(`a list in ${file} whose items are no objects`);
  return items;
}

function checkMetadata(object: JsonObject, file: string): void {
  const { kind, apiVersion } = object;
  const { name, namespace, annotations } = metadataOf(object);
  const isList = typeof kind === 'string' && kind.endsWith('List');
  if (!isList && (typeof name !== 'string' || name === '')) notCovered(`an object without a name in ${file}`);
  if (apiVersion !== undefined && typeof apiVersion !== 'string')
    notCovered(`an apiVersion that is no text in ${file}`);
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') {
    notCovered(`a namespace that is no text in ${file}`);
  }
  if (isObject(annotations) && Object.keys(annotations).some((key) => INTERNAL_ANNOTATION.test(key))) {
    notCovered(`an annotation of kustomize's own in ${file}`);
  }
}

/** What kustomize keeps its own notes in while it builds, and removes in the end. */
const INTERNAL_ANNOTATION =
  /^(?:internal\.config\.kubernetes\.io\/|config\.kubernetes\.io\/(?!local-config$)|config\.k8s\.io\/id$|alpha\.config\.kubernetes\.io\/|helm\.kustomize|kustomize\.config\.k8s\.io\/)/;

/** Octal and hexadecimal numbers, ones with a sign, underscores, an exponent or an idle zero, and `~`. */
const ODD_NUMBER =
  /(?:[:[,]|^\s*-|- )[ \t]+(?:~|Null|NULL|[-+]?0[0-9xXoObB_]|\+[0-9.]|[-+]?\.[0-9]|[-+]?[0-9][0-9._]*[_eE]|[-+]?[0-9]+\.[0-9]*0(?![0-9])|[-+]?[0-9]+\.(?![0-9]))/m;

const FOLDED = /(?:^|[ \t])>[-+0-9]{0,2}[ \t]*(?:#.*)?$/m;

const SCHEMA_COMMENT = /#.*(?:x-k8s-cli|\$openapi|\$ref)/;

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}

function bareNulls(document: YamlDocument, text: string): readonly Path[] {
  const paths = emptyValues(document.value);
  if (paths.length === 0) return paths;
  const lines = text.split('\n');
  return paths.filter((path) => {
    const position = document.positionOf(jsonPointer(path));
    const rest = position === undefined ? '' : (lines[position.line - 1] ?? '').slice(position.column - 1);
    if (rest.startsWith('*')) notCovered('an empty value that came by an alias');
    return !/^(?:(?:~|null|Null|NULL)(?:[\s,\]}]|$)|["'|>!&])/.test(rest);
  });
}

type Path = readonly (string | number)[];

/** Where there is nothing, or '', which is what an empty value within [] or {} reads as. */
function emptyValues(value: Json | undefined, path: Path = []): readonly Path[] {
  if (value === null || value === '') return [path];
  if (isList(value)) return value.flatMap((item, i) => (mayBeEmpty(item) ? emptyValues(item, [...path, i]) : []));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => (mayBeEmpty(item) ? emptyValues(item, [...path, key]) : []));
}

function mayBeEmpty(value: unknown): boolean {
  return value === '' || typeof value === 'object';
}
