import path from 'node:path';
import { SlipwayError } from '../errors.ts';
import type { FileTree } from '../flux/index.ts';
import type * as Builder from '../flux/kustomize/index.ts';
import { isObject, type JsonObject, readDocuments } from '../manifest/index.ts';
import { kustomizeFiles, KUSTOMIZATIONS } from './kustomize-files.ts';
import type { KustomizeProgram } from './kustomize-program.ts';

/** `native` is Slipway's own builder, `kustomize` the real program, `cache` an answer of it that is kept. */
export type EngineName = 'native' | 'kustomize' | 'cache';

export interface Engine {
  readonly name: 'native' | 'kustomize';
  /**
   * The objects that kustomize builds of a folder.
   *
   * @param secretFiles those that were decrypted: they reach no disk
   * @throws SlipwayError `render/kustomize-failed` with what kustomize says, and others of the program
   */
  build(
    tree: FileTree,
    folder: string,
    secretFiles?: ReadonlySet<string>,
  ): Promise<{ readonly objects: readonly JsonObject[]; readonly engine: EngineName }>;
  /** The same objects with what made each; undefined where only the real program builds them, which does not tell. */
  trace(tree: FileTree, folder: string): Promise<readonly Builder.TracedObject[] | undefined>;
}

/**
 * @param program the real kustomize, which builds what the native builder does not cover
 * @param force never builds natively
 */
export function createEngine(program: KustomizeProgram, force = false): Engine {
  return {
    name: force ? 'kustomize' : 'native',
    async build(tree, folder, secretFiles = new Set()) {
      const reason = force ? undefined : await tryNatively(folder, ({ buildNatively }) => buildNatively(tree, folder));
      if (reason !== undefined && 'objects' in reason) return { objects: reason.objects, engine: 'native' };
      const files = kustomizeFiles(tree, folder, program.takesRemoteBases);
      const isSecret = [...files.keys()].some((file) => secretFiles.has(file));
      const { text, engine } = await runProgram(program, files, folder, reason?.notCovered, isSecret);
      const objects = readDocuments(text).map(({ value }) => value);
      return { objects: objects.filter(isObject), engine };
    },
    async trace(tree, folder) {
      const traced = force ? undefined : await tryNatively(folder, ({ traceNatively }) => traceNatively(tree, folder));
      return traced !== undefined && 'objects' in traced ? traced.objects : undefined;
    },
  };
}

async function runProgram(
  program: KustomizeProgram,
  files: ReadonlyMap<string, Buffer>,
  folder: string,
  why: string | undefined,
  isSecret: boolean,
): ReturnType<KustomizeProgram['build']> {
  try {
    return await program.build(files, folder, why, isSecret);
  } catch (error) {
    // Of a file that is no YAML kustomize tells neither the line nor, at times, the file: ours is the better sentence.
    if (error instanceof SlipwayError && error.code === 'render/kustomize-failed') checkYaml(files);
    throw error;
  }
}

function checkYaml(files: ReadonlyMap<string, Buffer>): void {
  for (const [file, content] of files) {
    const isKustomization = KUSTOMIZATIONS.includes(path.basename(file));
    if (/\.ya?ml$/.test(file)) readDocuments(content, { file, dialect: isKustomization ? 'sigs' : 'kyaml' });
  }
}

/** The builder is loaded where something is built: mostly all is kept from before. */
async function tryNatively<T>(
  folder: string,
  build: (builder: typeof Builder) => readonly T[],
): Promise<{ readonly objects: readonly T[] } | { readonly notCovered: string }> {
  const builder = await import('../flux/kustomize/index.ts');
  try {
    return { objects: build(builder) };
  } catch (error) {
    if (error instanceof builder.NotCovered) return { notCovered: error.message };
    if (error instanceof RangeError) throw tooDeep(folder, error);
    throw error;
  }
}

function tooDeep(folder: string, cause: Error): SlipwayError {
  return new SlipwayError({
    code: 'render/too-deep',
    message: 'The folder nests deeper than can be built.',
    place: { file: folder },
    cause,
  });
}
