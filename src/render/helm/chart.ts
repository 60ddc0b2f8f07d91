import { createHash } from 'node:crypto';
import { SlipwayError } from '../../errors.ts';
import { type FileTree, writeGoYaml } from '../../flux/index.ts';
import { isObject, type JsonObject, readDocument } from '../../manifest/index.ts';
import { readArchive } from '../../sources/oci/read-archive.ts';

/** A packaged chart, or the files of one by their paths in it. */
export type Chart = { readonly archive: Buffer } | { readonly files: ReadonlyMap<string, Buffer> };

/** helm's own limit is 100 MiB for a chart; source-controller takes no packaged one beyond 10 MiB (helm.MaxChartSize). */
const LIMITS = { maxBytes: 64 * 1024 * 1024, maxFiles: 5000 };
const MAX_ARCHIVE_BYTES = 10 * 1024 * 1024;

const digests = new WeakMap<Chart, string>();

/** SHA-256 of all that is in it. */
export function digestOf(chart: Chart): string {
  const known = digests.get(chart);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  if ('archive' in chart) hash.update(chart.archive);
  else {
    for (const [file, content] of [...chart.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(JSON.stringify([file, content.length])).update(content);
    }
  }
  const digest = hash.digest('hex');
  digests.set(chart, digest);
  return digest;
}

/**
 * The files of a chart, unpacked where it is packaged. As helm does, the folder that a package begins with is left out of
 * their paths (helm: loader.LoadArchiveFiles).
 *
 * @param maxBytes of all that is unpacked
 * @throws SlipwayError `render/helm-bad-chart`
 */
export function filesOf(chart: Chart, maxBytes = LIMITS.maxBytes): ReadonlyMap<string, Buffer> {
  if ('files' in chart) return chart.files;
  if (chart.archive.length > MAX_ARCHIVE_BYTES) throw badChart('it has more than 10 MiB');
  try {
    const packed = [...readArchive(chart.archive, { ...LIMITS, maxBytes })].filter(([file]) => file.includes('/'));
    return new Map(packed.map(([file, content]) => [file.slice(file.indexOf('/') + 1), content]));
  } catch (cause) {
    throw cause instanceof SlipwayError ? badChart(cause.message, cause) : cause;
  }
}

/**
 * A chart, and those that it holds packaged in `charts/`, by their paths in it, with their files: all together no more than
 * one may be.
 */
export function* nestedCharts(chart: Chart): Generator<readonly [path: string, files: ReadonlyMap<string, Buffer>]> {
  let left = LIMITS.maxBytes;
  const pending: [string, Chart][] = [['', chart]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [path, own] = next;
    const files = filesOf(own, left);
    if ('archive' in own) for (const content of files.values()) left -= content.length + 1;
    for (const [file, archive] of files) {
      if (/(?:^|\/)charts\/[^/]+\.tgz$/.test(file)) pending.push([joined(path, file), { archive }]);
    }
    yield [path, files];
  }
}

/** The chart with other files; what `.helmignore` left out of a package once is not left out twice. */
export function withFiles(chart: Chart, changed: Iterable<readonly [string, string | Buffer]>): Chart {
  const files = new Map(filesOf(chart));
  if ('archive' in chart) files.delete('.helmignore');
  for (const [file, content] of changed) files.set(file, Buffer.from(content));
  return { files };
}

/**
 * All files of a folder of a tree.
 *
 * @throws SlipwayError `render/helm-bad-chart` where it is too large
 */
export function readChartFolder(tree: FileTree, folder: string): Chart {
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
      if (files.size > LIMITS.maxFiles || bytes > LIMITS.maxBytes) throw badChart('it is too large');
    }
  }
  return { files };
}

/** A YAML file of a chart, as a map; undefined where it has none of that name. */
export function readChartYaml(chart: Chart, name: string): JsonObject | undefined {
  const content = filesOf(chart).get(name);
  if (content === undefined) return undefined;
  try {
    const value = readDocument(content, { file: name, dialect: 'sigs' })?.value ?? {};
    if (isObject(value)) return value;
  } catch (cause) {
    throw cause instanceof SlipwayError ? badChart(`${name}: ${cause.message}`, cause) : cause;
  }
  throw badChart(`${name} is no map`);
}

/** The chart with build metadata in its version, such as helm-controller puts there (semver: SetMetadata). */
export function withVersionMetadata(chart: Chart, metadata: string): Chart {
  const about = readChartYaml(chart, 'Chart.yaml') ?? {};
  if (typeof about.version !== 'string') return chart;
  const version = `${about.version.replace(/^v/, '').replace(/\+.*$/, '')}+${metadata}`;
  return withFiles(chart, [['Chart.yaml', writeGoYaml({ ...about, version })]]);
}

export function joined(folder: string, name: string): string {
  return [folder, name].filter((part) => part !== '').join('/');
}

export function badChart(why: string, cause?: unknown): SlipwayError {
  return new SlipwayError({
    code: 'render/helm-bad-chart',
    message: `The chart cannot be read: ${why.replace(/\.$/, '')}.`,
    remedy: 'See whether `helm show chart` reads it; package it anew.',
    cause,
  });
}
