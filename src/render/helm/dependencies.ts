import { posix } from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { type FileTree, resolvePath } from '../../flux/index.ts';
import { isList, isObject, type JsonObject } from '../../manifest/index.ts';
import { isInRange, parseVersion, parseVersionRange } from '../../semver.ts';
import { text } from '../sources.ts';
import { type Chart, filesOf, joined, nestedCharts, readChartFolder, readChartYaml, withFiles } from './chart.ts';
import type { FoundChart } from './packaged-charts.ts';

/**
 * A chart of a folder with the charts that it depends on and does not hold (source-controller: DependencyManager.Build):
 * those of a `file://` repository from the same tree, others from where packaged charts are.
 *
 * @returns why not, where one of them is not here
 * @throws SlipwayError `render/helm-dependency` where the tree's own does not fit
 */
export function withDependencies(
  chart: Chart,
  folder: string,
  tree: FileTree,
  packaged: (name: string, version: string) => FoundChart,
): { readonly chart: Chart } | { readonly missing: string } {
  const added: [string, Buffer][] = [];
  for (const { name, version, repository } of missingOf(chart)) {
    if (repository === '' || repository.startsWith('file://')) {
      const files = filesOf(fromTree(tree, joined(folder, repository.replace(/^file:\/\//, '')), name, version));
      for (const [file, content] of files) added.push([`charts/${name}/${file}`, content]);
      continue;
    }
    const found = packaged(name, version);
    if ('missing' in found) return { missing: `it depends on a chart that it does not hold, and ${found.missing}` };
    if ('archive' in found.chart) added.push([`charts/${name}.tgz`, found.chart.archive]);
    else for (const [file, content] of found.chart.files) added.push([`charts/${name}/${file}`, content]);
  }
  return { chart: added.length === 0 ? chart : withFiles(chart, added) };
}

interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
}

/** Those of Chart.lock where there is one, else of Chart.yaml; helm 2 had files of their own for both. */
function missingOf(chart: Chart): readonly Dependency[] {
  const about = readChartYaml(chart, 'Chart.yaml') ?? {};
  const isOld = about.apiVersion === 'v1';
  const lock = readChartYaml(chart, isOld ? 'requirements.lock' : 'Chart.lock');
  const wanted = listOf(lock ?? (isOld ? (readChartYaml(chart, 'requirements.yaml') ?? {}) : about));
  const held = heldBy(chart);
  // Of one chart under several aliases each counts, and is one file all the same.
  const missing = wanted.length === held.size ? [] : wanted.filter(({ name }) => !held.has(name));
  return [...new Map(missing.map((one) => [one.name, one])).values()];
}

function listOf({ dependencies }: JsonObject): readonly Dependency[] {
  return (isList(dependencies) ? dependencies : []).filter(isObject).map((one) => {
    const name = text(one.name);
    if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) throw unfit(name, 'that is no name of a chart');
    return { name, version: text(one.version), repository: text(one.repository) };
  });
}

/** Names of the charts in `charts/`. */
function heldBy(chart: Chart): ReadonlySet<string> {
  const names = [...filesOf(chart).keys()].filter((file) => /^charts\/[^/]+\/Chart\.yaml$/.test(file));
  const packed = [...nestedCharts(chart)].filter(([path]) => /^charts\/[^/]+\.tgz$/.test(path));
  return new Set([
    ...names.map((file) => text(readChartYaml(chart, file)?.name)),
    ...packed.map(([, files]) => text(readChartYaml({ files }, 'Chart.yaml')?.name)),
  ]);
}

function fromTree(tree: FileTree, path: string, name: string, range: string): Chart {
  const folder = resolvePath('', posix.normalize(path));
  const isHere = folder !== undefined && tree.read(joined(folder, 'Chart.yaml')) !== undefined;
  if (!isHere) throw unfit(name, `there is no chart in ${JSON.stringify(path)} of the same source`);
  const chart = readChartFolder(tree, folder);
  const version = parseVersion(text(readChartYaml(chart, 'Chart.yaml')?.version));
  if (version === undefined || !isInRange(version, parseVersionRange(range || '*'))) {
    throw unfit(name, `the one in ${JSON.stringify(folder)} has the version ${version?.original ?? '(none)'}`);
  }
  return chart;
}

function unfit(name: string, why: string): SlipwayError {
  return new SlipwayError({
    code: 'render/helm-dependency',
    message: `The chart depends on a chart ${JSON.stringify(name)} that does not fit: ${why}.`,
    remedy: 'Mend `dependencies` in its Chart.yaml, and Chart.lock by `helm dependency update`.',
  });
}
