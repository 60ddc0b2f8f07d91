import { compileRe2 } from '../../re2.ts';
import type { JsonObject } from '../../manifest/index.ts';
import { parseLabelSelector, type LabelSelector } from './label-selector.ts';
import { text } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import type { Resource } from './resource.ts';
import type { Gvk, ResourceId } from './resource-id.ts';

type Matches = (value: string) => boolean;

/** Which resources a patch or a replacement is for (kustomize: types.Selector), each part as a whole-text pattern. */
export interface Selector {
  readonly group: Matches;
  readonly version: Matches;
  readonly kind: Matches;
  readonly name: Matches;
  readonly namespace: Matches;
  readonly labels: LabelSelector;
  readonly annotations: LabelSelector;
}

export function parseSelector(target: JsonObject): Selector {
  return {
    group: pattern(text(target.group)),
    version: pattern(text(target.version)),
    kind: pattern(text(target.kind)),
    name: pattern(text(target.name)),
    namespace: pattern(text(target.namespace)),
    labels: parseLabelSelector(text(target.labelSelector)),
    annotations: parseLabelSelector(text(target.annotationSelector)),
  };
}

function pattern(source: string): Matches {
  if (source === '') return () => true;
  if (/^[A-Za-z0-9_-]+$/.test(source)) return (value) => value === source;
  try {
    const expression = compileRe2(`^(?:${source})$`);
    return (value) => expression.matcher(value).find();
  } catch {
    return notCovered('a pattern that cannot be read');
  }
}

export function matchesGvk(selector: Selector, { group, version, kind }: Gvk): boolean {
  return selector.group(group) && selector.version(version) && selector.kind(kind);
}

/** resWrangler.Select: names and namespaces may be the ones that the resource was read with. */
export function isTarget(selector: Selector, resource: Resource): boolean {
  const { id, originalId } = resource;
  const either = (matches: Matches, of: (id: ResourceId) => string): boolean =>
    matches(of(id)) || matches(of(originalId));
  return (
    matchesGvk(selector, id) &&
    either(selector.namespace, ({ namespace }) => namespace) &&
    either(selector.name, ({ name }) => name) &&
    hasLabels(selector, resource)
  );
}

export function hasLabels({ labels, annotations }: Selector, resource: Resource): boolean {
  return (
    (labels.length === 0 || matchesLabels(labels, resource.labels())) &&
    (annotations.length === 0 || matchesLabels(annotations, resource.annotations()))
  );
}

function matchesLabels(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  return selector.every((matches) => matches(labels));
}
