/**
 * Manifests as data: YAML in and out, the identity of objects, comparing objects.
 * Knows no disk, no network and no cluster, and imports nothing of the project but its errors.
 */
export { isBuiltInClusterScoped } from './cluster-scoped.ts';
export { type Difference, differences } from './compare.ts';
export { emitDocument, type EmitOptions } from './emit.ts';
export {
  formatIdentity,
  identityKey,
  identityOf,
  inventoryId,
  type ObjectIdentity,
  parseInventoryId,
  splitApiVersion,
} from './identity.ts';
export {
  isList,
  isObject,
  type Json,
  type JsonList,
  type JsonObject,
  jsonPointer,
  listOf,
  mapOf,
  objectsOf,
  pointerPath,
  textOf,
} from './json.ts';
export { formatJson, parseJson } from './json-text.ts';
export { quantity } from './quantity.ts';
export { inKubernetesOrder } from './kubernetes-order.ts';
export { type ManifestProblem, metadataProblems } from './metadata.ts';
export { labelKeyProblem, labelValueProblem, nameProblem, type NameRule, nameRule } from './names.ts';
export {
  type Position,
  readDocument,
  readDocuments,
  type ReadOptions,
  type YamlDialect,
  YamlDocument,
} from './read.ts';
export { resolveScalar } from './yaml/resolve.ts';
