import { SlipwayError } from '../../errors.ts';
import { type FileTree, writeGoYaml } from '../../flux/index.ts';
import { identityKey, identityOf, isObject, type JsonObject, readDocuments } from '../../manifest/index.ts';
import { checkNames } from '../check-name.ts';
import type { Engine } from '../engine.ts';
import { type SourceReference, sourceKey, sourceReferenceOf } from '../sources.ts';
import type { Rendered } from '../walk.ts';
import { type ChartPlaces, findChart } from './find-chart.ts';
import type { Chart, HelmProgram } from './helm-program.ts';
import { postRender, withOriginLabels } from './post-render.ts';
import { releaseName, releaseNamespace } from './release-names.ts';
import { composeValues, type ValuesReference, type ValuesSource } from './values.ts';

export interface ReleaseOptions {
  /** The repository. */
  readonly tree: FileTree;
  /** Artifacts of other sources, by `sourceKey`. */
  readonly sources: ReadonlyMap<string, FileTree>;
  /** Where packaged charts are. */
  readonly folders: readonly string[];
  /** Undefined where there is none: then every release is skipped. */
  readonly helm: HelmProgram | undefined;
  /** For post-renderers. */
  readonly engine: Engine;
  /** Such as `1.35`. */
  readonly kubernetes: string | undefined;
}

/** What became of a HelmRelease. */
export interface RenderedRelease {
  readonly namespace: string;
  readonly name: string;
  /** The folder of its chart, or the chart's name and version. */
  readonly chart: string;
  /** The Kustomization that made it, as `namespace/name`. */
  readonly parent: string;
  readonly status: 'built' | 'failed' | 'skipped';
  readonly error?: SlipwayError;
  readonly reason?: string;
  /** In the order in which helm applies them; no hooks among them. */
  readonly objects: readonly JsonObject[];
  readonly isSuspended: boolean;
  /** Sources of values that are not known here, `Kind/name`. */
  readonly unknownValues: readonly string[];
  readonly seconds: number;
}

type Outcome = Pick<RenderedRelease, 'chart' | 'status'> & Partial<RenderedRelease>;

/** Each HelmRelease that a walk came to. One that fails, or whose chart is not here, is its own affair. */
export function renderReleases(rendered: readonly Rendered[], options: ReleaseOptions): readonly RenderedRelease[] {
  const objects = new Map<string, JsonObject>();
  const releases = new Map<
    string,
    { readonly object: JsonObject; readonly parent: Rendered; readonly namespace: string }
  >();
  for (const parent of rendered) {
    for (const object of parent.objects) {
      const identity = identityOf(object);
      objects.set(identityKey(identity), object);
      if (identity.group !== 'helm.toolkit.fluxcd.io' || identity.kind !== 'HelmRelease') continue;
      const namespace = identity.namespace === '' ? parent.namespace : identity.namespace;
      const key = `${namespace}/${identity.name}`;
      if (!releases.has(key)) releases.set(key, { object, parent, namespace });
    }
  }
  const places = { objects, folders: options.folders, artifact: artifactsOf(rendered, objects, options) };
  return [...releases.values()].map(({ object, parent, namespace }) => {
    const started = performance.now();
    const { name } = identityOf(object);
    const spec = isObject(object.spec) ? object.spec : {};
    return {
      namespace,
      name,
      parent: `${parent.namespace}/${parent.name}`,
      isSuspended: spec.suspend === true,
      objects: [],
      unknownValues: [],
      ...renderRelease(name, namespace, spec, places, options),
      seconds: (performance.now() - started) / 1000,
    };
  });
}

function renderRelease(
  name: string,
  namespace: string,
  spec: JsonObject,
  places: ChartPlaces,
  options: ReleaseOptions,
): Outcome {
  try {
    checkNames({ namespace, name });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { chart: '', status: 'failed', error };
  }
  const found = findChart(spec, namespace, places);
  const chart = found.label;
  if ('missing' in found) return { chart, status: 'skipped', reason: found.missing };
  if (options.helm === undefined) return { chart, status: 'skipped', reason: 'helm is not here; put helm 4 on PATH' };
  let unknownValues: readonly string[] = [];
  try {
    const { values, unknown } = composeValues(spec, (reference) => valuesOf(reference, namespace, places.objects));
    unknownValues = unknown;
    const objects = template(found.chart, writeGoYaml(values), { name, namespace, spec }, options.helm, options);
    return { chart, status: 'built', objects, unknownValues };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const why = notItsFault(error, unknownValues);
    return why === undefined
      ? { chart, status: 'failed', error, unknownValues }
      : { chart, status: 'skipped', reason: why, unknownValues };
  }
}

/** Why an error here may be none in the cluster. */
function notItsFault(error: SlipwayError, unknownValues: readonly string[]): string | undefined {
  if (error.code === 'render/helm-target-path') return error.message;
  if (error.code !== 'render/helm-failed') return undefined;
  // source-controller downloads what Chart.lock names.
  if (error.message.includes('missing in charts/ directory'))
    return `charts that its chart depends on are not in it: ${error.message}`;
  if (unknownValues.length === 0) return undefined;
  return `without the values of ${unknownValues.join(', ')}, which are not known here, ${error.message}`;
}

function template(
  chart: Chart,
  values: string,
  { name, namespace, spec }: { readonly name: string; readonly namespace: string; readonly spec: JsonObject },
  helm: HelmProgram,
  { kubernetes, engine }: ReleaseOptions,
): readonly JsonObject[] {
  const install = isObject(spec.install) ? spec.install : {};
  const render = (includeCrds: boolean): readonly JsonObject[] => {
    const printed = helm.template({
      chart,
      name: releaseName(name, spec),
      namespace: releaseNamespace(namespace, spec),
      values,
      includeCrds,
      skipSchema: install.disableSchemaValidation === true,
      kubernetes,
    });
    return readDocuments(printed)
      .map(({ value }) => value)
      .filter(isObject);
  };
  const all = render(install.crds !== 'Skip');
  // Those of the chart's crds/ come first, and no post-renderer sees them.
  const mayHaveCrds = all[0]?.kind === 'CustomResourceDefinition' && install.crds !== 'Skip';
  const isPatched = spec.postRenderers !== undefined || spec.commonMetadata !== undefined;
  const crds = mayHaveCrds && isPatched ? all.length - render(false).length : 0;
  const objects = [...all.slice(0, crds), ...postRender(all.slice(crds), spec, engine)];
  return objects.map((object) => withOriginLabels(object, namespace, name));
}

/**
 * Values of a Secret are shown nowhere; what SOPS encrypted, or the cluster alone may have, is as unknown. An optional
 * ConfigMap that the repository does not make counts as empty.
 */
function valuesOf(
  { kind, name, isOptional }: ValuesReference,
  namespace: string,
  objects: ReadonlyMap<string, JsonObject>,
): ValuesSource {
  const object = objects.get(identityKey({ group: '', kind, namespace, name }));
  if (kind === 'Secret' || object?.sops !== undefined) return 'unknown';
  if (object === undefined) return isOptional ? new Map() : 'unknown';
  const data = isObject(object.data) ? Object.entries(object.data) : [];
  return new Map(data.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
}

/** The repository itself, or what `--source` gave; as for Kustomizations, what nothing declares is the repository. */
function artifactsOf(
  rendered: readonly Rendered[],
  objects: ReadonlyMap<string, JsonObject>,
  { tree, sources }: ReleaseOptions,
): (source: SourceReference) => FileTree | undefined {
  const own = rendered
    .map(({ spec, namespace }) => sourceReferenceOf(spec, namespace))
    .find((reference) => reference !== undefined && reference.kind !== 'ExternalArtifact');
  return (source) => {
    const given = sources.get(sourceKey(source));
    if (given !== undefined) return given;
    if (own !== undefined && sourceKey(own) === sourceKey(source)) return tree;
    const isDeclared = objects.has(identityKey({ group: 'source.toolkit.fluxcd.io', ...source }));
    return source.kind === 'GitRepository' && !isDeclared ? tree : undefined;
  };
}
