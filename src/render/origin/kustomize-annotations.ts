import { type BuildPart, type PartKind, resolvePath } from '../../flux/index.ts';
import { isList, isObject, type JsonObject, readDocument } from '../../manifest/index.ts';

const ORIGIN = 'config.kubernetes.io/origin';
const TRANSFORMATIONS = 'alpha.config.kubernetes.io/transformations';

/** What `buildMetadata` has to hold for kustomize to annotate objects with what made them. */
export const ANNOTATE = ['originAnnotations', 'transformerAnnotations'];

/**
 * What made an object by the annotations of kustomize: the file that it came from, and every transformer that ran over it,
 * whether that changed anything or not, by its kustomization file.
 *
 * @param folder that was built; the annotations are relative to it
 */
export function annotatedParts(object: JsonObject, folder: string): readonly BuildPart[] {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  const read = (key: string): unknown => {
    const text = annotations[key];
    return typeof text === 'string' ? readDocument(text)?.value : undefined;
  };
  const origin = read(ORIGIN);
  const transformations = read(TRANSFORMATIONS);
  const steps = isList(transformations) ? transformations.filter(isObject) : [];
  const parts = [
    ...(isObject(origin) ? [originPart(origin, folder)] : []),
    ...steps.map((step) => ranPart(step, folder)),
  ];
  // A transformer is named once for each of its entries.
  const found = new Map(
    parts.flatMap((part) => (part === undefined ? [] : [[`${part.kind} ${part.place.file}`, part]])),
  );
  return [...found.values()];
}

function originPart({ path, configuredIn }: JsonObject, folder: string): BuildPart | undefined {
  const file = typeof path === 'string' ? path : configuredIn;
  const resolved = typeof file === 'string' ? resolvePath(folder, file) : undefined;
  if (resolved === undefined) return undefined;
  const isResource = typeof path === 'string';
  const place = { file: resolved, pointer: isResource ? '' : undefined };
  return { kind: isResource ? 'resource' : 'generator', place, through: [], fields: [''] };
}

function ranPart({ configuredIn, configuredBy }: JsonObject, folder: string): BuildPart | undefined {
  const file = typeof configuredIn === 'string' ? resolvePath(folder, configuredIn) : undefined;
  if (file === undefined) return undefined;
  const by = isObject(configuredBy) ? configuredBy.kind : undefined;
  const kind = (typeof by === 'string' ? KINDS[by] : undefined) ?? 'transformer';
  return { kind, place: { file, pointer: undefined }, through: [], fields: undefined };
}

const KINDS: Readonly<Record<string, PartKind>> = {
  PatchTransformer: 'patch',
  PatchJson6902Transformer: 'patch',
  PatchStrategicMergeTransformer: 'patch',
  NamespaceTransformer: 'namespace',
  PrefixTransformer: 'namePrefix',
  SuffixTransformer: 'nameSuffix',
  LabelTransformer: 'labels',
  AnnotationsTransformer: 'annotations',
  ImageTagTransformer: 'images',
  ReplacementTransformer: 'replacement',
};
