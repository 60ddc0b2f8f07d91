import path from 'node:path';
import { SlipwayError } from '../errors.ts';
import type { FileTree } from '../flux/index.ts';
import { formatIdentity, identityOf, isObject, type Json, type JsonObject, objectsOf } from '../manifest/index.ts';
import { ComposedTree, type Copy } from './composed-tree.ts';

/** What a `sourceRef` names, in the namespace where it is looked for. */
export interface SourceReference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function sourceKey({ kind, namespace, name }: SourceReference): string {
  return `${kind}/${namespace}/${name}`;
}

/** `undefined` where it has none, or none that names anything. */
export function sourceReferenceOf(spec: JsonObject, namespace: string): SourceReference | undefined {
  const { sourceRef } = spec;
  if (!isObject(sourceRef) || typeof sourceRef.kind !== 'string' || typeof sourceRef.name !== 'string')
    return undefined;
  const own = typeof sourceRef.namespace === 'string' ? sourceRef.namespace : namespace;
  return { kind: sourceRef.kind, namespace: own, name: sourceRef.name };
}

/** The object of a source, as the walk came across it. */
export interface SourceObject extends SourceReference {
  readonly object: JsonObject;
}

/**
 * The artifact of an ExternalArtifact that an ArtifactGenerator makes (source-watcher: ArtifactGenerator, spec.artifacts).
 *
 * @param find the artifact of one of its sources, `undefined` where that is not here
 */
export function generatedArtifact(
  generator: JsonObject,
  name: string,
  namespace: string,
  find: (source: SourceReference) => FileTree | undefined,
): FileTree | undefined {
  const spec = isObject(generator.spec) ? generator.spec : {};
  const artifact = objectsOf(spec.artifacts).find((one) => one.name === name);
  if (artifact === undefined) return undefined;
  const sources = new Map(objectsOf(spec.sources).map((source) => [text(source.alias), source]));
  const copies = objectsOf(artifact.copy).map(({ from, to }): Copy | undefined => {
    const [, alias = '', pattern = ''] = /^@([^/]+)\/(.*)$/.exec(text(from)) ?? [];
    const source = sources.get(alias);
    const tree =
      source === undefined
        ? undefined
        : find({
            kind: text(source.kind),
            name: text(source.name),
            namespace: typeof source.namespace === 'string' ? source.namespace : namespace,
          });
    return tree === undefined ? undefined : copyOf(tree, pattern, text(to), generator);
  });
  return copies.every((copy) => copy !== undefined) ? new ComposedTree(copies) : undefined;
}

/** `folder/**` is all below a folder; a path without a pattern keeps its own name where `to` ends with a slash. */
function copyOf(tree: FileTree, pattern: string, to: string, generator: JsonObject): Copy {
  const target = to.replace(/^@artifact\/?/, '');
  const folder = /^(?:(.*)\/)?\*\*$/.exec(pattern);
  if (folder !== null) return { tree, from: folder[1] ?? '', to: trimmed(target) };
  if (/[*?[\]{}]/.test(pattern)) throw notCovered(pattern, generator);
  const isInto = target === '' || target.endsWith('/');
  return {
    tree,
    from: trimmed(pattern),
    to: trimmed(isInto ? path.posix.join(target, path.posix.basename(pattern)) : target),
  };
}

function notCovered(pattern: string, generator: JsonObject): SlipwayError {
  return new SlipwayError({
    code: 'render/artifact-pattern',
    message: `The copy of ${JSON.stringify(pattern)} by an ArtifactGenerator is not worked out here: only whole folders (\`folder/**\`) and single files are.`,
    place: { object: formatIdentity(identityOf(generator)) },
  });
}

function trimmed(folder: string): string {
  return folder.replace(/^\/+|\/+$/g, '');
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
