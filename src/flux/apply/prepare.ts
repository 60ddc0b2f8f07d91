import { isObject, type JsonObject } from '../../manifest/index.ts';
import { metadataMap, type Owner, ownerLabels } from './switches.ts';

/** `spec.commonMetadata` of a Kustomization. */
export interface CommonMetadata {
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
}

/**
 * An object as it is applied: with the labels of its Kustomization, over them the metadata that all of its objects have,
 * and without what the API server alone writes (KC: reconcile, steps 20 and 21; ssa: SetOwnerLabels, SetCommonMetadata,
 * normalize.Unstructured).
 *
 * Fields that a built-in kind does not have stay in it, where Flux drops them without a word: the API server refuses the
 * object then, and names the field.
 */
export function prepareForApply(object: JsonObject, owner: Owner, common: CommonMetadata | undefined): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const labels = { ...metadataMap(object, 'labels'), ...ownerLabels(owner), ...common?.labels };
  const annotations = { ...metadataMap(object, 'annotations'), ...common?.annotations };
  const hasAnnotations = Object.keys(annotations).length > 0;
  const changed = { labels, creationTimestamp: undefined, ...(hasAnnotations ? { annotations } : {}) };
  return withoutStringData(withoutStatus({ ...object, metadata: { ...metadata, ...changed } }));
}

/** kstatus reads the status of a CRD from what is applied, so Flux keeps it there. */
function withoutStatus(object: JsonObject): JsonObject {
  if (object.status === undefined || object.kind === 'CustomResourceDefinition') return object;
  return { ...object, status: undefined };
}

/** `stringData` is for writing only: applied as it is, its keys would belong to nobody (ssa: normalizeSecret). */
function withoutStringData(object: JsonObject): JsonObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || !isObject(object.stringData)) return object;
  const data = Object.entries(object.stringData).map(([key, value]) => {
    const bytes = Buffer.from(typeof value === 'string' ? value : '', 'utf8');
    return [key, bytes.toString('base64')] as const;
  });
  return {
    ...object,
    stringData: undefined,
    data: { ...(isObject(object.data) ? object.data : {}), ...Object.fromEntries(data) },
  };
}
