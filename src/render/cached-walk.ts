import { SlipwayError, type SlipwayErrorOptions } from '../errors.ts';
import { inApplyOrder, writeGoYaml } from '../flux/index.ts';
import type { JsonObject } from '../manifest/index.ts';
import type { BuildCache } from './build-cache.ts';
import { codeStamp } from './code-stamp.ts';
import { KeptBuilds } from './kept-builds.ts';
import { digestOf, KeptWalks } from './kept-walks.ts';
import { traceKustomization } from './origin/trace.ts';
import { RecordingTree } from './recording-tree.ts';
import { type Rendered, walk, type WalkOptions } from './walk.ts';

interface KeptRendering extends Omit<Rendered, 'error' | 'trace'> {
  /** `documentsOf` its objects. */
  readonly text?: string;
  readonly error?: Omit<SlipwayErrorOptions, 'cause'>;
}

/**
 * The walk of a repository, from the cache where every file and folder that it looked at then is as it was; else only what
 * is not as it was is built. Walks with variables from outside are not kept, which may be secret, nor are those of several
 * repositories, nor those in which a key opened anything.
 *
 * @param keepTexts whether the text of the objects will be asked for, which takes longer than all else where it is not kept
 */
export async function cachedWalk(
  options: WalkOptions,
  cache: BuildCache | undefined,
  keepTexts = false,
): Promise<readonly RenderedText[]> {
  const { variables, sources, keyring, reveal = false } = options;
  const isPlain = (variables?.size ?? 0) === 0 && (sources?.size ?? 0) === 0 && !reveal;
  if (cache === undefined || !isPlain) return (await walk(options)).map(withText);
  const walks = new KeptWalks(cache, keyOf(options, keepTexts ? 'texts' : 'walks'));
  const known = parse(walks.find(options.tree));
  const hasKeys = keyring?.isEmpty === false;
  const isOfKeys = hasKeys && known?.some(asksForKeys) === true;
  if (known !== undefined && !isOfKeys) return restored(known, options);
  const tree = new RecordingTree(options.tree);
  const builds = new KeptBuilds(cache, keyOf(options, 'builds'));
  const rendered = (await walk({ ...options, tree, engine: builds.before(options.engine) })).map(withText);
  // These are from before anything is opened.
  builds.save();
  if (hasKeys && rendered.some(asksForKeys)) return rendered;
  const text = toText(rendered.map((one) => toKeep(one, keepTexts)));
  if (text !== undefined) walks.keep(options.tree, tree.answers, text);
  return rendered;
}

/** Whether other keys may make something else of it. */
function asksForKeys({ encrypted, status, spec }: Rendered | KeptRendering): boolean {
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
  const kept = keepTexts ? { ...rest, text: text() } : rest;
  if (error === undefined) return kept;
  const { code, message, remedy, place, exitStatus } = error;
  return { ...kept, error: { code, message, remedy, place, exitStatus } };
}

function restored(kept: readonly KeptRendering[], options: WalkOptions): readonly RenderedText[] {
  let again: Promise<readonly Rendered[]> | undefined;
  return kept.map(({ error, text, ...rendered }, at) => ({
    ...rendered,
    text: () => text ?? documentsOf(rendered.objects),
    ...(error !== undefined && { error: new SlipwayError(error) }),
    trace: async () => {
      if (rendered.status !== 'built') return undefined;
      if (rendered.isOwn) return traceKustomization(options.tree, rendered.spec, options.engine);
      // Which files another source has is known only on the way to it.
      again ??= walk(options);
      return (await again)[at]?.trace();
    },
  }));
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
