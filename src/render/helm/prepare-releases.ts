import { createHash } from 'node:crypto';
import { SlipwayError } from '../../errors.ts';
import { type FileTree, releaseName, releaseNamespace } from '../../flux/index.ts';
import { formatJson, identityKey, identityOf, isObject, type JsonObject } from '../../manifest/index.ts';
import type { BuildCache } from '../build-cache.ts';
import { checkNames } from '../check-name.ts';
import type { Engine } from '../engine.ts';
import { MaskedValues } from '../masked-values.ts';
import type { Rendered } from '../walk.ts';
import { type ChartSources, findChart } from './find-chart.ts';
import { type HelmProgram, inputDigest, type TemplateInput } from './helm-program.ts';
import { type ChartPlaces, createPackagedCharts } from './packaged-charts.ts';
import { artifactsOf } from './release-sources.ts';
import { type ComposedSecrets, composeValues } from './values.ts';
import { valuesOf } from './values-source.ts';

export interface ReleaseOptions {
  /** The repository. */
  readonly tree: FileTree;
  /** Artifacts of other sources, by `sourceKey`. */
  readonly sources: ReadonlyMap<string, FileTree>;
  /** Where charts are that no source holds. */
  readonly places: ChartPlaces;
  /** Undefined where there is none: then every release is skipped. */
  readonly helm: HelmProgram | undefined;
  /** For post-renderers. */
  readonly engine: Engine;
  /** Such as `1.35`. */
  readonly kubernetes: string | undefined;
  /** What charts are told besides of what the cluster serves, such as `monitoring.coreos.com/v1`. */
  readonly apiVersions?: readonly string[];
  readonly cache: BuildCache | undefined;
  /** What the walk was told of what it decrypted. Default: it decrypted nothing. */
  readonly maskedValues?: MaskedValues | undefined;
}

/** A HelmRelease with what helm is to be given, or why it cannot be rendered. */
export interface PreparedRelease {
  readonly namespace: string;
  readonly name: string;
  readonly spec: JsonObject;
  /** The folder of its chart, or the chart's name and version. */
  readonly chart: string;
  /** The Kustomization that made it, as `namespace/name`. */
  readonly parent: string;
  /** Sources of values that are not known here, `Kind/name`. */
  readonly unknownValues: readonly string[];
  /** What of its values is secret; undefined where nothing is. */
  readonly secretValues: ComposedSecrets | undefined;
  readonly input: TemplateInput | { readonly failure: SlipwayError } | { readonly skipped: string };
}

/** Each HelmRelease that a walk came to. */
export function prepareReleases(rendered: readonly Rendered[], options: ReleaseOptions): readonly PreparedRelease[] {
  const objects = new Map<string, JsonObject>();
  const releases = new Map<string, Found>();
  for (const parent of rendered) {
    for (const object of parent.objects) {
      const identity = identityOf(object);
      objects.set(identityKey(identity), object);
      if (identity.group !== 'helm.toolkit.fluxcd.io' || identity.kind !== 'HelmRelease') continue;
      const namespace = identity.namespace === '' ? parent.namespace : identity.namespace;
      const key = `${namespace}/${identity.name}`;
      const spec = isObject(object.spec) ? object.spec : {};
      if (!releases.has(key)) releases.set(key, { namespace, name: identity.name, spec, parent });
    }
  }
  const sources: ChartSources = {
    objects,
    artifact: artifactsOf(rendered, objects, options.tree, options.sources),
    packaged: createPackagedCharts(options.places, options.cache),
  };
  return [...releases.values()].map((release) => prepare(release, sources, options));
}

/** Of all that the objects of a release depend on besides helm itself; undefined where it cannot be rendered. */
export function releaseDigest({ namespace, name, spec, input }: PreparedRelease): string | undefined {
  if (!('chart' in input)) return undefined;
  const { postRenderers, postRenderStrategy, commonMetadata, install, upgrade, test } = spec;
  const rest = { namespace, name, postRenderers, postRenderStrategy, commonMetadata, install, upgrade, test };
  return createHash('sha256')
    .update(formatJson([inputDigest(input), rest]))
    .digest('hex');
}

interface Found {
  readonly namespace: string;
  readonly name: string;
  readonly spec: JsonObject;
  readonly parent: Rendered;
}

function prepare(release: Found, sources: ChartSources, options: ReleaseOptions): PreparedRelease {
  const { namespace, name, spec, parent } = release;
  const about = {
    namespace,
    name,
    spec,
    parent: `${parent.namespace}/${parent.name}`,
    unknownValues: [],
    secretValues: undefined,
  };
  let chart = '';
  try {
    checkNames(release);
    const found = findChart(spec, namespace, sources);
    chart = found.label;
    if ('missing' in found) return { ...about, chart, input: { skipped: found.missing } };
    if (options.helm === undefined) {
      return { ...about, chart, input: { skipped: 'helm is not here; put helm 4 on PATH' } };
    }
    const { values, unknown, secrets } = composeValues(spec, (reference) =>
      valuesOf(reference, namespace, sources.objects, options.maskedValues ?? new MaskedValues()),
    );
    const input = {
      chart: found.chart,
      name: releaseName(name, spec),
      namespace: releaseNamespace(namespace, spec),
      values,
      skipSchema: isObject(spec.install) && spec.install.disableSchemaValidation === true,
      kubernetes: options.kubernetes,
      apiVersions: options.apiVersions ?? [],
    };
    return { ...about, chart, unknownValues: unknown, secretValues: secrets, input };
  } catch (failure) {
    if (!(failure instanceof SlipwayError)) throw failure;
    return { ...about, chart, input: { failure } };
  }
}
