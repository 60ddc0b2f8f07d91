import { createHash } from 'node:crypto';
import { SlipwayError, type SlipwayErrorOptions } from '../errors.ts';
import { inApplyOrder, writeGoYaml } from '../flux/index.ts';
import type { JsonObject } from '../manifest/index.ts';
import type { BuildCache } from './build-cache.ts';
import { codeStamp } from './code-stamp.ts';
import { traceKustomization } from './origin/trace.ts';
import { type Answer, givesSameAnswers, RecordingTree } from './recording-tree.ts';
import { type Rendered, walk, type WalkOptions } from './walk.ts';

/** A walk as it is kept: what it asked of the repository, and what it made of that. */
interface Kept {
  readonly answers: readonly Answer[];
  readonly rendered: readonly KeptRendering[];
}

interface KeptRendering extends Omit<Rendered, 'error' | 'trace'> {
  /** `documentsOf` its objects. */
  readonly text: string;
  readonly error?: Omit<SlipwayErrorOptions, 'cause'>;
}

/**
 * The walk of a repository, from the cache where every file and folder that it looked at then is as it was. Walks with
 * variables from outside are not kept, which may be secret, nor are those of several repositories, nor those in which a key
 * opened anything.
 */
export async function cachedWalk(
  options: WalkOptions,
  cache: BuildCache | undefined,
): Promise<readonly RenderedText[]> {
  const { variables, sources, keyring, reveal = false } = options;
  const isPlain = (variables?.size ?? 0) === 0 && (sources?.size ?? 0) === 0 && !reveal;
  if (cache === undefined || !isPlain) return (await walk(options)).map(withText);
  const key = keyOf(options);
  const known = parse(cache.get(key));
  const hasKeys = keyring?.isEmpty === false;
  const isOfKeys = hasKeys && known?.rendered.some(asksForKeys) === true;
  if (known !== undefined && !isOfKeys && givesSameAnswers(options.tree, known.answers)) {
    return restored(known.rendered, options);
  }
  const tree = new RecordingTree(options.tree);
  const rendered = (await walk({ ...options, tree })).map(withText);
  if (hasKeys && rendered.some(asksForKeys)) return rendered;
  const kept = toText({ answers: tree.answers, rendered: rendered.map(toKeep) });
  if (kept !== undefined) cache.set(key, kept);
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

function keyOf({ entry, engine }: WalkOptions): string {
  return createHash('sha256')
    .update(JSON.stringify(['walk', codeStamp(), entry, engine.name]))
    .digest('hex');
}

/** JSON leaves out what is a function. */
function toKeep({ error, text, ...rest }: RenderedText): KeptRendering {
  if (error === undefined) return { ...rest, text: text() };
  const { code, message, remedy, place, exitStatus } = error;
  return { ...rest, text: text(), error: { code, message, remedy, place, exitStatus } };
}

function restored(kept: readonly KeptRendering[], options: WalkOptions): readonly RenderedText[] {
  let again: Promise<readonly Rendered[]> | undefined;
  return kept.map(({ error, text, ...rendered }, at) => ({
    ...rendered,
    text: () => text,
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
function toText(kept: Kept): string | undefined {
  try {
    return JSON.stringify(kept);
  } catch {
    return undefined;
  }
}

function parse(kept: string | undefined): Kept | undefined {
  try {
    return kept === undefined ? undefined : (JSON.parse(kept) as Kept);
  } catch {
    return undefined;
  }
}
