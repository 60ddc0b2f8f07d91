import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type FileTree, resolvePath } from '../../flux/index.ts';
import { identityKey, isObject, type JsonObject, readDocument } from '../../manifest/index.ts';
import { type SourceReference, sourceKey, sourceReferenceOf, text } from '../sources.ts';
import type { Chart } from './helm-program.ts';

/** A chart that is here, or why it is not. `label` names it: its folder, or its name and version. */
export type FoundChart =
  { readonly label: string; readonly chart: Chart } | { readonly label: string; readonly missing: string };

export interface ChartPlaces {
  /** Every object of the walk, by `identityKey`. */
  readonly objects: ReadonlyMap<string, JsonObject>;
  /** The artifact of a source that is a folder; undefined where it is not here. */
  readonly artifact: (source: SourceReference) => FileTree | undefined;
  /** Folders of packaged charts, in the order in which they are looked through. */
  readonly folders: readonly string[];
}

const SOURCE_GROUP = 'source.toolkit.fluxcd.io';
const MAX_FILES = 5000;
const MAX_BYTES = 64 * 1024 * 1024;
/** What a file name may be made of; the chart's name is untrusted. */
const PLAIN = /^[A-Za-z0-9][\w.+-]*$/;
const EXACT = /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;

/** `--chart-dir`, then the folder that helm itself downloads into (helmpath: CachePath). */
export function chartFolders(given: string | undefined, env: NodeJS.ProcessEnv): readonly string[] {
  const first = (...paths: readonly (string | undefined)[]): string => paths.find(Boolean) ?? '';
  const { HELM_REPOSITORY_CACHE, HELM_CACHE_HOME, XDG_CACHE_HOME } = env;
  const home = first(HELM_CACHE_HOME, path.join(first(XDG_CACHE_HOME, path.join(os.homedir(), '.cache')), 'helm'));
  return [...(given === undefined ? [] : [given]), first(HELM_REPOSITORY_CACHE, path.join(home, 'repository'))];
}

/** The chart of a HelmRelease (HC: getSource; SC: HelmChart reconcileSource). */
export function findChart(spec: JsonObject, namespace: string, places: ChartPlaces): FoundChart {
  const { chart, chartRef } = spec;
  if (isObject(chartRef)) return ofReference(chartRef, namespace, places);
  const template = isObject(chart) && isObject(chart.spec) ? chart.spec : undefined;
  if (template === undefined) return { label: '', missing: 'it has neither a chart nor a chartRef' };
  return ofHelmChart(template, namespace, places);
}

function ofReference(chartRef: JsonObject, namespace: string, places: ChartPlaces): FoundChart {
  const reference = sourceReferenceOf({ sourceRef: chartRef }, namespace);
  if (reference === undefined) return { label: '', missing: 'its chartRef names nothing' };
  const key = sourceKey(reference);
  const tree = places.artifact(reference);
  if (tree !== undefined) return inTree(tree, '', key);
  const object = places.objects.get(identityKey({ group: SOURCE_GROUP, ...reference }));
  const spec = isObject(object?.spec) ? object.spec : undefined;
  if (spec === undefined || (reference.kind !== 'OCIRepository' && reference.kind !== 'HelmChart')) {
    return { label: key, missing: `its source ${key} is not here; --source ${key}=DIR says where it is` };
  }
  if (reference.kind === 'HelmChart') return ofHelmChart(spec, reference.namespace, places);
  const ref = isObject(spec.ref) ? spec.ref : {};
  const url = text(spec.url).replace(/\/+$/, '');
  // A digest goes before a range, and a range before a tag; a tag that stands beside a digest names what is meant.
  const version = ref.digest === undefined && ref.semver !== undefined ? text(ref.semver) : text(ref.tag);
  return packaged(url.slice(url.lastIndexOf('/') + 1), version, places.folders);
}

function ofHelmChart(spec: JsonObject, namespace: string, places: ChartPlaces): FoundChart {
  const name = text(spec.chart);
  const reference = sourceReferenceOf(spec, namespace);
  const isFolder = reference !== undefined && reference.kind !== 'HelmRepository';
  if (Array.isArray(spec.valuesFiles) && spec.valuesFiles.length > 0) {
    return { label: name, missing: `its chart ${name} has valuesFiles, which are not worked out here` };
  }
  if (!isFolder) return packaged(name, text(spec.version) || '*', places.folders);
  const tree = places.artifact(reference);
  const key = sourceKey(reference);
  if (tree !== undefined) return inTree(tree, name, key);
  return { label: name, missing: `its source ${key} is not here; --source ${key}=DIR says where it is` };
}

function inTree(tree: FileTree, chart: string, source: string): FoundChart {
  const folder = resolvePath('', chart.replace(/^\/+/, ''));
  const label = folder === undefined || folder === '' ? source : folder;
  if (folder === undefined || tree.read(joined(folder, 'Chart.yaml')) === undefined) {
    return { label, missing: `${source} has no chart in ${JSON.stringify(chart || '.')}` };
  }
  const files = new Map<string, Buffer>();
  let bytes = 0;
  const pending = [''];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const name of tree.list(joined(folder, at))) {
      if (name.endsWith('/')) {
        pending.push(joined(at, name.slice(0, -1)));
        continue;
      }
      const content = tree.read(joined(folder, joined(at, name)));
      if (content === undefined) continue;
      bytes += content.length;
      files.set(joined(at, name), content);
      if (files.size > MAX_FILES || bytes > MAX_BYTES) return { label, missing: `its chart ${label} is too large` };
    }
  }
  return { label, chart: { files } };
}

/** `NAME-VERSION.tgz`, or a folder NAME that holds that version. */
function packaged(name: string, version: string, folders: readonly string[]): FoundChart {
  const label = `${name} ${version}`.trim();
  if (!PLAIN.test(name)) return { label, missing: `${JSON.stringify(name)} is no name of a chart` };
  const isExact = EXACT.test(version);
  const bare = version.replace(/^v/, '');
  for (const folder of folders) {
    for (const one of isExact ? [version, bare, `v${bare}`] : []) {
      const file = path.join(folder, `${name}-${one}.tgz`);
      if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true) return { label, chart: { path: file } };
    }
    const unpacked = path.join(folder, name);
    const own = versionIn(unpacked);
    if (own !== undefined && (!isExact || own.replace(/^v/, '') === bare)) return { label, chart: { path: unpacked } };
  }
  if (isExact) return { label, missing: `its chart ${label} is not here; --chart-dir DIR says where charts are` };
  const asked = version === '' ? 'no version' : `the version ${JSON.stringify(version)}`;
  const why = `its chart ${name} has ${asked}, so which one the cluster takes is not known here`;
  return { label, missing: `${why}; a folder ${name} in --chart-dir settles it` };
}

function versionIn(folder: string): string | undefined {
  const file = path.join(folder, 'Chart.yaml');
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const chart = readDocument(fs.readFileSync(file), { file })?.value;
  return isObject(chart) ? text(chart.version) : '';
}

function joined(folder: string, name: string): string {
  return [folder, name].filter((part) => part !== '').join('/');
}
