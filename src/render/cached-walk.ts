import { SlipwayError, type SlipwayErrorOptions } from '../errors.ts';
import { inApplyOrder, writeGoYaml } from '../flux/index.ts';
import { isObject, type JsonObject } from '../manifest/index.ts';
import type { BuildCache } from './build-cache.ts';
import { codeStamp } from './code-stamp.ts';
import { buildKustomization } from './build-kustomization.ts';
import { KeptBuilds } from './kept-builds.ts';
import { type KeptObjects, keptObjects, objectsOf } from './kept-objects.ts';
import { digestOf, KeptWalks } from './kept-walks.ts';
import { RecordingTree } from './recording-tree.ts';
import { type Rendered, walk, type WalkOptions } from './walk.ts';

interface KeptRendering extends KeptObjects, Omit<Rendered, 'error' | 'trace' | 'built' | 'objects'> {
  /** `documentsOf` its objects. */
  readonly text?: string;
  readonly error?: Omit<SlipwayErrorOptions, 'cause'>;
}

/**
 * The walk of a repository, from the cache where every file and folder that it looked at then is as it was; else only what
 * is not as it was is built. Walks with variables from outside are not kept, which may be secret, nor are those of several
 * repositories. One that met anything encrypted holds for the same keys alone; marks stand in it for what they open.
 *
 * @param keepTexts whether the text of the objects will be asked for, which takes longer than all else where it is not kept
 */
export async function cachedWalk(
  options: WalkOptions,
  cache: BuildCache | undefined,
  keepTexts = false,
): Promise<readonly RenderedText[]> {
  const { variables, sources, reveal = false } = options;
  const isPlain = (variables?.size ?? 0) === 0 && (sources?.size ?? 0) === 0 && !reveal;
  if (cache === undefined || !isPlain) return (await walk(options)).map(withText);
  const walks = new KeptWalks(cache, keyOf(options, keepTexts ? 'texts' : 'walks'), async () =>
    (await options.keyring?.())?.digest(),
  );
  const known = parse(await walks.find(options.tree));
  if (known !== undefined && !needsMaskedValues(known, options)) return restored(known, options);
  const tree = new RecordingTree(options.tree);
  const builds = new KeptBuilds(cache, keyOf(options, 'builds'));
  const rendered = (await walk({ ...options, tree, build: builds.before(buildKustomization) })).map(withText);
  builds.save();
  const text = toText(rendered.map((one) => toKeep(one, keepTexts)));
  const dependsOnKeys = options.keyring !== undefined && rendered.some(asksForKeys);
  if (text !== undefined) await walks.keep(options.tree, tree.answers, text, dependsOnKeys);
  return rendered;
}

/** What charts are told of the values that marks stand for is in memory only, and known to whoever opens them. */
function needsMaskedValues(known: readonly KeptRendering[], { maskedValues }: WalkOptions): boolean {
  if (maskedValues === undefined || !known.some(({ encrypted }) => encrypted.some(({ isOpen }) => isOpen)))
    return false;
  return known.some((one) => objectsOf(one).objects.some(takesValues));
}

function takesValues({ kind, spec }: JsonObject): boolean {
  return kind === 'HelmRelease' && isObject(spec) && spec.valuesFrom !== undefined;
}

/** Whether other keys may make something else of it. */
function asksForKeys({ encrypted, status, spec }: Rendered): boolean {
  return encrypted.length > 0 || (status === 'failed' && spec.decryption !== undefined);
}

/** With the objects as a stream of YAML documents, in the order of apply. */
export interface RenderedText extends Rendered {
  readonly text: () => string;
}

function withText(rendered: Rendered): RenderedText {
  let text: string | undefined;
  return { ...rendered, text: () => (text ??= documentsOf(rendered.objects)) };
}

/** Objects as Flux's tools print them: a document each, in the order of apply. */
export function documentsOf(objects: readonly JsonObject[]): string {
  return inApplyOrder(objects)
    .map((object) => `---\n${writeGoYaml(object)}`)
    .join('');
}

function keyOf({ entry, engine, keyring }: WalkOptions, what: string): string {
  return digestOf([what, codeStamp(), entry, engine.name, keyring === undefined ? 'as in git' : 'decrypted']);
}

/** JSON leaves out what is a function. */
function toKeep({ error, text, ...rest }: RenderedText, keepTexts: boolean): KeptRendering {
  const kept = { ...rest, ...keptObjects(rest), ...(keepTexts && { text: text() }) };
  if (error === undefined) return kept;
  const { code, message, remedy, place, exitStatus } = error;
  return { ...kept, error: { code, message, remedy, place, exitStatus } };
}

function restored(kept: readonly KeptRendering[], options: WalkOptions): readonly RenderedText[] {
  let again: Promise<readonly Rendered[]> | undefined;
  return kept.map(({ error, text, ...rendered }, at) => {
    const { built, objects } = objectsOf(rendered);
    const trace: Rendered['trace'] = async () => {
      if (rendered.status !== 'built') return undefined;
      const { traceKustomization } = await import('./origin/trace.ts');
      if (rendered.isOwn) return traceKustomization(options.tree, rendered.spec, options.engine);
      // Which files another source has is known only on the way to it.
      again ??= walk(options);
      return (await again)[at]?.trace();
    };
    return {
      ...rendered,
      built,
      objects,
      text: () => text ?? documentsOf(objects),
      ...(error !== undefined && { error: new SlipwayError(error) }),
      trace,
    };
  });
}

/** Undefined where JSON cannot hold it, as it cannot the integers beyond 2^53. */
function toText(kept: readonly KeptRendering[]): string | undefined {
  try {
    return JSON.stringify(kept);
  } catch {
    return undefined;
  }
}

function parse(kept: string | undefined): readonly KeptRendering[] | undefined {
  try {
    return kept === undefined ? undefined : (JSON.parse(kept) as readonly KeptRendering[]);
  } catch {
    return undefined;
  }
}
