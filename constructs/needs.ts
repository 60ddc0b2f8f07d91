import { identityKey, identityOf, isList, isObject, type Json, type JsonObject } from '../src/manifest/index.ts';

/** An object that another one names, as the key of its identity and for people. */
export interface Need {
  readonly key: string;
  readonly target: string;
  /** The field that names it. */
  readonly field: string;
}

const SOURCES = 'source.toolkit.fluxcd.io';

/**
 * The Flux objects that a Flux object needs to be there: its sources and what it depends on. ConfigMaps and Secrets are
 * left out, since controllers make those too, and so are ExternalArtifacts, which controllers make only.
 */
export function needsOf(manifest: JsonObject): Need[] {
  const { group, kind, namespace } = identityOf(manifest);
  const spec = isObject(manifest.spec) ? manifest.spec : {};
  const to = (field: string, targetGroup: string, fallbackKind: string, reference: Json | undefined): Need[] => {
    if (!isObject(reference) || typeof reference.name !== 'string' || reference.kind === 'ExternalArtifact') return [];
    const target = {
      group: targetGroup,
      kind: typeof reference.kind === 'string' ? reference.kind : fallbackKind,
      namespace: typeof reference.namespace === 'string' ? reference.namespace : namespace,
      name: reference.name,
    };
    return [{ field, key: identityKey(target), target: `${target.kind}/${target.namespace}/${target.name}` }];
  };
  const dependencies = isList(spec.dependsOn)
    ? spec.dependsOn.flatMap((one, index) => to(`/spec/dependsOn/${index}`, group, kind, one))
    : [];
  if (kind === 'Kustomization' && group === 'kustomize.toolkit.fluxcd.io') {
    return [...to('/spec/sourceRef', SOURCES, '', spec.sourceRef), ...dependencies];
  }
  if (kind === 'HelmRelease' && group === 'helm.toolkit.fluxcd.io') {
    const chart = isObject(spec.chart) && isObject(spec.chart.spec) ? spec.chart.spec : {};
    return [
      ...to('/spec/chart/spec/sourceRef', SOURCES, '', chart.sourceRef),
      ...to('/spec/chartRef', SOURCES, '', spec.chartRef),
      ...dependencies,
    ];
  }
  return [];
}
