/**
 * Manifests as data: YAML in and out, the identity of objects, comparing objects.
 * Knows no disk, no network and no cluster, and imports nothing of the project but its errors.
 */
export { emitDocument, type EmitOptions } from './emit.ts';
export { isList, isObject, type Json, type JsonList, type JsonObject, jsonPointer } from './json.ts';
export { inKubernetesOrder } from './kubernetes-order.ts';
