import { isReady, readinessOf, revisionOf, shortRevision } from '../../flux/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { isList, isObject, type Json, type JsonObject, type ObjectIdentity, textOf } from '../../manifest/index.ts';
import { KUSTOMIZATION, parseKustomization } from '../kustomization.ts';
import { SOURCE, keyOf } from '../sources.ts';
import { HELM_RELEASE } from './flux-kinds.ts';

/** Something that has to be there before an object of Flux goes on. */
export interface Wait {
  readonly identity: ObjectIdentity;
  /** What is wrong with it, as the rest of a sentence: `is not there`, `is not ready`. */
  readonly why: string;
}

type Find = (identity: ObjectIdentity) => KubeObject | undefined;

/** What holds an object up, by the same rules by which its controller waits (KC and HC: checkDependencies, getSource). */
export function waitsOf(object: KubeObject, find: Find): readonly Wait[] {
  if (object.kind === KUSTOMIZATION.kind) return kustomizationWaits(object, find);
  if (object.kind === HELM_RELEASE.kind) return releaseWaits(object, find);
  if (object.kind === 'HelmChart')
    return [sourceWait(referenceOf(specOf(object).sourceRef, object), find)].flatMap(own);
  return [];
}

function kustomizationWaits(object: KubeObject, find: Find): readonly Wait[] {
  const kustomization = parseKustomization(object);
  const source = { ...SOURCE, ...kustomization.source };
  const revision = find(source)?.status;
  const current = isObject(revision) && isObject(revision.artifact) ? textOf(revision.artifact.revision) : '';
  const dependencies = kustomization.dependsOn.map((one): Wait | undefined => {
    const identity = { ...KUSTOMIZATION, ...one };
    const dependency = find(identity);
    const wait = readyWait(identity, dependency);
    if (wait !== undefined || dependency === undefined) return wait;
    const isOfOneSource = keyOf(parseKustomization(dependency).source) === keyOf(kustomization.source);
    if (!isOfOneSource || current === '' || revisionOf(dependency) === current) return undefined;
    return { identity, why: `is not at ${shortRevision(current)} yet` };
  });
  return [sourceWait(source, find), ...dependencies].flatMap(own);
}

function releaseWaits(object: KubeObject, find: Find): readonly Wait[] {
  const { spec } = object;
  const { chart, chartRef, dependsOn } = isObject(spec) ? spec : {};
  const chartSpec = isObject(chart) && isObject(chart.spec) ? chart.spec : {};
  const reference = isObject(chartRef) ? chartRef : chartSpec.sourceRef;
  const dependencies = (isList(dependsOn) ? dependsOn.filter(isObject) : []).map((one) => {
    const { namespace, name } = referenceOf(one, object);
    const identity = { ...HELM_RELEASE, namespace, name };
    return readyWait(identity, find(identity));
  });
  return [sourceWait(referenceOf(reference, object), find), ...dependencies].flatMap(own);
}

function readyWait(identity: ObjectIdentity, object: KubeObject | undefined): Wait | undefined {
  if (object === undefined) return { identity, why: 'is not there' };
  return isReady(object) ? undefined : { identity, why: 'is not ready' };
}

/** A source has to have something; whether it could be fetched anew does not matter. */
function sourceWait(identity: ObjectIdentity, find: Find): Wait | undefined {
  const source = find(identity);
  if (source === undefined) return { identity, why: 'is not there' };
  const isStatic = source.kind === 'HelmRepository' && readinessOf(source).state === 'ready';
  return isStatic || revisionOf(source) !== '' ? undefined : { identity, why: 'has no artifact yet' };
}

function referenceOf(value: Json | undefined, { metadata }: KubeObject): ObjectIdentity {
  const reference = isObject(value) ? value : {};
  return {
    ...SOURCE,
    kind: textOf(reference.kind),
    namespace: textOf(reference.namespace) || (metadata.namespace ?? ''),
    name: textOf(reference.name),
  };
}

function specOf({ spec }: KubeObject): JsonObject {
  return isObject(spec) ? spec : {};
}

function own(wait: Wait | undefined): readonly Wait[] {
  return wait === undefined ? [] : [wait];
}
