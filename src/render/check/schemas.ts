import { identityOf, isObject, type JsonObject } from '../../manifest/index.ts';
import {
  builtInSchema,
  customSchemas,
  definesKinds,
  type KindSchema,
  type SchemaProblem,
  servingProblem,
  validateObject,
} from '../../schema/index.ts';
import type { Rendered } from '../walk.ts';
import type { Finding } from './finding.ts';

/**
 * What the API server of Kubernetes 1.`minor` would refuse: kinds of its own and of Flux by their schemas, others by the
 * CustomResourceDefinitions and ConstraintTemplates of the repository. Of a kind that none of these knows nothing is said.
 */
export function checkSchemas(rendered: readonly Rendered[], minor: number | undefined): readonly Finding[] {
  const custom = customKinds(rendered);
  return rendered.flatMap((one) =>
    one.objects.flatMap((object) => {
      const { apiVersion, kind } = object;
      if (typeof apiVersion !== 'string' || typeof kind !== 'string' || isLeftAlone(object)) return [];
      const schema = builtInSchema(apiVersion, kind) ?? custom.get(`${apiVersion}/${kind}`);
      const served = servingProblem(apiVersion, kind, minor);
      const problems =
        schema === undefined ? [] : validateObject(object, schema, { hasVariables: hasPlaceholders(one) });
      const all =
        served === undefined || (schema !== undefined && custom.has(`${apiVersion}/${kind}`))
          ? problems
          : [served, ...problems];
      return all.map((problem) => finding(problem, object, one));
    }),
  );
}

function customKinds(rendered: readonly Rendered[]): ReadonlyMap<string, KindSchema> {
  const definitions = rendered.flatMap(({ objects }) => objects.filter(definesKinds));
  return new Map(
    definitions.flatMap(customSchemas).map((schema) => [`${schema.apiVersion}/${schema.kind}`, schema] as const),
  );
}

/** A value of which only the name is known may be of any type. */
function hasPlaceholders({ unknownVariables }: Rendered): boolean {
  return unknownVariables.length > 0;
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
  { namespace, name }: Rendered,
): Finding {
  const severity = code === 'schema/off-by-default' ? 'warning' : 'error';
  return {
    severity,
    code,
    message,
    remedy,
    kustomization: `${namespace}/${name}`,
    object: identityOf(object),
    pointer,
  };
}
