import { identityOf, isObject, type JsonObject, listOf, mapOf, textOf } from '../../manifest/index.ts';
import {
  builtInSchema,
  customSchemas,
  definesKinds,
  type KindSchema,
  type SchemaProblem,
  servingProblem,
  validateObject,
} from '../../schema/index.ts';
import type { Applier } from './applier.ts';
import type { Finding } from './finding.ts';

/** A placeholder of a variable, or a mark of what was decrypted. */
const UNKNOWN = /\.\.PLACEHOLDER_\w+\.\.|\bmasked(?:00|[0-9a-f]{18})\b/;

/**
 * What the API server of Kubernetes 1.`minor` would refuse: kinds of its own and of Flux by their schemas, others by the
 * CustomResourceDefinitions and ConstraintTemplates of the repository. Of a kind that none of these knows nothing is said.
 */
export function checkSchemas(appliers: readonly Applier[], minor: number | undefined): readonly Finding[] {
  const custom = customKinds(appliers);
  return appliers.flatMap((one) =>
    [...one.objects, ...one.others].flatMap((object) => {
      const { apiVersion, kind } = object;
      if (typeof apiVersion !== 'string' || typeof kind !== 'string' || isLeftAlone(object)) return [];
      const schema = builtInSchema(apiVersion, kind) ?? custom.get(`${apiVersion}/${kind}`);
      const served = servingProblem(apiVersion, kind, minor);
      const problems =
        schema === undefined
          ? []
          : validateObject(object, schema, { hasVariables: one.hasPlaceholders, unknownText: UNKNOWN }).filter(
              ({ pointer }) => !isKindOfOperator(object, pointer),
            );
      const all =
        served === undefined || (schema !== undefined && custom.has(`${apiVersion}/${kind}`))
          ? problems
          : [served, ...problems];
      return all.map((problem) => finding(problem, object, one));
    }),
  );
}

/** What the Flux Operator adds to the definitions of Alert and Receiver (flux-operator: builder.GetNotificationPatch). */
const OPERATOR_KINDS: readonly unknown[] = ['FluxInstance', 'ResourceSet', 'ResourceSetInputProvider'];

/** A kind of the Flux Operator that an Alert or a Receiver names: whoever writes one has it. */
function isKindOfOperator({ apiVersion, spec }: JsonObject, pointer: string): boolean {
  const [, field, at] = /^\/spec\/(eventSources|resources)\/(\d+)\/kind$/.exec(pointer) ?? [];
  if (field === undefined || !textOf(apiVersion).startsWith('notification.toolkit.fluxcd.io/')) return false;
  const named = listOf(mapOf(spec)[field])[Number(at)];
  return OPERATOR_KINDS.includes(mapOf(named).kind);
}

function customKinds(appliers: readonly Applier[]): ReadonlyMap<string, KindSchema> {
  const definitions = appliers.flatMap(({ objects, others }) => [...objects, ...others].filter(definesKinds));
  return new Map(
    definitions.flatMap(customSchemas).map((schema) => [`${schema.apiVersion}/${schema.kind}`, schema] as const),
  );
}

/** Flux leaves it alone, or applies only parts of it. */
function isLeftAlone({ metadata }: JsonObject): boolean {
  if (!isObject(metadata)) return false;
  return [metadata.labels, metadata.annotations].some((map) => {
    const mode = isObject(map) ? map['kustomize.toolkit.fluxcd.io/ssa'] : undefined;
    const reconcile = isObject(map) ? map['kustomize.toolkit.fluxcd.io/reconcile'] : undefined;
    return typeof mode === 'string' || reconcile === 'disabled';
  });
}

function finding(
  { code, message, remedy, pointer }: SchemaProblem,
  object: JsonObject,
  { kustomization, release }: Applier,
): Finding {
  const severity = code === 'schema/off-by-default' ? 'warning' : 'error';
  return {
    severity,
    code,
    message,
    remedy,
    kustomization,
    release,
    object: identityOf(object),
    pointer,
  };
}
