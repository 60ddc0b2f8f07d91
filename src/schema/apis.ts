import { isList, isObject, type JsonObject, splitApiVersion } from '../manifest/index.ts';
import { dataFile } from './data.ts';
import { listed, type SchemaProblem } from './problem.ts';
import { mostSimilar } from '../similar.ts';

/** The release 1.x of Kubernetes whose schemas these are. */
export const KUBERNETES_MINOR = 35;

/** An API version of Kubernetes itself or of Flux. */
export interface Api {
  readonly apiVersion: string;
  /** Defined by CustomResourceDefinitions. */
  readonly isCustom: boolean;
  /** Its kinds. */
  readonly scopes: ReadonlyMap<string, 'Namespaced' | 'Cluster'>;
  /** The file of the data with its schemas. */
  readonly file: string;
}

let known: ReadonlyMap<string, Api> | undefined;

/** Every API version that release 1.35 can serve, alpha and beta ones too, and those of Flux's kinds. */
export function builtInApis(): ReadonlyMap<string, Api> {
  return (known ??= new Map(
    Object.entries(dataFile('apis')).flatMap(([apiVersion, entry]) =>
      isObject(entry) ? [[apiVersion, readApi(apiVersion, entry)]] : [],
    ),
  ));
}

function readApi(apiVersion: string, { file, namespaced, cluster, custom }: JsonObject): Api {
  const kinds = (list: unknown): readonly string[] =>
    isList(list) ? list.filter((kind) => typeof kind === 'string') : [];
  return {
    apiVersion,
    isCustom: custom === true,
    scopes: new Map([
      ...kinds(namespaced).map((kind) => [kind, 'Namespaced'] as const),
      ...kinds(cluster).map((kind) => [kind, 'Cluster'] as const),
    ]),
    file: typeof file === 'string' ? file : '',
  };
}

export function apiOf(apiVersion: string): Api | undefined {
  return builtInApis().get(apiVersion);
}

/** Minor releases of Kubernetes 1.x. */
export interface Lifecycle {
  readonly introduced: number;
  readonly deprecated: number | undefined;
  /** The first release that does not serve it. */
  readonly removed: number | undefined;
  /** The apiVersion to go to. */
  readonly replacement: string | undefined;
}

/** Since when Kubernetes serves a version of a kind of its own, and until when; undefined where that is not recorded. */
export function lifecycleOf(apiVersion: string, kind: string): Lifecycle | undefined {
  const kinds = dataFile('lifecycle')[apiVersion];
  const events = isObject(kinds) && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!isList(events)) return undefined;
  const [introduced, deprecated, removed, replacement] = events;
  const minor = (event: unknown): number | undefined => (typeof event === 'number' ? event : undefined);
  return {
    introduced: minor(introduced) ?? 0,
    deprecated: minor(deprecated),
    removed: minor(removed),
    replacement: typeof replacement === 'string' ? replacement : undefined,
  };
}

/**
 * Why a cluster of Kubernetes 1.`minor` does not serve a version of a kind, or serves it only where that is switched on
 * (alpha versions, and beta versions since 1.24), or why Flux does not define it. undefined where they do, and for other
 * custom kinds, unless their group is a slip of the pen: one without a dot, or a letter away from one that has the kind.
 * What releases after 1.35 bring is not known.
 */
export function servingProblem(apiVersion: string, kind: string, minor = KUBERNETES_MINOR): SchemaProblem | undefined {
  // kubectl and kustomize take a List apart; it never gets to the API server.
  if (apiVersion === 'v1' && kind === 'List') return undefined;
  if (!isKubernetesGroup(apiVersion)) return customProblem(apiVersion, kind, minor);
  const lifecycle = lifecycleOf(apiVersion, kind);
  if (lifecycle?.removed !== undefined && lifecycle.removed <= minor) {
    return notServed(
      `Kubernetes 1.${minor} does not serve ${kind} of ${apiVersion}: it was removed in 1.${lifecycle.removed}.`,
      otherVersion(apiVersion, kind, minor, lifecycle.replacement),
    );
  }
  if (lifecycle !== undefined && lifecycle.introduced > minor) {
    return notServed(
      `Kubernetes 1.${minor} does not serve ${kind} of ${apiVersion}: it came with 1.${lifecycle.introduced}.`,
      otherVersion(apiVersion, kind, minor),
    );
  }
  const isKnown = apiOf(apiVersion)?.scopes.has(kind) === true;
  if (!isKnown && (minor === KUBERNETES_MINOR || lifecycle === undefined))
    return unknownKind(apiVersion, kind, `Kubernetes 1.${minor}`, minor);
  if (!isOffByDefault(apiVersion, lifecycle)) return undefined;
  const [stableVersion] = versionsOf(kind, minor).filter(isStable);
  return {
    code: 'schema/off-by-default',
    pointer: '/apiVersion',
    message: `Kubernetes 1.${minor} serves ${kind} of ${apiVersion} only where --runtime-config switches it on.`,
    remedy: stableVersion === undefined ? 'Let the cluster switch it on.' : `Write apiVersion: ${stableVersion}.`,
  };
}

function customProblem(apiVersion: string, kind: string, minor: number): SchemaProblem | undefined {
  if (apiOf(apiVersion)?.scopes.has(kind) === true) return undefined;
  const group = groupOf(apiVersion);
  const inGroup = [...builtInApis().values()].filter((api) => groupOf(api.apiVersion) === group);
  // A CustomResourceDefinition's group has a dot (apiextensions: ValidateCustomResourceDefinition).
  if (inGroup.length === 0 && !group.includes('.'))
    return unknownKind(apiVersion, kind, `Kubernetes 1.${minor}`, minor);
  if (inGroup.length > 0) return unknownKind(apiVersion, kind, 'Flux', minor);
  const meant = mostSimilar(
    group,
    versionsOf(kind, minor).map((version) => groupOf(version)),
  );
  return meant?.distance === 1 ? unknownKind(apiVersion, kind, `Kubernetes 1.${minor}`, minor) : undefined;
}

function groupOf(apiVersion: string): string {
  return splitApiVersion(apiVersion).group;
}

/** pkg/controlplane: DefaultAPIResourceConfigSource; new beta versions are off since 1.24 (KEP 3136). */
function isOffByDefault(apiVersion: string, lifecycle: Lifecycle | undefined): boolean {
  const { version } = splitApiVersion(apiVersion);
  return version.includes('alpha') || (version.includes('beta') && (lifecycle?.introduced ?? KUBERNETES_MINOR) >= 24);
}

let kubernetesGroups: ReadonlySet<string> | undefined;

function isKubernetesGroup(apiVersion: string): boolean {
  kubernetesGroups ??= new Set(
    [
      ...Object.keys(dataFile('lifecycle')),
      ...[...builtInApis().values()].filter((api) => !api.isCustom).map((api) => api.apiVersion),
    ].map(groupOf),
  );
  return kubernetesGroups.has(groupOf(apiVersion));
}

/** Versions of a kind that a release serves, those first that need not be switched on. */
function versionsOf(kind: string, minor: number): readonly string[] {
  const versions = [...builtInApis().values()]
    .filter((api) => api.scopes.has(kind))
    .map(({ apiVersion }) => apiVersion)
    .filter((apiVersion) => (lifecycleOf(apiVersion, kind)?.introduced ?? 0) <= minor);
  const stable = versions.filter(isStable);
  return stable.length > 0 ? stable : versions;
}

function isStable(apiVersion: string): boolean {
  return !/alpha|beta/.test(splitApiVersion(apiVersion).version);
}

function otherVersion(apiVersion: string, kind: string, minor: number, replacement?: string): string {
  const { group } = splitApiVersion(apiVersion);
  const others = (replacement === undefined ? versionsOf(kind, minor) : [replacement]).filter(
    (version) => version !== apiVersion,
  );
  const best = others.find((version) => splitApiVersion(version).group === group) ?? others[0];
  return best === undefined
    ? 'Take the object out, or let the cluster switch the API version on.'
    : `Write apiVersion: ${best}, and look at what that version changed.`;
}

function unknownKind(apiVersion: string, kind: string, who: string, minor: number): SchemaProblem {
  const message = `${who} has no kind ${kind} in ${apiVersion}.`;
  const elsewhere = versionsOf(kind, minor);
  if (elsewhere.length > 0) return notServed(message, `Write apiVersion: ${listed(elsewhere)}.`);
  const kinds = [...(apiOf(apiVersion)?.scopes.keys() ?? [])];
  const meant = mostSimilar(kind, kinds);
  return {
    ...notServed(message, meant === undefined ? 'Mend the kind, or the apiVersion.' : `Write kind: ${meant.name}.`),
    pointer: '/kind',
  };
}

function notServed(message: string, remedy: string): SchemaProblem {
  return { code: 'schema/not-served', pointer: '/apiVersion', message, remedy };
}
