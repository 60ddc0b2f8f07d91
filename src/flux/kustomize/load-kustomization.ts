import { isObject, type JsonObject, readDocument } from '../../manifest/index.ts';
import type { FileTree } from '../file-tree.ts';
import { KUSTOMIZATION_FILES, KUSTOMIZATION_SHAPE } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import { conform, type Shape } from './shape.ts';

/**
 * The kustomization file of a folder, read and checked.
 *
 * @throws NotCovered for fields that the native builder leaves to kustomize, and for what kustomize refuses
 */
export function loadKustomization(tree: FileTree, folder: string): JsonObject {
  const contents = KUSTOMIZATION_FILES.flatMap((name) => {
    const file = folder === '' ? name : `${folder}/${name}`;
    const content = tree.read(file);
    return content === undefined ? [] : [{ file, content }];
  });
  const [only] = contents;
  if (only === undefined || contents.length > 1) return notCovered('a folder with no or several kustomization files');
  const value = parseConforming(only.content, only.file, KUSTOMIZATION_SHAPE);
  const { kind = 'Kustomization', apiVersion } = value;
  const expected = kind === 'Component' ? 'v1alpha1' : 'v1beta1';
  if (kind !== 'Component' && kind !== 'Kustomization') notCovered('a kustomization of another kind');
  if (apiVersion !== undefined && apiVersion !== `kustomize.config.k8s.io/${expected}`) notCovered('an odd apiVersion');
  if (Object.keys(value).every((key) => key === 'kind' || key === 'apiVersion')) notCovered('an empty kustomization');
  for (const field of UNCOVERED) if (isPresent(value[field])) notCovered(field);
  return value;
}

const UNCOVERED = [
  'openapi',
  'replicas',
  'vars',
  'crds',
  'helmGlobals',
  'helmCharts',
  'helmChartInflationGenerator',
  'generators',
  'transformers',
  'validators',
];

function isPresent(value: JsonObject[string]): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

const parsed = new WeakMap<Uint8Array, JsonObject>();

/** A file that Go decodes into a struct, read once. */
export function parseConforming(content: Buffer, file: string, shape: Shape): JsonObject {
  const known = parsed.get(content);
  if (known !== undefined) return known;
  const document = readDocument(content, { file, dialect: 'sigs' })?.value;
  if (!isObject(document)) return notCovered('a kustomization that is no map');
  const { value, problems } = conform(document, shape);
  if (problems.length > 0) notCovered(`unknown or ill-typed fields in ${file}`);
  parsed.set(content, value);
  return value;
}
