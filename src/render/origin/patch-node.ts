import { isList, isObject, type JsonObject } from '../../manifest/index.ts';
import { innerDocuments, nearest, valueOf, type YamlNode } from './yaml-node.ts';

/**
 * What sets a field of an object in a patch: the operation of a JSON patch, or the field of a merge patch.
 *
 * @param patch a document of a file, or a text within one
 */
export function patchNode(patch: YamlNode, object: JsonObject, pointer: string): YamlNode {
  const documents = typeof valueOf(patch) === 'string' ? innerDocuments(patch) : [patch];
  const own = documents.find((one) => {
    const value = valueOf(one);
    return isObject(value) && value.kind === object.kind;
  });
  const document = own ?? documents[0];
  if (document === undefined) return patch;
  const operations = valueOf(document);
  return isList(operations) ? operationNode(document, operations, pointer) : nearest(document, pointer);
}

function operationNode(patch: YamlNode, operations: readonly unknown[], pointer: string): YamlNode {
  const paths = operations.map((operation) =>
    isObject(operation) && typeof operation.path === 'string' ? operation.path : '',
  );
  const at = paths.findLastIndex((path) => {
    const own = path.replace(/\/-$/, '');
    return `${pointer}/`.startsWith(`${own}/`) || own.startsWith(`${pointer}/`);
  });
  const path = paths[at];
  if (pointer === '' || path === undefined) return patch;
  // What is added at the end of a list has a number there that the patch does not name.
  const rest = path.endsWith('/-') ? pointer.slice(path.length - 2).replace(/^\/\d+/, '') : pointer.slice(path.length);
  const value = nearest(patch, `/${at}/value`);
  return nearest(value, rest);
}
