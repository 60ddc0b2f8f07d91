import { formatIdentity, identityOf, isObject, type JsonObject, readDocuments } from '../../../src/manifest/index.ts';

/** Which of Flux's own test data is looked at, by folder, and where. */
export const COVERED: Readonly<Record<string, string>> = {
  'flux-local/tests': 'flux-fixtures: each Kustomization of its clusters, and the release of a chart that is in them',
  'flux2-cli/build-kustomization': 'flux-fixtures',
  'flux2-cli/envsubst': 'flux-fixtures',
  'helm-controller/valuesfrom': 'flux-fixtures',
  'kustomize-controller/file-transformer': 'flux-fixtures',
  'kustomize-controller/invalid': 'flux-fixtures',
  'kustomize-controller/patch': 'flux-fixtures',
  'kustomize-controller/transformers': 'flux-fixtures',
  'pkg-kustomize/*': 'flux-fixtures; flux/generate holds its example to what its test expects',
};

const OUTPUT = 'what a command of the flux CLI prints in its own words';
const CHART_ELSEWHERE = 'a HelmRelease whose chart is on a network, for a controller that installs it';

/** What is not, and why; nothing of it says what a Kustomization is rendered to. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['check', 'cluster_info', 'create_hr', 'create_image_update', 'create_source_chart', 'create_source_git'],
      ...['create_source_helm', 'create_tenant', 'debug_helmrelease', 'debug_kustomization', 'diff-artifact'],
      ...['export', 'get', 'helmrelease', 'image', 'kustomization', 'logs', 'migrate', 'oci', 'trace', 'tree'],
    ].map((name) => [`flux2-cli/${name}`, OUTPUT]),
  ),
  'flux2-cli/diff-kustomization': 'differences from a live cluster, in the format of another program (dyff)',
  'kustomize-controller/crds': 'a CustomResourceDefinition to apply, with nothing to build',
  'kustomize-controller/restmapper': 'objects to apply to a live API server, with nothing to build',
  'kustomize-controller/sops': 'decryption: the vectors of ../shared/sops-vectors hold the same files with their keys',
  'pkg-ssa/*': 'objects that Go tests apply to a live API server, with no expected result beside them',
  'helm-controller/*': CHART_ELSEWHERE,
};

export function objectsOf(text: string): JsonObject[] {
  return readDocuments(text)
    .map(({ value }) => value)
    .filter(isObject);
}

/** Without the labels of the owner, which are put on at apply, and the marks of flux-local. */
function bare(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const without = (field: string, marks: RegExp): [string, JsonObject][] => {
    const map = isObject(metadata[field]) ? metadata[field] : {};
    const left = Object.fromEntries(Object.entries(map).filter(([key]) => !marks.test(key)));
    return Object.keys(left).length === 0 ? [] : [[field, left]];
  };
  const { labels, annotations, ...rest } = metadata;
  const kept = [
    ...(labels === undefined ? [] : without('labels', /^(?:kustomize|helm)\.toolkit\.fluxcd\.io\/name(?:space)?$/)),
    ...(annotations === undefined ? [] : without('annotations', /config\.kubernetes\.io\/index$/)),
  ];
  return { ...object, metadata: { ...rest, ...Object.fromEntries(kept) } };
}

export function byIdentity(objects: readonly JsonObject[]): Record<string, JsonObject> {
  return Object.fromEntries(objects.map((object) => [formatIdentity(identityOf(object)), bare(object)]));
}
