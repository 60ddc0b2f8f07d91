import { SlipwayError } from '../../errors.ts';
import { hookEvents, inHookOrder } from '../../flux/index.ts';
import { isObject, type JsonObject } from '../../manifest/index.ts';
import { hasMask } from '../../sops/mask.ts';
import type { Rendered } from '../walk.ts';
import type { HelmProgram, TemplateInput } from './helm-program.ts';
import { templateOf } from './template-secrets.ts';
import { postRender, withOriginLabels } from './post-render.ts';
import { type PreparedRelease, prepareReleases, type ReleaseOptions } from './prepare-releases.ts';

/** What became of a HelmRelease. */
export interface RenderedRelease extends ReleaseObjects, Omit<PreparedRelease, 'input'> {
  readonly status: 'built' | 'failed' | 'skipped';
  readonly error?: SlipwayError;
  readonly reason?: string;
  readonly isSuspended: boolean;
  readonly seconds: number;
}

export interface ReleaseObjects {
  /** Of the chart's `crds/`; none where they are not installed. */
  readonly crds: readonly JsonObject[];
  /** In the order in which helm applies them. */
  readonly objects: readonly JsonObject[];
  /** What helm runs before and after it installs or upgrades, and tests where they are enabled; as it runs them. */
  readonly hooks: readonly JsonObject[];
  /** What the chart's values.schema.json refers to outside of the chart, so that the values were not held against it. */
  readonly uncheckedSchema?: string | undefined;
}

const NOTHING: ReleaseObjects = { crds: [], objects: [], hooks: [] };

/** Each HelmRelease that a walk came to. One that fails, or whose chart is not here, is its own affair. */
export async function renderReleases(
  rendered: readonly Rendered[],
  options: ReleaseOptions,
): Promise<readonly RenderedRelease[]> {
  const releases: RenderedRelease[] = [];
  for (const prepared of prepareReleases(rendered, options)) releases.push(await renderRelease(prepared, options));
  return releases;
}

export async function renderRelease(
  { input, ...about }: PreparedRelease,
  options: ReleaseOptions,
): Promise<RenderedRelease> {
  const started = performance.now();
  const outcome = await outcomeOf(input, about, options);
  const isSuspended = about.spec.suspend === true;
  return { ...about, ...NOTHING, isSuspended, ...outcome, seconds: (performance.now() - started) / 1000 };
}

type About = Omit<PreparedRelease, 'input'>;
type Outcome = Pick<RenderedRelease, 'status'> & Partial<RenderedRelease>;

async function outcomeOf(input: PreparedRelease['input'], about: About, options: ReleaseOptions): Promise<Outcome> {
  if ('failure' in input) return failed(input.failure, about, {});
  if ('skipped' in input) return { status: 'skipped', reason: input.skipped };
  const { helm } = options;
  if (helm === undefined) throw new Error('no release is prepared without helm');
  try {
    return { status: 'built', ...(await objectsOf(input, about, helm, options)) };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return failed(error, about, input.values);
  }
}

/** A failure here may be none in the cluster. */
function failed(error: SlipwayError, { unknownValues, secretValues }: About, values: unknown): Outcome {
  const failure: Outcome = { status: 'failed', error };
  if (error.code !== 'render/helm-failed' && error.code !== 'render/helm-schema') return failure;
  // source-controller downloads what Chart.lock names.
  if (error.message.includes('missing in charts/ directory')) {
    return { status: 'skipped', reason: `charts that its chart depends on are not in it: ${error.message}` };
  }
  const text = JSON.stringify(values, (_key, value: unknown) => (typeof value === 'bigint' ? 0 : value));
  const unknown = unknownValues.length > 0 ? unknownValues : placeholdersIn(text);
  const skipped = (why: string): Outcome => ({ status: 'skipped', reason: `${why}, ${error.message}` });
  if (unknown.length > 0) return skipped(`without the values of ${unknown.join(', ')}, which are not known here`);
  if (secretValues !== undefined)
    return skipped(`with marks in place of the values of ${secretValues.names.join(', ')}`);
  return hasMask(text) ? skipped('with marks in place of what was encrypted') : failure;
}

function placeholdersIn(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(/\.\.PLACEHOLDER_(\w+)\.\./g), ([, name = '']) => name))];
}

/** As helm-controller installs it (action.Install): CRDs by their policy, hooks unless they are disabled. */
async function objectsOf(
  input: TemplateInput,
  about: About,
  helm: HelmProgram,
  { engine }: ReleaseOptions,
): Promise<ReleaseObjects> {
  const { spec } = about;
  const made = templateOf(helm, input, about.secretValues);
  const install = isObject(spec.install) ? spec.install : {};
  const isHook = (object: JsonObject): boolean => hookEvents(object) !== undefined;
  const plain = made.objects.filter((object) => !isHook(object));
  const hooks = made.objects.filter(isHook);
  const rendered = (objects: readonly JsonObject[]): Promise<readonly JsonObject[]> =>
    postRender(objects, spec, about, engine);
  // helm-controller: toHelmPostRenderStrategy. What is a hook is seen after that.
  const all =
    spec.postRenderStrategy === 'nohooks'
      ? [...(await rendered(plain)), ...hooks]
      : spec.postRenderStrategy === 'separate'
        ? [...(await rendered(plain)), ...(await rendered(hooks))]
        : await rendered(made.objects);
  return {
    crds: install.crds === 'Skip' ? [] : made.crds.map((object) => withOriginLabels(object, about)),
    objects: all.filter((object) => !isHook(object)),
    hooks: install.disableHooks === true ? [] : inHookOrder(all.filter((object) => isRun(object, spec))),
    uncheckedSchema: made.uncheckedSchema,
  };
}

const RUN = ['pre-install', 'post-install', 'pre-upgrade', 'post-upgrade'];

function isRun(object: JsonObject, { test }: JsonObject): boolean {
  const events = hookEvents(object) ?? [];
  const isTest = events.some((event) => event === 'test' || event === 'test-success');
  return events.some((event) => RUN.includes(event)) || (isTest && isObject(test) && test.enable === true);
}

/** All that an installation applies, in order: CRDs, hooks before it, the objects, hooks after it, tests. */
export function inInstallOrder({ crds, objects, hooks }: ReleaseObjects): readonly JsonObject[] {
  const at = (...events: readonly string[]): readonly JsonObject[] =>
    hooks.filter((hook) => hookEvents(hook)?.some((event) => events.includes(event)));
  const before = at('pre-install');
  const after = at('post-install').filter((hook) => !before.includes(hook));
  const tests = at('test', 'test-success').filter((hook) => !before.includes(hook) && !after.includes(hook));
  return [...crds, ...before, ...objects, ...after, ...tests];
}
