import { isObject, type JsonObject, readDocument } from '../../manifest/index.ts';
import { type FileTree, resolvePath } from '../file-tree.ts';
import { contentHash } from './content-hash.ts';
import { metadataOf, withMetadata } from './edit.ts';
import { absorb, generate } from './generators.ts';
import {
  CONFIGURATION_SHAPE,
  KUSTOMIZATION_FILES,
  KUSTOMIZATION_SHAPE,
  objects,
  strings,
  text,
} from './kustomization.ts';
import { fixNameReferences } from './name-references.ts';
import { notCovered } from './not-covered.ts';
import { formatOrigin, joinOrigin, type Origin } from './origin.ts';
import { applyPatch, parsePatch, parseStrategicMerges } from './patches.ts';
import { readObjects } from './read-resources.ts';
import { applyReplacements, parseReplacements } from './replacements.ts';
import { Resource } from './resource.ts';
import { idKey } from './resource-id.ts';
import { conform, type Shape } from './shape.ts';
import {
  DEFAULT_CONFIG,
  EMPTY_CONFIG,
  mergeConfigs,
  parseConfiguration,
  type TransformerConfig,
} from './transformer-config.ts';
import { addAnnotations, addLabels, addPrefix, addSuffix, setNamespace } from './transformers.ts';

/**
 * The objects that `kustomize build` makes of a folder, in the order of its files and with files outside of the folder
 * allowed, as Flux runs it (krusty.Kustomizer.Run with no reordering and LoadRestrictionsNone).
 *
 * @throws NotCovered for everything that it does not do exactly as kustomize 5.8 does, mistakes included.
 */
export function buildNatively(tree: FileTree, folder: string): readonly JsonObject[] {
  const kustomization = loadKustomization(tree, folder);
  const metadata = strings(kustomization.buildMetadata);
  if (metadata.some((option) => option !== 'originAnnotations')) notCovered('buildMetadata');
  const order = isObject(kustomization.sortOptions) ? kustomization.sortOptions.order : 'fifo';
  if (order !== 'fifo') notCovered('sortOptions');
  const withOrigins = metadata.length > 0;
  const target = { tree, folder, kustomization, origin: withOrigins ? '' : undefined, ancestors: [folder] };
  const { resources, config } = accumulate(target, { resources: [], config: EMPTY_CONFIG });
  const hashed = resources.map(withHash);
  return fixNameReferences(hashed, config.nameReference)
    .filter(isForCluster)
    .map((resource) => finished(resource));
}

/** A kustomization on the way, with what it stands in (target.KustTarget). */
interface Target {
  readonly tree: FileTree;
  readonly folder: string;
  readonly kustomization: JsonObject;
  /** The way from the folder of the build, where origins are noted. */
  readonly origin: string | undefined;
  /** Its own folder and those of the kustomizations that lead to it. */
  readonly ancestors: readonly string[];
}

interface Accumulator {
  readonly resources: readonly Resource[];
  readonly config: TransformerConfig;
}

function loadKustomization(tree: FileTree, folder: string): JsonObject {
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
  'patchesJson6902',
  'images',
  'imageTags',
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
function parseConforming(content: Buffer, file: string, shape: Shape): JsonObject {
  const known = parsed.get(content);
  if (known !== undefined) return known;
  const document = readDocument(content, { file, dialect: 'sigs' })?.value;
  if (!isObject(document)) return notCovered('a kustomization that is no map');
  const { value, problems } = conform(document, shape);
  if (problems.length > 0) notCovered(`unknown or ill-typed fields in ${file}`);
  parsed.set(content, value);
  return value;
}

/** KustTarget.accumulateTarget. */
function accumulate(target: Target, start: Accumulator): Accumulator {
  const { kustomization } = target;
  const paths = [...strings(kustomization.resources), ...strings(kustomization.bases)];
  let accumulator = paths.reduce((all, path) => addResource(target, all, path), start);
  accumulator = { ...accumulator, config: mergeConfigs(accumulator.config, configOf(target)) };
  accumulator = { ...accumulator, resources: runGenerators(target, accumulator.resources) };
  accumulator = strings(kustomization.components).reduce((all, path) => addComponent(target, all, path), accumulator);
  return { ...accumulator, resources: runTransformers(target, accumulator) };
}

function configOf(target: Target): TransformerConfig {
  const files = strings(target.kustomization.configurations);
  return files.reduce((config, path) => {
    const content = readFile(target, path);
    const parsedFile = parseConfiguration(parseConforming(content, path, CONFIGURATION_SHAPE));
    if (parsedFile.hasOther) notCovered('a configuration of names, variables, images or replicas');
    return mergeConfigs(config, parsedFile);
  }, DEFAULT_CONFIG);
}

function addResource(target: Target, accumulator: Accumulator, path: string): Accumulator {
  const { tree, folder, origin } = target;
  const resolved = pathWithin(folder, path);
  const content = tree.read(resolved);
  if (content !== undefined && !path.endsWith('/')) {
    const from = origin === undefined ? undefined : { path: joinOrigin(origin, path) };
    const resources = readObjects(content, resolved).map((source) => new Resource({ ...source, origin: from }));
    return { ...accumulator, resources: append(accumulator.resources, resources) };
  }
  const sub = accumulate(enter(target, path, 'Kustomization'), { resources: [], config: EMPTY_CONFIG });
  return {
    resources: append(accumulator.resources, sub.resources),
    config: mergeConfigs(accumulator.config, sub.config),
  };
}

function addComponent(target: Target, accumulator: Accumulator, path: string): Accumulator {
  return accumulate(enter(target, path, 'Component'), accumulator);
}

/** KustTarget.accumulateDirectory. */
function enter({ tree, folder, origin, ancestors }: Target, path: string, kind: string): Target {
  const resolved = pathWithin(folder, path);
  if (!tree.isFolder(resolved)) return notCovered(`${path}, which is neither file nor folder`);
  // FileLoader.errIfArgEqualOrHigher.
  if (ancestors.some((ancestor) => resolved === '' || ancestor === resolved || ancestor.startsWith(`${resolved}/`))) {
    return notCovered('a folder that contains one on the way to it');
  }
  const kustomization = loadKustomization(tree, resolved);
  if ((kustomization.kind ?? 'Kustomization') !== kind) return notCovered(`a ${kind} that is none`);
  return {
    tree,
    folder: resolved,
    kustomization,
    origin: origin === undefined ? undefined : joinOrigin(origin, path),
    ancestors: [...ancestors, resolved],
  };
}

function pathWithin(folder: string, path: string): string {
  if (path === '' || path.startsWith('/') || /^[a-zA-Z][a-zA-Z0-9+.-]*:|^git@|^github\.com[:/]|\?/.test(path)) {
    return notCovered(`the path ${JSON.stringify(path)}`);
  }
  return resolvePath(folder, path) ?? notCovered(`the path ${JSON.stringify(path)}, which leads out`);
}

function readFile({ tree, folder }: Target, path: string): Buffer {
  return tree.read(pathWithin(folder, path)) ?? notCovered(`the file ${JSON.stringify(path)}, which is not there`);
}

function append(resources: readonly Resource[], added: readonly Resource[]): readonly Resource[] {
  const result = [...resources, ...added];
  if (new Set(result.map(({ id }) => idKey(id))).size < result.length) notCovered('two resources of one name');
  return result;
}

function runGenerators(target: Target, start: readonly Resource[]): readonly Resource[] {
  const { kustomization, origin } = target;
  const options = isObject(kustomization.generatorOptions) ? kustomization.generatorOptions : undefined;
  const read = (path: string): Buffer => readFile(target, path);
  const run = (all: readonly Resource[], kind: 'ConfigMap' | 'Secret', args: JsonObject): readonly Resource[] => {
    const from: Origin | undefined =
      origin === undefined
        ? undefined
        : { configuredIn: joinOrigin(origin, fileName(target)), configuredBy: `${kind}Generator` };
    return absorb(all, generate(kind, args, options, read, from));
  };
  const maps = objects(kustomization.configMapGenerator);
  const secrets = objects(kustomization.secretGenerator);
  const withMaps = maps.reduce((all, args) => run(all, 'ConfigMap', args), start);
  return secrets.reduce((all, args) => run(all, 'Secret', args), withMaps);
}

function fileName({ tree, folder }: Target): string {
  const prefix = folder === '' ? '' : `${folder}/`;
  return KUSTOMIZATION_FILES.find((name) => tree.read(`${prefix}${name}`) !== undefined) ?? KUSTOMIZATION_FILES[0];
}

/** In kustomize's order, whatever that of the file (KustTarget.configureBuiltinTransformers). */
function runTransformers(target: Target, { resources, config }: Accumulator): readonly Resource[] {
  const { kustomization } = target;
  const read = (path: string): Buffer => readFile(target, path);
  const patches = [
    ...parseStrategicMerges(strings(kustomization.patchesStrategicMerge), read),
    ...objects(kustomization.patches).map((patch) => parsePatch(patch, read)),
  ];
  let result = patches.reduce(applyPatch, resources);
  const namespace = text(kustomization.namespace);
  const prefix = text(kustomization.namePrefix);
  const suffix = text(kustomization.nameSuffix);
  if (namespace !== '') result = setNamespace(result, namespace, config);
  if (prefix !== '') result = addPrefix(result, prefix);
  if (suffix !== '') result = addSuffix(result, suffix);
  result = addLabels(result, kustomization, config);
  result = addAnnotations(result, kustomization, config);
  const replacements = parseReplacements(objects(kustomization.replacements), read);
  return applyReplacements(result, replacements);
}

function withHash(resource: Resource): Resource {
  if (!resource.needsHash) return resource;
  const { object, id } = resource;
  return resource.remembering().renamed(`${id.name}-${contentHash(object)}`);
}

/** KustTarget.IgnoreLocal. */
function isForCluster(resource: Resource): boolean {
  return (resource.annotations().get('config.kubernetes.io/local-config') ?? 'false') === 'false';
}

/** The object as it is printed: annotations are text, and none at all where there are none (Resource.SetAnnotations). */
function finished(resource: Resource): JsonObject {
  const annotations = new Map(resource.annotations());
  if (resource.origin !== undefined) {
    const origin = formatOrigin(resource.origin) ?? notCovered('the name of a file');
    annotations.set('config.kubernetes.io/origin', origin);
  }
  const { object } = resource;
  if (annotations.size > 0) return withMetadata(object, 'annotations', Object.fromEntries(annotations));
  return 'annotations' in metadataOf(object) ? withMetadata(object, 'annotations', undefined) : object;
}
