import { type FileTree, resolvePath } from '../../flux/index.ts';
import { identityKey, isObject, type JsonObject } from '../../manifest/index.ts';
import { type SourceReference, sourceKey, sourceReferenceOf, text } from '../sources.ts';
import { type Chart, joined, readChartFolder, withVersionMetadata } from './chart.ts';
import { withDependencies } from './dependencies.ts';
import type { FoundChart } from './packaged-charts.ts';
import { withValuesFiles } from './values-files.ts';

export interface ChartSources {
  /** Every object of the walk, by `identityKey`. */
  readonly objects: ReadonlyMap<string, JsonObject>;
  /** The artifact of a source that is a folder; undefined where it is not here. */
  readonly artifact: (source: SourceReference) => FileTree | undefined;
  readonly packaged: (name: string, version: string) => FoundChart;
}

const SOURCE_GROUP = 'source.toolkit.fluxcd.io';

/**
 * The chart of a HelmRelease (helm-controller: getSource; source-controller: HelmChart reconcileSource).
 *
 * @throws SlipwayError `render/helm-bad-chart`, `render/helm-dependency`, `render/helm-values-file`
 */
export function findChart(spec: JsonObject, namespace: string, sources: ChartSources): FoundChart {
  const { chart, chartRef } = spec;
  if (isObject(chartRef)) return ofReference(chartRef, namespace, sources);
  const template = isObject(chart) && isObject(chart.spec) ? chart.spec : undefined;
  if (template === undefined) return { label: '', missing: 'it has neither a chart nor a chartRef' };
  return ofHelmChart(template, namespace, sources);
}

function ofReference(chartRef: JsonObject, namespace: string, sources: ChartSources): FoundChart {
  const reference = sourceReferenceOf({ sourceRef: chartRef }, namespace);
  if (reference === undefined) return { label: '', missing: 'its chartRef names nothing' };
  const key = sourceKey(reference);
  const tree = sources.artifact(reference);
  if (tree !== undefined) return inArtifact(tree, key);
  const object = sources.objects.get(identityKey({ group: SOURCE_GROUP, ...reference }));
  const spec = isObject(object?.spec) ? object.spec : undefined;
  if (spec === undefined || (reference.kind !== 'OCIRepository' && reference.kind !== 'HelmChart')) {
    return notHere(key, key);
  }
  if (reference.kind === 'HelmChart') return ofHelmChart(spec, reference.namespace, sources);
  return ofOciRepository(spec, sources);
}

function ofOciRepository(spec: JsonObject, { packaged }: ChartSources): FoundChart {
  const ref = isObject(spec.ref) ? spec.ref : {};
  const url = text(spec.url).replace(/\/+$/, '');
  const digest = text(ref.digest);
  // A digest goes before a range, and a range before a tag; a tag that stands beside a digest names what is meant. What
  // is `+` in a version is `_` in a tag (helm: registry.Client).
  const version = digest === '' && ref.semver !== undefined ? text(ref.semver) : text(ref.tag).replaceAll('_', '+');
  const found = packaged(url.slice(url.lastIndexOf('/') + 1), version);
  // helm-controller: mutateChartWithSourceRevision. Of a tag alone the digest is not known here.
  const [, hash] = /^sha\d+:([0-9a-f]{12})/.exec(digest) ?? [];
  if ('missing' in found || hash === undefined) return found;
  return { ...found, chart: withVersionMetadata(found.chart, hash) };
}

function ofHelmChart(spec: JsonObject, namespace: string, sources: ChartSources): FoundChart {
  const name = text(spec.chart);
  const reference = sourceReferenceOf(spec, namespace);
  if (reference === undefined || reference.kind === 'HelmRepository') {
    const found = sources.packaged(name, text(spec.version) || '*');
    return 'missing' in found ? found : { ...found, chart: withValuesFiles(found.chart, spec, undefined) };
  }
  const tree = sources.artifact(reference);
  const key = sourceKey(reference);
  if (tree === undefined) return notHere(name, key);
  const folder = resolvePath('', name.replace(/^\/+/, ''));
  const label = folder === undefined || folder === '' ? key : folder;
  const archive = folder === undefined ? undefined : tree.read(folder);
  if (archive !== undefined) return { label, chart: withValuesFiles({ archive }, spec, tree) };
  if (folder === undefined || tree.read(joined(folder, 'Chart.yaml')) === undefined) {
    return { label, missing: `${key} has no chart in ${JSON.stringify(name || '.')}` };
  }
  const whole = withDependencies(folderChart(tree, folder), folder, tree, sources.packaged);
  return 'missing' in whole ? { label, ...whole } : { label, chart: withValuesFiles(whole.chart, spec, tree) };
}

/** helm-controller loads an artifact as a packaged chart, which is one folder; `--source` may give the chart itself. */
function inArtifact(tree: FileTree, label: string): FoundChart {
  const folders = tree.list('').filter((name) => name.endsWith('/'));
  const inner = folders.length === 1 ? folders.map((name) => name.slice(0, -1)) : [];
  const folder = ['', ...inner].find((at) => tree.read(joined(at, 'Chart.yaml')) !== undefined);
  if (folder === undefined) return { label, missing: `${label} holds no chart` };
  return { label, chart: folderChart(tree, folder) };
}

function notHere(label: string, source: string): FoundChart {
  return { label, missing: `its source ${source} is not here; --source ${source}=DIR says where it is` };
}

const charts = new WeakMap<FileTree, Map<string, Chart>>();

/** Read once of each tree, since many releases may take one chart. */
function folderChart(tree: FileTree, folder: string): Chart {
  const known = charts.get(tree) ?? new Map<string, Chart>();
  charts.set(tree, known);
  const chart = known.get(folder) ?? readChartFolder(tree, folder);
  known.set(folder, chart);
  return chart;
}
