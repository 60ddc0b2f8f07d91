import { isObject, type JsonObject } from '../../manifest/index.ts';
import type { FileTree } from '../file-tree.ts';
import { contentHash } from './content-hash.ts';
import { metadataOf, withMetadata } from './edit.ts';
import { absorb, generate } from './generators.ts';
import { CONFIGURATION_SHAPE, objects, strings, text } from './kustomization.ts';
import { loadKustomization, parseConforming } from './load-kustomization.ts';
import { parseImage, setImage } from './images.ts';
import { fixNameReferences } from './name-references.ts';
import { notCovered } from './not-covered.ts';
import { formatOrigin, joinOrigin, type Origin } from './origin.ts';
import { applyJsonPatchEntry, applyPatch, parsePatch, parseStrategicMerges } from './patches.ts';
import { readObjects } from './read-resources.ts';
import { applyReplacements, parseReplacements } from './replacements.ts';
import { Resource } from './resource.ts';
import { idKey } from './resource-id.ts';
import { entryOf, fileName, pathWithin, readFile, stepOf, type Target } from './target.ts';
import {
  type BuildPart,
  type BuildStep,
  generatorSources,
  type PartKind,
  startTrail,
  type TreePlace,
} from './trace.ts';
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
  return build(tree, folder, false).map(finished);
}

export interface TracedObject {
  readonly object: JsonObject;
  /** What made it, in the order in which that was done. */
  readonly parts: readonly BuildPart[];
}

/**
 * The same objects with the parts of the build that made each. References to names that changed, and hashes in names, are
 * kustomize's own doing, and no part.
 *
 * @throws NotCovered as buildNatively does
 */
export function traceNatively(tree: FileTree, folder: string): readonly TracedObject[] {
  return build(tree, folder, true).map((resource) => ({
    object: finished(resource),
    parts: resource.trail?.parts ?? [],
  }));
}

function build(tree: FileTree, folder: string, isTraced: boolean): readonly Resource[] {
  const kustomization = loadKustomization(tree, folder);
  const metadata = strings(kustomization.buildMetadata);
  if (metadata.some((option) => option !== 'originAnnotations')) notCovered('buildMetadata');
  const order = isObject(kustomization.sortOptions) ? kustomization.sortOptions.order : 'fifo';
  if (order !== 'fifo') notCovered('sortOptions');
  const withOrigins = metadata.length > 0;
  const target = {
    tree,
    folder,
    kustomization,
    origin: withOrigins ? '' : undefined,
    ancestors: [folder],
    trace: isTraced ? [] : undefined,
  };
  const { resources, config } = accumulate(target, { resources: [], config: EMPTY_CONFIG });
  const hashed = resources.map(withHash);
  // Patches and prefixes may have made two names one (KustTarget.IgnoreLocal: resmap.Factory.FromResourceSlice).
  return distinct(fixNameReferences(hashed, config.nameReference).filter(isForCluster));
}

interface Accumulator {
  readonly resources: readonly Resource[];
  readonly config: TransformerConfig;
}

/** KustTarget.accumulateTarget. */
function accumulate(target: Target, start: Accumulator): Accumulator {
  const { kustomization } = target;
  let accumulator = strings(kustomization.resources).reduce(
    (all, path, at) => addResource(target, all, path, `/resources/${at}`),
    start,
  );
  accumulator = strings(kustomization.bases).reduce(
    (all, path, at) => addResource(target, all, path, `/bases/${at}`),
    accumulator,
  );
  accumulator = { ...accumulator, config: mergeConfigs(accumulator.config, configOf(target)) };
  accumulator = { ...accumulator, resources: runGenerators(target, accumulator.resources) };
  accumulator = strings(kustomization.components).reduce((all, path, at) => {
    const { resources, config } = accumulate(enter(target, path, 'Component', `/components/${at}`), all);
    return { resources: distinct(resources), config };
  }, accumulator);
  return { ...accumulator, resources: runTransformers(target, accumulator) };
}

function configOf(target: Target): TransformerConfig {
  const files = strings(target.kustomization.configurations);
  return files.reduce((config, path) => {
    const content = readFile(target, path);
    const parsedFile = parseConfiguration(parseConforming(content, path, CONFIGURATION_SHAPE));
    if (parsedFile.hasOther) notCovered('a configuration of names, variables or replicas');
    return mergeConfigs(config, parsedFile);
  }, DEFAULT_CONFIG);
}

function addResource(target: Target, accumulator: Accumulator, path: string, pointer: string): Accumulator {
  const { tree, folder, origin } = target;
  const resolved = pathWithin(folder, path);
  const content = tree.read(resolved);
  if (content !== undefined && !path.endsWith('/')) {
    const from = origin === undefined ? undefined : { path: joinOrigin(origin, path) };
    const resources = readObjects(content, resolved).map(({ object, traits, at }) => {
      const step = stepOf(target, 'resource', pointer, { place: { file: resolved, ...at } });
      return new Resource({ object, traits, origin: from, trail: step && startTrail(object, step) });
    });
    return { ...accumulator, resources: append(accumulator.resources, resources) };
  }
  const sub = accumulate(enter(target, path, 'Kustomization', pointer), { resources: [], config: EMPTY_CONFIG });
  return {
    resources: append(accumulator.resources, sub.resources),
    config: mergeConfigs(accumulator.config, sub.config),
  };
}

/** KustTarget.accumulateDirectory. */
function enter(target: Target, path: string, kind: string, pointer: string): Target {
  const { tree, folder, origin, ancestors } = target;
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
    trace: target.trace && [entryOf(target, pointer), ...target.trace],
  };
}

function append(resources: readonly Resource[], added: readonly Resource[]): readonly Resource[] {
  return distinct([...resources, ...added]);
}

function distinct(resources: readonly Resource[]): readonly Resource[] {
  if (new Set(resources.map(({ id }) => idKey(id))).size < resources.length) notCovered('two resources of one name');
  return resources;
}

function runGenerators(target: Target, start: readonly Resource[]): readonly Resource[] {
  const { kustomization, folder, origin } = target;
  const options = isObject(kustomization.generatorOptions) ? kustomization.generatorOptions : undefined;
  const read = (path: string): Buffer => readFile(target, path);
  const runAll = (all: readonly Resource[], kind: 'ConfigMap' | 'Secret', field: string): readonly Resource[] =>
    objects(kustomization[field]).reduce((current, args, at) => {
      const from: Origin | undefined =
        origin === undefined
          ? undefined
          : { configuredIn: joinOrigin(origin, fileName(target)), configuredBy: `${kind}Generator` };
      const { resource, behavior } = generate(kind, args, options, read, from);
      const sources = target.trace && generatorSources(args, folder, entryOf(target, `/${field}/${at}`));
      const step = stepOf(target, 'generator', `/${field}/${at}`, { sources });
      const traced = step === undefined ? resource : resource.with({ trail: startTrail(resource.object, step) });
      return noted(absorb(current, { resource: traced, behavior }), step);
    }, all);
  return runAll(runAll(start, 'ConfigMap', 'configMapGenerator'), 'Secret', 'secretGenerator');
}

function noted(resources: readonly Resource[], step: BuildStep | undefined): readonly Resource[] {
  return step === undefined ? resources : resources.map((resource) => resource.noting(step));
}

/** In kustomize's order, whatever that of the file (KustTarget.configureBuiltinTransformers). */
function runTransformers(target: Target, { resources, config }: Accumulator): readonly Resource[] {
  const { kustomization } = target;
  const patched = runPatches(target, resources);
  const namespace = text(kustomization.namespace);
  const prefix = text(kustomization.namePrefix);
  const suffix = text(kustomization.nameSuffix);
  let result = patched;
  const after = (kind: PartKind, field: string, next: readonly Resource[]): void => {
    result = noted(next, next === result ? undefined : stepOf(target, kind, `/${field}`));
  };
  if (namespace !== '') after('namespace', 'namespace', setNamespace(result, namespace, config));
  if (prefix !== '') after('namePrefix', 'namePrefix', addPrefix(result, prefix));
  if (suffix !== '') after('nameSuffix', 'nameSuffix', addSuffix(result, suffix));
  const labels = kustomization.labels === undefined ? 'commonLabels' : 'labels';
  after('labels', labels, addLabels(result, kustomization, config));
  after('annotations', 'commonAnnotations', addAnnotations(result, kustomization, config));
  return runReplacements(target, runImages(target, runJsonPatches(target, result), config));
}

function runPatches(target: Target, start: readonly Resource[]): readonly Resource[] {
  const { kustomization } = target;
  const read = (path: string): Buffer => readFile(target, path);
  const merged = strings(kustomization.patchesStrategicMerge).reduce((all, entry, at) => {
    const step = stepOf(
      target,
      'patch',
      `/patchesStrategicMerge/${at}`,
      placed(target, entry.includes('\n') ? '' : entry),
    );
    return noted(parseStrategicMerges([entry], read).reduce(applyPatch, all), step);
  }, start);
  return objects(kustomization.patches).reduce((all, entry, at) => {
    const path = text(entry.path);
    const step = stepOf(target, 'patch', `/patches/${at}${path === '' ? '/patch' : ''}`, placed(target, path));
    return noted(applyPatch(all, parsePatch(entry, read)), step);
  }, merged);
}

/** PatchJson6902Transformer. */
function runJsonPatches(target: Target, start: readonly Resource[]): readonly Resource[] {
  const read = (path: string): Buffer => readFile(target, path);
  return objects(target.kustomization.patchesJson6902).reduce((all, entry, at) => {
    const path = text(entry.path);
    const pointer = `/patchesJson6902/${at}${path === '' ? '/patch' : ''}`;
    return noted(applyJsonPatchEntry(all, entry, read), stepOf(target, 'patch', pointer, placed(target, path)));
  }, start);
}

function runImages(
  target: Target,
  start: readonly Resource[],
  { images: specs }: TransformerConfig,
): readonly Resource[] {
  return ['images', 'imageTags'].reduce(
    (resources, field) =>
      objects(target.kustomization[field]).reduce(
        (all, entry, at) => noted(setImage(all, parseImage(entry), specs), stepOf(target, 'images', `/${field}/${at}`)),
        resources,
      ),
    start,
  );
}

function placed({ folder }: Target, path: string): { readonly place?: TreePlace } {
  return path === '' ? {} : { place: { file: pathWithin(folder, path), pointer: '' } };
}

function runReplacements(target: Target, start: readonly Resource[]): readonly Resource[] {
  const read = (path: string): Buffer => readFile(target, path);
  return objects(target.kustomization.replacements).reduce(
    (all, entry, at) =>
      noted(
        applyReplacements(all, parseReplacements([entry], read)),
        stepOf(target, 'replacement', `/replacements/${at}`, placed(target, text(entry.path))),
      ),
    start,
  );
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
