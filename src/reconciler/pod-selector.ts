import type { KubeObject } from '../kube/index.ts';
import { isList, isObject, type JsonObject, textOf } from '../manifest/index.ts';

/** The `spec.selector` of a workload as a query has it; undefined where there is none, since that would be all pods. */
export function podSelector(object: KubeObject): string | undefined {
  const spec = isObject(object.spec) ? object.spec : {};
  if (!isObject(spec.selector)) return undefined;
  const { matchLabels, matchExpressions } = spec.selector;
  const labels = isObject(matchLabels)
    ? Object.entries(matchLabels).map(([key, value]) => `${key}=${textOf(value)}`)
    : [];
  const expressions = isList(matchExpressions) ? matchExpressions.filter(isObject).map(expressionOf) : [];
  return [...labels, ...expressions].join(',') || undefined;
}

function expressionOf({ key, operator, values }: JsonObject): string {
  const name = textOf(key);
  const list = isList(values) ? values.map(textOf).join(',') : '';
  switch (operator) {
    case 'In':
      return `${name} in (${list})`;
    case 'NotIn':
      return `${name} notin (${list})`;
    case 'DoesNotExist':
      return `!${name}`;
    default:
      return name;
  }
}
