import type { JsonObject } from '../../manifest/index.ts';
import { type FileTree, resolvePath } from '../file-tree.ts';
import { KUSTOMIZATION_FILES } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import type { BuildStep, PartKind, TreePlace } from './trace.ts';

/** A kustomization on the way, with what it stands in (target.KustTarget). */
export interface Target {
  readonly tree: FileTree;
  readonly folder: string;
  readonly kustomization: JsonObject;
  /** The way from the folder of the build, where origins are noted. */
  readonly origin: string | undefined;
  /** Its own folder and those of the kustomizations that lead to it. */
  readonly ancestors: readonly string[];
  /** The entries that lead to it, the nearest first; undefined where nobody asks what makes an object. */
  readonly trace: readonly TreePlace[] | undefined;
}

export function pathWithin(folder: string, path: string): string {
  if (path === '' || path.startsWith('/') || /^[a-zA-Z][a-zA-Z0-9+.-]*:|^git@|^github\.com[:/]|\?/.test(path)) {
    return notCovered(`the path ${JSON.stringify(path)}`);
  }
  return resolvePath(folder, path) ?? notCovered(`the path ${JSON.stringify(path)}, which leads out`);
}

export function readFile({ tree, folder }: Target, path: string): Buffer {
  return tree.read(pathWithin(folder, path)) ?? notCovered(`the file ${JSON.stringify(path)}, which is not there`);
}

export function entryOf(target: Target, pointer: string): TreePlace {
  return { file: `${target.folder === '' ? '' : `${target.folder}/`}${fileName(target)}`, pointer };
}

export function fileName({ tree, folder }: Target): string {
  const prefix = folder === '' ? '' : `${folder}/`;
  return KUSTOMIZATION_FILES.find((name) => tree.read(`${prefix}${name}`) !== undefined) ?? KUSTOMIZATION_FILES[0];
}

/**
 * The step that an entry of this kustomization stands for; undefined where nobody asks.
 *
 * `place` is where it is written, if that is not in the entry itself.
 */
export function stepOf(
  target: Target,
  kind: PartKind,
  pointer: string,
  { place, sources }: { readonly place?: TreePlace; readonly sources?: BuildStep['sources'] } = {},
): BuildStep | undefined {
  if (target.trace === undefined) return undefined;
  const entry = entryOf(target, pointer);
  const through = place === undefined ? target.trace : [entry, ...target.trace];
  return { kind, place: place ?? entry, through, ...(sources && { sources }) };
}
