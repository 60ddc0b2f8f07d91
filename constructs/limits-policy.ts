import { identityOf, isList, isObject, type Json, type JsonObject } from '../src/manifest/index.ts';
import type { Checked, Find } from './object-checks.ts';
import { containersOf, mapAt, nameOf, podSpecOf, pointerTo } from './rules/pods.ts';
import { warning } from './rules/rule.ts';

/** Asks for limits of the containers of some workloads. */
interface Policy {
  /** As a sentence names it. */
  readonly name: string;
  /** `memory`, for example. */
  readonly limits: readonly string[];
  readonly covers: (object: Checked) => boolean;
}

/**
 * Warns of containers without a resource limit where a policy of the cluster asks for it: what the Cluster says
 * (`requiredLimits`), and each Gatekeeper constraint of the tree. Which these are is known once all of it is laid.
 */
export class LimitsPolicy {
  readonly #find: Find;
  readonly #policies: Policy[] = [];
  readonly #workloads: Checked[] = [];

  /** @param required by the Cluster, of each container */
  constructor(required: readonly string[], find: Find) {
    this.#find = find;
    if (required.length > 0) this.#policies.push({ name: 'the Cluster', limits: required, covers: () => true });
  }

  note(object: Checked): void {
    const policy = policyOf(object.manifest);
    if (policy !== undefined) this.#policies.push(policy);
    else if (podSpecOf(object.manifest) !== undefined) this.#workloads.push(object);
  }

  finish(): void {
    if (this.#policies.length === 0) return;
    for (const object of this.#workloads) this.#judge(object);
  }

  #judge(object: Checked): void {
    const asked = new Map<string, string>();
    for (const { name, limits } of this.#policies.filter(({ covers }) => covers(object))) {
      for (const limit of limits) if (!asked.has(limit)) asked.set(limit, name);
    }
    for (const container of containersOf(object.manifest)) {
      // A whole `resources` may be a variable, which substitution fills.
      if (typeof container.value.resources === 'string') continue;
      const given = mapAt(container.value, ['resources', 'limits']);
      for (const [limit, name] of asked) {
        if (given[limit] !== undefined && given[limit] !== null) continue;
        const message = `The container ${nameOf(container)} has no limit of ${limit}, which ${name} asks for.`;
        this.#find(
          object,
          warning('synth/no-limits', message, `Give it \`resources.limits.${limit}\`.`, pointerTo(container)),
        );
      }
    }
  }
}

/**
 * What a Gatekeeper constraint asks for, whatever the name of its kind: `parameters.limits` as a list of resources, as
 * K8sRequiredResources of Gatekeeper's library has it. Undefined where it asks for none, or where what it matches is not
 * known without a cluster (labels, and those of namespaces).
 */
function policyOf(manifest: JsonObject): Policy | undefined {
  const { group, kind, name } = identityOf(manifest);
  if (group !== 'constraints.gatekeeper.sh') return undefined;
  const limits = textsOf(mapAt(manifest, ['spec', 'parameters']).limits);
  const match = mapAt(manifest, ['spec', 'match']);
  if (limits.length === 0 || Object.keys(match).some((field) => !KNOWN_FIELDS.includes(field))) return undefined;
  return { name: `${kind}/${name}`, limits, covers: (object) => isMatched(object, match) };
}

const KNOWN_FIELDS = ['kinds', 'namespaces', 'excludedNamespaces', 'scope', 'source'];

/** Gatekeeper: pkg/mutation/match/match.go; all of its conditions have to hold. */
function isMatched({ manifest, kustomization }: Checked, match: JsonObject): boolean {
  const identity = identityOf(manifest);
  const namespace = kustomization?.targetNamespace ?? identity.namespace;
  const isIn = (names: readonly string[]): boolean => names.some((name) => isNamed(name, namespace));
  if (match.namespaces !== undefined && !isIn(textsOf(match.namespaces))) return false;
  if (isIn(textsOf(match.excludedNamespaces))) return false;
  if (!isList(match.kinds) || match.kinds.length === 0) return true;
  const subjects = [identity, ...(MADE_OF[identity.kind] ?? []), POD];
  return match.kinds
    .filter(isObject)
    .some(({ apiGroups, kinds }) => subjects.some(({ group, kind }) => has(apiGroups, group) && has(kinds, kind)));
}

/** What Gatekeeper looks at in turn where a workload is applied. */
const POD = { group: '', kind: 'Pod' };
const MADE_OF: Readonly<Record<string, readonly { readonly group: string; readonly kind: string }[]>> = {
  Deployment: [{ group: 'apps', kind: 'ReplicaSet' }],
  CronJob: [{ group: 'batch', kind: 'Job' }],
};

function has(list: Json | undefined, name: string): boolean {
  return textsOf(list).some((text) => text === '*' || text === name);
}

/** A name with an asterisk before or behind stands for all that end or begin so (Gatekeeper: pkg/wildcard). */
function isNamed(pattern: string, name: string): boolean {
  if (pattern.startsWith('*') && pattern.endsWith('*')) return name.includes(pattern.slice(1, -1));
  if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function textsOf(list: Json | undefined): string[] {
  return isList(list) ? list.filter((item) => typeof item === 'string') : [];
}
