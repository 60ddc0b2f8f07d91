import {
  type FileTree,
  generateKustomization,
  type GeneratedKustomization,
  OverlaidTree,
  resolvePath,
  type BuildPart,
} from '../../flux/index.ts';
import type { JsonObject } from '../../manifest/index.ts';
import type { Engine } from '../engine.ts';
import type { FilePosition } from './yaml-node.ts';
import { ANNOTATE, annotatedParts } from './kustomize-annotations.ts';

/** What made the objects of a Kustomization. */
export interface BuildTrace {
  /** `kustomize`, which tells files and no lines, where the native builder does not cover the folder. */
  readonly by: 'native' | 'kustomize';
  /** As kustomize makes them, in its order: variables are not replaced. */
  readonly objects: readonly { readonly object: JsonObject; readonly parts: readonly BuildPart[] }[];
  readonly generated: GeneratedKustomization;
  /** The artifact that is built. */
  readonly tree: FileTree;
  /** A file of the artifact as people know it. */
  readonly shown: (file: string) => FilePosition;
}

/**
 * Builds a Kustomization once more, noting what makes each object.
 *
 * @throws SlipwayError as buildKustomization does
 */
export async function traceKustomization(
  tree: FileTree,
  spec: JsonObject,
  engine: Engine,
  shown: BuildTrace['shown'] = (file) => ({ file }),
): Promise<BuildTrace> {
  const folder = resolvePath('', typeof spec.path === 'string' ? spec.path.replace(/^\/+/, '') : '') ?? '';
  const generated = generateKustomization(tree, folder, spec);
  const overlay = ({ file, content }: GeneratedKustomization): FileTree =>
    new OverlaidTree(tree, new Map([[file, content]]));
  const traced = await engine.trace(overlay(generated), folder);
  if (traced !== undefined) return { by: 'native', objects: traced, generated, tree, shown };
  const annotated = generateKustomization(tree, folder, { ...spec, buildMetadata: ANNOTATE });
  const { objects } = await engine.build(overlay(annotated), folder);
  return {
    by: 'kustomize',
    objects: objects.map((object) => ({ object, parts: annotatedParts(object, folder) })),
    generated,
    tree,
    shown,
  };
}
