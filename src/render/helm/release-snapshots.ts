import { SlipwayError } from '../../errors.ts';
import { type Applied, ownerOf, releaseNamespace, type Snapshot, type Unseen } from '../../flux/index.ts';
import { formatJson, identityKey, identityOf, isObject, type JsonObject, mapOf, textOf } from '../../manifest/index.ts';
import type { Rendered } from '../walk.ts';
import { readChartYaml } from './chart.ts';
import { CHARTS_HINT } from './packaged-charts.ts';
import { type PreparedRelease, prepareReleases, releaseDigest, type ReleaseOptions } from './prepare-releases.ts';
import { type RenderedRelease, renderRelease } from './render-releases.ts';
import { inNamespace, type Scopes, scopesOf } from './scopes.ts';

/** One revision of a repository. */
export interface ReleaseSide {
  /** As a person calls it. */
  readonly name: string;
  readonly rendered: readonly Rendered[];
  readonly options: ReleaseOptions;
}

export interface ReleaseSnapshots {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly unseen: readonly Unseen[];
}

/**
 * What the HelmReleases of two revisions apply. Only those that helm is given something else for are rendered; all others
 * stand in both without their objects, which are the same.
 */
export async function releaseSnapshots(left: ReleaseSide, right: ReleaseSide): Promise<ReleaseSnapshots> {
  const [old, now] = [left, right].map(({ rendered, options }) => byName(prepareReleases(rendered, options)));
  if (old === undefined || now === undefined) throw new Error('a side is missing');
  const made = [...left.rendered, ...right.rendered].flatMap(({ objects }) => objects);
  const names = [...new Set([...old.keys(), ...now.keys()])];
  const pairs: Pair[] = [];
  for (const name of names) {
    const before = old.get(name);
    const after = now.get(name);
    const digest = after === undefined ? undefined : releaseDigest(after);
    const isSame = before !== undefined && digest !== undefined && digest === releaseDigest(before);
    pairs.push({
      before: before && (await sideOf(before, isSame, left.options)),
      after: after && (await sideOf(after, isSame, right.options)),
    });
  }
  const definitions = pairs.flatMap(({ before, after }) => [before, after].flatMap((side) => definitionsOf(side)));
  const scopes = scopesOf([...made, ...definitions]);
  const compared = pairs.map((pair) => compare(pair, scopes));
  return {
    before: compared.flatMap(({ before }) => before ?? []),
    after: compared.flatMap(({ after }) => after ?? []),
    unseen: [
      ...pairs.flatMap((pair) => unseenOf(pair, left.name, right.name)),
      ...hiddenValues(pairs, left.rendered, right.rendered),
    ],
  };
}

interface Side {
  readonly prepared: PreparedRelease;
  /** Undefined where it is not rendered, since both sides are the same. */
  readonly release: RenderedRelease | undefined;
}

interface Pair {
  readonly before: Side | undefined;
  readonly after: Side | undefined;
}

function byName(releases: readonly PreparedRelease[]): ReadonlyMap<string, PreparedRelease> {
  return new Map(releases.map((one) => [`${one.namespace}/${one.name}`, one]));
}

async function sideOf(prepared: PreparedRelease, isSame: boolean, options: ReleaseOptions): Promise<Side> {
  return { prepared, release: isSame ? undefined : await renderRelease(prepared, options) };
}

function definitionsOf(side: Side | undefined): readonly JsonObject[] {
  return [...(side?.release?.crds ?? []), ...(side?.release?.objects ?? [])];
}

function compare({ before, after }: Pair, scopes: Scopes) {
  const sides = [before, after].filter((side) => side !== undefined);
  const isSeen = sides.every(({ release }) => release?.status === 'built');
  const crds = isSeen ? appliedDefinitions(before?.release, after?.release) : { before: [], after: [] };
  const applied = (side: Side | undefined, own: readonly JsonObject[]): Applied | undefined =>
    side && appliedOf(side, isSeen, own, scopes);
  return { before: applied(before, crds.before), after: applied(after, crds.after) };
}

function appliedOf({ prepared, release }: Side, isSeen: boolean, crds: readonly JsonObject[], scopes: Scopes): Applied {
  const { namespace, name, parent, spec } = prepared;
  const made = isSeen ? [...(release?.objects ?? []), ...(release?.hooks ?? [])] : [];
  return {
    kustomization: parent,
    release: `${namespace}/${name}`,
    chart: release === undefined ? undefined : chartNameOf(prepared),
    spec,
    objects: [...crds, ...made.map((object) => inNamespace(object, releaseNamespace(namespace, spec), scopes))],
    isWhole: isSeen || release === undefined,
  };
}

/**
 * Of the chart's `crds/`, what helm-controller does with them when it upgrades the release (action.Upgrade, applyCRDs):
 * with `Create`, its default, what is there stays as it is; none is ever deleted.
 */
function appliedDefinitions(before: RenderedRelease | undefined, after: RenderedRelease | undefined) {
  if (before === undefined || after === undefined) return { before: [], after: after?.crds ?? [] };
  const upgrade = isObject(after.spec.upgrade) ? after.spec.upgrade : {};
  if (upgrade.crds === 'Skip') return { before: [], after: [] };
  const had = new Set(before.crds.map(keyOf));
  const has = new Set(after.crds.map(keyOf));
  const isReplaced = upgrade.crds === 'CreateReplace';
  return {
    before: isReplaced ? before.crds.filter((object) => has.has(keyOf(object))) : [],
    after: isReplaced ? after.crds : after.crds.filter((object) => !had.has(keyOf(object))),
  };
}

function keyOf(object: JsonObject): string {
  return identityKey(identityOf(object));
}

/** What could not be rendered, unless the release itself is the same on both sides. */
function unseenOf({ before, after }: Pair, left: string, right: string): readonly Unseen[] {
  const [old, now] = [before?.prepared.spec, after?.prepared.spec];
  if (old !== undefined && now !== undefined && formatJson(old) === formatJson(now)) return [];
  const sides = [
    [left, before],
    [right, after],
  ] as const;
  const why = sides.flatMap(([name, side]) => {
    const reason = side?.release?.reason ?? side?.release?.error?.message;
    return reason === undefined ? [] : [{ name, reason: reason.replace(/\.$/, ''), side }];
  });
  const [first, second] = why;
  if (first?.side === undefined) return [];
  const { namespace, name } = first.side.prepared;
  const where = second !== undefined || before === undefined || after === undefined ? '' : `in ${first.name} `;
  const both = second === undefined || second.reason === first.reason ? '' : `; ${second.reason}`;
  // What to do about it is said once.
  const end = `; ${CHARTS_HINT}`;
  const reason = both.endsWith(end) && first.reason.endsWith(end) ? first.reason.slice(0, -end.length) : first.reason;
  return [
    {
      object: ownerOf({ kustomization: '', release: `${namespace}/${name}` }),
      sentence: `What it changes in the objects of its chart is not known: ${where}${reason}${both}.`,
    },
  ];
}

/** Releases with values from Secrets, which are shown nowhere, where these change. */
function hiddenValues(
  pairs: readonly Pair[],
  left: readonly Rendered[],
  right: readonly Rendered[],
): readonly Unseen[] {
  const used = pairs.filter(({ before, after }) => before !== undefined && after !== undefined);
  if (used.every(({ after }) => after === undefined || unshownOf(after.prepared).length === 0)) return [];
  const [old, now] = [left, right].map(
    (rendered) => new Map(rendered.flatMap(({ objects }) => objects.map((object) => [keyOf(object), object]))),
  );
  return used.flatMap(({ after }): Unseen[] => {
    if (after === undefined) return [];
    const { namespace, name } = after.prepared;
    const changed = unshownOf(after.prepared).filter((one) => {
      const [kind = '', own = ''] = one.split('/');
      const key = identityKey({ group: '', kind, namespace, name: own });
      return formatJson(old?.get(key) ?? null) !== formatJson(now?.get(key) ?? null);
    });
    if (changed.length === 0) return [];
    const object = ownerOf({ kustomization: '', release: `${namespace}/${name}` });
    return [{ object, sentence: `What the change of ${changed.join(', ')} does to its objects is not shown.` }];
  });
}

/** Sources of values whose change changes no mark. */
function unshownOf({ unknownValues, secretValues }: PreparedRelease): readonly string[] {
  return [...new Set([...unknownValues, ...(secretValues?.plain ?? [])])];
}

/** Of a chart that is not here, what a HelmRepository has it under, which is its name. */
function chartNameOf({ input, spec }: PreparedRelease): string | undefined {
  if ('chart' in input) {
    try {
      return textOf(readChartYaml(input.chart, 'Chart.yaml')?.name) || undefined;
    } catch (error) {
      // What is wrong with it helm has said.
      if (error instanceof SlipwayError) return undefined;
      throw error;
    }
  }
  const { chart, sourceRef } = mapOf(mapOf(spec.chart).spec);
  const isNamed = textOf(mapOf(sourceRef).kind) === 'HelmRepository';
  return isNamed ? textOf(chart).split('/').at(-1) : undefined;
}
