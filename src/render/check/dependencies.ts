import { cyclesFrom } from '../../cycles.ts';
import { identityOf, isList, isObject, type JsonObject } from '../../manifest/index.ts';
import type { Finding } from './finding.ts';
import type { Rendered } from '../walk.ts';

const KINDS: Readonly<Record<string, string>> = {
  Kustomization: 'kustomize.toolkit.fluxcd.io',
  HelmRelease: 'helm.toolkit.fluxcd.io',
};

interface Node {
  readonly kind: string;
  /** `namespace/name`. */
  readonly name: string;
  readonly object: JsonObject;
  readonly owner: string;
  readonly dependsOn: readonly string[];
}

/** `dependsOn` that names nothing, and those that wait for each other: neither is ever ready. */
export function checkDependencies(rendered: readonly Rendered[]): readonly Finding[] {
  return Object.entries(KINDS).flatMap(([kind, group]) => {
    const nodes = new Map<string, Node>();
    for (const one of rendered) {
      for (const object of one.objects) {
        const identity = identityOf(object);
        if (identity.kind !== kind || identity.group !== group) continue;
        const name = `${identity.namespace}/${identity.name}`;
        const owner = `${one.namespace}/${one.name}`;
        nodes.set(name, { kind, name, object, owner, dependsOn: dependenciesOf(object, identity.namespace) });
      }
    }
    return [...dangling(nodes), ...cycles(nodes)];
  });
}

function dependenciesOf({ spec }: JsonObject, namespace: string): readonly string[] {
  const list = isObject(spec) && isList(spec.dependsOn) ? spec.dependsOn : [];
  return list.map((one) => {
    if (!isObject(one) || typeof one.name !== 'string') return '';
    return `${typeof one.namespace === 'string' ? one.namespace : namespace}/${one.name}`;
  });
}

function dangling(nodes: ReadonlyMap<string, Node>): readonly Finding[] {
  return [...nodes.values()].flatMap(({ kind, object, owner, dependsOn }) =>
    dependsOn.flatMap((name, at): Finding[] => {
      if (name === '' || nodes.has(name)) return [];
      return [
        {
          severity: 'error',
          code: 'test/dangling-dependency',
          message: `It depends on ${kind}/${name}, which nothing in the repository makes: it never becomes ready.`,
          remedy: 'Name one that there is, with its namespace where that is another.',
          kustomization: owner,
          object: identityOf(object),
          pointer: `/spec/dependsOn/${at}`,
        },
      ];
    }),
  );
}

function cycles(nodes: ReadonlyMap<string, Node>): readonly Finding[] {
  const next = (node: Node): readonly Node[] => node.dependsOn.flatMap((name) => nodes.get(name) ?? []);
  return cyclesFrom(nodes.values(), next).flatMap((cycle): Finding[] => {
    const [first] = cycle;
    if (first === undefined) return [];
    return [
      {
        severity: 'error',
        code: 'test/dependency-cycle',
        message: `They depend on each other, so none becomes ready: ${[...cycle, first].map(({ name }) => name).join(' → ')}.`,
        remedy: 'Take one of the dependencies out.',
        kustomization: first.owner,
        object: identityOf(first.object),
        pointer: '/spec/dependsOn',
      },
    ];
  });
}
