import type { FileTree } from '../../flux/index.ts';
import { identityKey, identityOf, isList, isObject, type JsonObject } from '../../manifest/index.ts';
import { generatedArtifact, type SourceReference, sourceKey, sourceReferenceOf, text } from '../sources.ts';
import type { Rendered } from '../walk.ts';

/**
 * The artifact of a source: the repository itself, what `--source` gave, or what an ArtifactGenerator makes of these;
 * undefined where it is not here. As for Kustomizations, what nothing declares is the repository.
 */
export function artifactsOf(
  rendered: readonly Rendered[],
  objects: ReadonlyMap<string, JsonObject>,
  tree: FileTree,
  given: ReadonlyMap<string, FileTree>,
): (source: SourceReference) => FileTree | undefined {
  const own = rendered
    .map(({ spec, namespace }) => sourceReferenceOf(spec, namespace))
    .find((reference) => reference !== undefined && reference.kind !== 'ExternalArtifact');
  const generators = new Map([...objects.values()].flatMap(artifactNames));

  function find(source: SourceReference): FileTree | undefined {
    const known = given.get(sourceKey(source));
    if (known !== undefined) return known;
    if (own !== undefined && sourceKey(own) === sourceKey(source)) return tree;
    const generator = generators.get(`${source.namespace}/${source.name}`);
    if (source.kind === 'ExternalArtifact' && generator !== undefined) {
      return generatedArtifact(generator, source.name, source.namespace, find);
    }
    const isDeclared = objects.has(identityKey({ group: 'source.toolkit.fluxcd.io', ...source }));
    return source.kind === 'GitRepository' && !isDeclared ? tree : undefined;
  }
  return find;
}

/** `namespace/name` of each ExternalArtifact that an ArtifactGenerator makes. */
function artifactNames(object: JsonObject): readonly (readonly [string, JsonObject])[] {
  const { kind, namespace } = identityOf(object);
  if (kind !== 'ArtifactGenerator' || !isObject(object.spec) || !isList(object.spec.artifacts)) return [];
  return object.spec.artifacts.filter(isObject).map(({ name }) => [`${namespace}/${text(name)}`, object] as const);
}
