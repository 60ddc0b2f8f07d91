import { SlipwayError } from '../errors.ts';
import { isList, isObject, type Json, type JsonObject, readDocument } from '../manifest/index.ts';
import { type FileTree, resolvePath } from './file-tree.ts';
import { writeGoYaml } from './go-yaml.ts';
import { KUSTOMIZATION_FILES, KUSTOMIZATION_SHAPE, objects, strings, text } from './kustomize/kustomization.ts';
import { NotCovered } from './kustomize/not-covered.ts';
import { readObjects } from './kustomize/read-resources.ts';
import { conform } from './kustomize/shape.ts';

export interface GeneratedKustomization {
  /** Path of the kustomization file, which is written anew. */
  readonly file: string;
  readonly content: Buffer;
  /** The folder had none, and every manifest below it is a resource. */
  readonly isNew: boolean;
  /** What the folder had, or the list of its manifests. */
  readonly base: JsonObject;
}

/**
 * The kustomization.yaml that Flux builds in place of what is in the folder of a Kustomization: that file, or a new one
 * where there is none, with the fields of its spec put in (fluxcd/pkg kustomize: Generator.GenerateManifest).
 *
 * @param folder spec.path, as a path of the tree.
 * @throws SlipwayError `flux/bad-kustomization`, `flux/not-kubernetes-yaml`, `flux/bad-component`
 */
export function generateKustomization(tree: FileTree, folder: string, spec: JsonObject): GeneratedKustomization {
  const found = findKustomization(tree, folder);
  const base = found === undefined ? newKustomization(tree, folder) : parse(found.content, found.file);
  const file = found?.file ?? inFolder(folder, KUSTOMIZATION_FILES[0]);
  // A file without resources would count as empty; the side effect is that everything is annotated with its origin.
  const needsMetadata = found !== undefined && strings(base.resources).length === 0;
  const start = needsMetadata ? { ...base, buildMetadata: ['originAnnotations'] } : base;
  const content = withoutEmpty(patched(start, spec, tree, folder));
  return { file, content: Buffer.from(writeGoYaml(content)), isNew: found === undefined, base };
}

function findKustomization(tree: FileTree, folder: string): { file: string; content: Buffer } | undefined {
  for (const name of KUSTOMIZATION_FILES) {
    const file = inFolder(folder, name);
    const content = tree.read(file);
    if (content !== undefined) return { file, content };
  }
  return undefined;
}

function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

const TYPE = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };

/** Unknown fields are dropped without a word, at the top of a build as nowhere else. */
function parse(content: Buffer, file: string): JsonObject {
  const value = readDocument(content, { file, dialect: 'sigs' })?.value ?? null;
  if (value !== null && !isObject(value)) throw badKustomization('The file is no map.', file);
  const { value: kustomization, problems } = conform(value ?? {}, KUSTOMIZATION_SHAPE);
  const wrong = problems.find(({ problem }) => problem === 'type');
  if (wrong !== undefined) throw badKustomization(`The value of ${wrong.at} is of the wrong type.`, file);
  return { ...TYPE, ...kustomization };
}

function badKustomization(message: string, file?: string): SlipwayError {
  return new SlipwayError({ code: 'flux/bad-kustomization', message, place: { file } });
}

/** findOrGenerateKustomization: a placeholder where there is nothing, so that the build is empty and no error. */
function newKustomization(tree: FileTree, folder: string): JsonObject {
  const resources = scanManifests(tree, folder, '.');
  return resources.length === 0 ? { ...TYPE, namespace: '_placeholder' } : { ...TYPE, resources };
}

/** Files in lexical order; a folder with a kustomization file is one resource, and not looked into. */
function scanManifests(tree: FileTree, folder: string, relative: string): readonly string[] {
  const names = [...tree.list(folder)].sort((a, b) => (plain(a) < plain(b) ? -1 : 1));
  return names.flatMap((name) => {
    const path = inFolder(folder, plain(name));
    const own = `${relative}/${plain(name)}`;
    if (name.endsWith('/')) {
      return findKustomization(tree, path) === undefined ? scanManifests(tree, path, own) : [own];
    }
    if (!/\.ya?ml$/.test(name)) return [];
    checkManifest(tree.read(path) ?? Buffer.alloc(0), path);
    return [own];
  });
}

function plain(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : name;
}

function checkManifest(content: Buffer, file: string): void {
  try {
    readObjects(content, file);
  } catch (cause) {
    // What kustomize has to say about it will be heard when it builds.
    if (cause instanceof NotCovered || !(cause instanceof SlipwayError)) return;
    throw new SlipwayError({
      code: 'flux/not-kubernetes-yaml',
      message: `Each YAML file of a folder without a kustomization.yaml is taken for a manifest, and this one cannot be read: ${cause.message}`,
      remedy: 'Write a kustomization.yaml that lists the manifests.',
      place: cause.place,
      cause,
    });
  }
}

function patched(base: JsonObject, spec: JsonObject, tree: FileTree, folder: string): JsonObject {
  const set = (field: string, from: string): JsonObject =>
    typeof spec[from] === 'string' ? { [field]: spec[from] } : {};
  return {
    ...base,
    ...set('namespace', 'targetNamespace'),
    ...set('namePrefix', 'namePrefix'),
    ...set('nameSuffix', 'nameSuffix'),
    patches: [...objects(base.patches), ...objects(spec.patches).map(inlinePatch)],
    components: [...strings(base.components), ...componentsOf(spec, tree, folder)],
    images: objects(spec.images).reduce(withImage, objects(base.images)),
    buildMetadata: strings(spec.buildMetadata).length > 0 ? strings(spec.buildMetadata) : strings(base.buildMetadata),
  };
}

/** A Kustomization's patch is always inline, and its target has no other fields. */
function inlinePatch({ patch, target }: JsonObject): JsonObject {
  if (!isObject(target)) return { patch: text(patch) };
  const fields = ['group', 'version', 'kind', 'name', 'namespace', 'labelSelector', 'annotationSelector'];
  return { patch: text(patch), target: onlyTexts(target, fields) };
}

function componentsOf(spec: JsonObject, tree: FileTree, folder: string): readonly string[] {
  return strings(spec.components).filter((component) => {
    if (!isLocalRelative(component)) {
      throw new SlipwayError({
        code: 'flux/bad-component',
        message: `The component ${JSON.stringify(component)} is no relative path.`,
        remedy: 'Name a folder of the same repository, relative to spec.path.',
      });
    }
    if (spec.ignoreMissingComponents !== true) return true;
    const path = resolvePath(folder, component);
    return path !== undefined && (tree.isFolder(path) || tree.read(path) !== undefined);
  });
}

/** kustomize_generator.go: IsLocalRelativePath. */
function isLocalRelative(path: string): boolean {
  return !/^(?:(?:git::|gh:|ssh:\/\/|https?:\/\/|git@|github\.com[:/]).|(?:file:\/\/)?\/)/i.test(path);
}

/** Tag and digest are one unit: either of them replaces both. */
function withImage(images: readonly JsonObject[], image: JsonObject): readonly JsonObject[] {
  const given = onlyTexts(image, ['name', 'newName', 'newTag', 'digest']);
  const index = images.findIndex(({ name }) => text(name) === text(image.name));
  const existing = images[index];
  if (existing === undefined) return [...images, given];
  const isVersioned = given.newTag !== undefined || given.digest !== undefined;
  const kept = isVersioned ? { ...existing, newTag: undefined, digest: undefined } : existing;
  return images.with(index, { ...kept, ...given });
}

function onlyTexts(value: JsonObject, fields: readonly string[]): JsonObject {
  const texts = fields.map((field): [string, string] => [field, text(value[field])]);
  return Object.fromEntries(texts.filter(([, content]) => content !== ''));
}

/** What `omitempty` leaves out, at the top level and in what it holds. */
function withoutEmpty(value: JsonObject): JsonObject {
  const members = Object.entries(value).flatMap(([key, member]): [string, Json][] => {
    if (member === undefined || isEmpty(key, member)) return [];
    if (!isList(member)) return [[key, member]];
    return [[key, member.map((item) => (isObject(item) ? withoutEmpty(item) : item))]];
  });
  return Object.fromEntries(members);
}

function isEmpty(key: string, value: Json): boolean {
  if (isList(value)) return value.length === 0;
  // Pointers to structs stay, even empty ones.
  if (isObject(value)) return !POINTERS.has(key) && Object.keys(value).length === 0;
  return value === null || value === '' || value === false || value === 0;
}

const POINTERS = new Set([
  'target',
  'options',
  'metadata',
  'generatorOptions',
  'sortOptions',
  'source',
  'select',
  'helmGlobals',
]);

/**
 * Where an entry of the generated kustomization.yaml was written: in the spec of the Kustomization, in the file that the
 * folder has, or nowhere, where Flux lists what lies in the folder.
 *
 * @param pointer to a field of the generated file, such as `/patches/2/patch`
 */
export function whereWritten(
  { content, base, isNew }: GeneratedKustomization,
  spec: JsonObject,
  pointer: string,
): { readonly in: 'spec' | 'file'; readonly pointer: string } | undefined {
  const [, field = '', index = '', ...rest] = pointer.split('/');
  if (field === 'patches' && Number(index) >= objects(base.patches).length) {
    const at = Number(index) - objects(base.patches).length;
    return { in: 'spec', pointer: ['', 'spec', 'patches', at, ...rest].join('/') };
  }
  if (field === 'components' && Number(index) >= strings(base.components).length) {
    const all = readDocument(content)?.value;
    // Components that are missing, and may be, are left out of the generated list.
    const name = strings(isObject(all) ? all.components : undefined)[Number(index)] ?? '';
    return { in: 'spec', pointer: `/spec/components/${strings(spec.components).indexOf(name)}` };
  }
  if (field === 'images') {
    const all = readDocument(content)?.value;
    const name = text(objects(isObject(all) ? all.images : undefined)[Number(index)]?.name);
    const at = objects(spec.images).findLastIndex((image) => text(image.name) === name);
    if (at >= 0) return { in: 'spec', pointer: `/spec/images/${at}` };
  }
  const fromSpec = field === 'namespace' ? 'targetNamespace' : field;
  if (['targetNamespace', 'namePrefix', 'nameSuffix'].includes(fromSpec) && typeof spec[fromSpec] === 'string') {
    return { in: 'spec', pointer: `/spec/${fromSpec}` };
  }
  return isNew ? undefined : { in: 'file', pointer };
}
