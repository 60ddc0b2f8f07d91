/** The schemas of Flux's kinds, out of their CustomResourceDefinitions. */
import { parse } from 'yaml';
import { fluxRules } from './flux-rules.ts';
import type { DataFile } from './raw.ts';

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: unknown };
    }[];
  };
}

/** One file for each API version that the definitions serve. */
export function fluxData(crds: readonly string[]): readonly DataFile[] {
  const kinds = crds.flatMap((text) => {
    const { spec } = parse(text) as Crd;
    if (spec.scope !== 'Namespaced') throw new Error(`${spec.names.kind} is not namespaced`);
    return spec.versions
      .filter(({ served }) => served)
      .map(({ name, schema }) => ({
        apiVersion: `${spec.group}/${name}`,
        kind: spec.names.kind,
        schema: withRuleMessages(withoutDescriptions(schema.openAPIV3Schema)),
      }));
  });
  return [...Map.groupBy(kinds, ({ apiVersion }) => apiVersion)].map(([apiVersion, members]) => {
    const file = apiVersion.replace('/', '.');
    return {
      name: file,
      definitions: Object.fromEntries(members.map(({ kind, schema }) => [kind, schema])),
      apis: { [apiVersion]: { file, namespaced: members.map(({ kind }) => kind), cluster: [], custom: true } },
    };
  });
}

/** A field that is called `description` stays. */
function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => !(key === 'description' && typeof member === 'string'))
      .map(([key, member]) => [key, key === 'default' ? member : withoutDescriptions(member)]),
  );
}

function withRuleMessages(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withRuleMessages);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'x-kubernetes-validations' ? fluxRules(member) : withRuleMessages(member),
    ]),
  );
}
