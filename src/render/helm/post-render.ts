import { MemoryTree, writeGoYaml } from '../../flux/index.ts';
import { isList, isObject, type JsonObject } from '../../manifest/index.ts';
import type { Engine } from '../engine.ts';

/**
 * What helm-controller makes of helm's objects before they are applied (postrender.BuildPostRenderers): patches and images
 * of spec.postRenderers, then commonMetadata, then the labels by which an object is found to be a release's.
 */
export async function postRender(
  objects: readonly JsonObject[],
  spec: JsonObject,
  release: { readonly namespace: string; readonly name: string },
  engine: Engine,
): Promise<readonly JsonObject[]> {
  const renderers = isList(spec.postRenderers) ? spec.postRenderers.filter(isObject) : [];
  let patched = objects;
  for (const { kustomize } of renderers) {
    if (isObject(kustomize)) patched = await byKustomize(patched, kustomize, engine);
  }
  const common = isObject(spec.commonMetadata) ? spec.commonMetadata : {};
  return patched.map((object) => {
    const own = withMetadata(object, stringsOf(common.labels), stringsOf(common.annotations));
    return withOriginLabels(own, release);
  });
}

/** Of these, CRDs of a chart's `crds/` have only the labels (helm-controller: applyCRDs). */
export function withOriginLabels(
  object: JsonObject,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): JsonObject {
  const labels = { 'helm.toolkit.fluxcd.io/name': name, 'helm.toolkit.fluxcd.io/namespace': namespace };
  return withMetadata(object, labels, {});
}

async function byKustomize(
  objects: readonly JsonObject[],
  kustomize: JsonObject,
  engine: Engine,
): Promise<readonly JsonObject[]> {
  if (objects.length === 0) return objects;
  const input = objects.map((object) => `---\n${writeGoYaml(object)}`).join('');
  const patches = isList(kustomize.patches) ? kustomize.patches.filter(isObject) : [];
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['helm-output.yaml'],
    // Only what the API has: a `path` would read a file.
    patches: patches.map(({ patch, target }) => ({ patch: patch ?? '', ...(isObject(target) && { target }) })),
    images: isList(kustomize.images) ? kustomize.images : [],
  };
  const tree = new MemoryTree([
    ['kustomization.yaml', writeGoYaml(kustomization)],
    ['helm-output.yaml', input],
  ]);
  return (await engine.build(tree, '')).objects;
}

function withMetadata(object: JsonObject, labels: JsonObject, annotations: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(Object.keys(labels).length > 0 && { labels: { ...stringsOf(metadata.labels), ...labels } }),
      ...(Object.keys(annotations).length > 0 && {
        annotations: { ...stringsOf(metadata.annotations), ...annotations },
      }),
    },
  };
}

function stringsOf(value: JsonObject[string] | undefined): JsonObject {
  return isObject(value) ? value : {};
}
