import { posix } from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { type FileTree, resolvePath, writeGoYaml } from '../../flux/index.ts';
import { isObject, type JsonObject, readDocument } from '../../manifest/index.ts';
import { text } from '../sources.ts';
import { type Chart, filesOf, withFiles } from './chart.ts';
import type { Values } from './set-values.ts';
import { mergeMaps, thawedObject } from './values.ts';

/**
 * A chart whose default values are those of `valuesFiles` merged (source-controller: mergeChartValues for a chart of a
 * HelmRepository, mergeFileValues for one of a folder, OverwriteChartDefaultValues).
 *
 * @param tree that the files are read from by paths from its root; undefined where they are files of the chart
 * @throws SlipwayError `render/helm-values-file`
 */
export function withValuesFiles(chart: Chart, spec: JsonObject, tree: FileTree | undefined): Chart {
  const paths = (Array.isArray(spec.valuesFiles) ? spec.valuesFiles : []).map(text);
  if (paths.length === 0) return chart;
  const own = filesOf(chart);
  let merged: Values = {};
  for (const path of paths) {
    const content = tree === undefined ? own.get(posix.normalize(path)) : readFrom(tree, path);
    if (content !== undefined) merged = mergeMaps(merged, valuesOf(content, path));
    else if (spec.ignoreMissingValuesFiles !== true) throw noValuesFile(path, tree !== undefined);
  }
  if (!own.has('values.yaml')) throw noValuesFile('values.yaml', false);
  return withFiles(chart, [['values.yaml', writeGoYaml(merged)]]);
}

function readFrom(tree: FileTree, path: string): Buffer | undefined {
  const file = resolvePath('', path.replace(/^\/+/, ''));
  return file === undefined ? undefined : tree.read(file);
}

function valuesOf(content: Buffer, file: string): Values {
  const value = readDocument(content, { file, dialect: 'sigs' })?.value ?? {};
  if (isObject(value)) return thawedObject(value);
  throw new SlipwayError({
    code: 'render/helm-values-file',
    message: `The values file ${JSON.stringify(file)} is no map of values.`,
    place: { file },
  });
}

function noValuesFile(path: string, isOfSource: boolean): SlipwayError {
  return new SlipwayError({
    code: 'render/helm-values-file',
    message: `${isOfSource ? 'The source' : 'The chart'} has no values file ${JSON.stringify(path)}.`,
    remedy: 'Name one that there is; paths begin at the root of a git repository, or of a packaged chart.',
  });
}
