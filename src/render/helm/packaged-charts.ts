import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isObject, readDocument } from '../../manifest/index.ts';
import type { BuildCache } from '../build-cache.ts';
import { DiskTree } from '../disk-tree.ts';
import { compareVersions, isInRange, parseFullVersion, parseVersionRange } from '../../semver.ts';
import { text } from '../sources.ts';
import { type Chart, readChartFolder, readChartYaml } from './chart.ts';

/** A chart that is here, or why it is not. `label` names it: its folder, or its name and version. */
export type FoundChart =
  { readonly label: string; readonly chart: Chart } | { readonly label: string; readonly missing: string };

/** Ends what is said of a chart that is not here. */
export const CHARTS_HINT = '--chart-dir DIR says where charts are';

/** Where charts are that no source of the repository holds. */
export interface ChartPlaces {
  /** Of `NAME-VERSION.tgz` and of folders `NAME`, in the order in which they are looked through. */
  readonly folders: readonly string[];
  /** Where helm 4 keeps what it downloads, by its digest. */
  readonly downloads: string;
}

/** What a file name may be made of; the chart's name is untrusted. */
const PLAIN = /^[A-Za-z0-9][\w.+-]*$/;
const EXACT = /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;

/** `--chart-dir`, then the folders that helm itself downloads into (helmpath: CachePath, cli: EnvSettings). */
export function chartPlaces(given: string | undefined, env: NodeJS.ProcessEnv): ChartPlaces {
  const first = (...paths: readonly (string | undefined)[]): string => paths.find(Boolean) ?? '';
  const { HELM_REPOSITORY_CACHE, HELM_CONTENT_CACHE, HELM_CACHE_HOME, XDG_CACHE_HOME } = env;
  const home = first(HELM_CACHE_HOME, path.join(first(XDG_CACHE_HOME, path.join(os.homedir(), '.cache')), 'helm'));
  return {
    folders: [...(given === undefined ? [] : [given]), first(HELM_REPOSITORY_CACHE, path.join(home, 'repository'))],
    downloads: first(HELM_CONTENT_CACHE, path.join(home, 'content')),
  };
}

/** By its name and version, whichever repository it is from. */
export function createPackagedCharts(
  { folders, downloads }: ChartPlaces,
  cache: BuildCache | undefined,
): (name: string, version: string) => FoundChart {
  const archives = new Map<string, Chart>();
  const unpacked = new Map<string, Chart>();
  let downloaded: ReadonlyMap<string, string> | undefined;

  function archive(file: string): Chart {
    const known = archives.get(file) ?? { archive: fs.readFileSync(file) };
    archives.set(file, known);
    return known;
  }

  function folder(at: string): Chart {
    const known = unpacked.get(at) ?? readChartFolder(new DiskTree(at), '');
    unpacked.set(at, known);
    return known;
  }

  return (name, version) => {
    const label = `${name} ${version}`.trim();
    if (!PLAIN.test(name)) return { label, missing: `${JSON.stringify(name)} is no name of a chart` };
    const isExact = EXACT.test(version);
    const bare = version.replace(/^v/, '');
    for (const at of folders) {
      for (const one of isExact ? [version, bare, `v${bare}`] : []) {
        const file = path.join(at, `${name}-${one}.tgz`);
        if (isFile(file)) return { label, chart: archive(file) };
      }
      const own = path.join(at, name);
      const found = versionIn(own);
      if (found !== undefined && (!isExact || found.replace(/^v/, '') === bare)) return { label, chart: folder(own) };
    }
    if (isExact) {
      downloaded ??= downloadedCharts(downloads, cache);
      const file = downloaded.get(`${name} ${bare}`);
      if (file !== undefined) return { label, chart: archive(path.join(downloads, file)) };
      return { label, missing: `its chart ${label} is not here; ${CHARTS_HINT}` };
    }
    const newest = newestIn(folders, name, version);
    if (newest !== undefined) return { label: `${name} ${newest.version}`, chart: archive(newest.file) };
    const asked = version === '' ? 'no version' : `the version ${JSON.stringify(version)}`;
    return {
      label,
      missing: `its chart ${name} has ${asked}, and none of that is here; ${CHARTS_HINT}`,
    };
  };
}

/**
 * The newest package of a range, as source-controller takes the newest of the repository, which may have a newer one.
 *
 * @throws SlipwayError `sources/semver-invalid`
 */
function newestIn(folders: readonly string[], name: string, range: string) {
  const allowed = parseVersionRange(range || '*');
  const found = folders.flatMap((folder) =>
    namesIn(folder).flatMap((file) => {
      const isPackage = file.startsWith(`${name}-`) && file.endsWith('.tgz');
      const version = isPackage ? parseFullVersion(file.slice(name.length + 1, -'.tgz'.length)) : undefined;
      return version !== undefined && isInRange(version, allowed) ? [{ version, file: path.join(folder, file) }] : [];
    }),
  );
  const [newest] = found.sort((a, b) => compareVersions(b.version, a.version));
  return newest && { version: newest.version.original, file: newest.file };
}

function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function versionIn(folder: string): string | undefined {
  const file = path.join(folder, 'Chart.yaml');
  if (!isFile(file)) return undefined;
  const chart = readDocument(fs.readFileSync(file), { file })?.value;
  return isObject(chart) ? text(chart.version) : '';
}

const MAX_DOWNLOADS = 5000;

/** What helm keeps, `name version` to a path below its folder (helm: downloader.DiskCache). A digest never changes. */
function downloadedCharts(folder: string, cache: BuildCache | undefined): ReadonlyMap<string, string> {
  const files = namesIn(folder)
    .flatMap((name) => namesIn(path.join(folder, name)).map((file) => `${name}/${file}`))
    .filter((file) => /^[0-9a-f]{2}\/[0-9a-f]{64}\.chart$/.test(file))
    .sort()
    .slice(0, MAX_DOWNLOADS);
  const key = createHash('sha256')
    .update(JSON.stringify(['downloads', folder, files]))
    .digest('hex');
  const known = cache?.get(key);
  if (known !== undefined) return new Map(JSON.parse(known) as [string, string][]);
  const found = files.flatMap((file): [string, string][] => {
    try {
      const about = readChartYaml({ archive: fs.readFileSync(path.join(folder, file)) }, 'Chart.yaml') ?? {};
      return [[`${text(about.name)} ${text(about.version).replace(/^v/, '')}`, file]];
    } catch {
      // What is no chart is none that is looked for.
      return [];
    }
  });
  cache?.set(key, JSON.stringify(found));
  return new Map(found);
}

function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
