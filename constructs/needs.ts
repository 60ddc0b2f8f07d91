import { identityKey, identityOf, isList, isObject, type Json, type JsonObject } from '../src/manifest/index.ts';

/** An object that another one names, as the key of its identity and for people. */
export interface Need {
  readonly key: string;
  readonly target: string;
  /** The field that names it. */
  readonly field: string;
}

const SOURCES = 'source.toolkit.fluxcd.io';

/** Of the kinds that an Alert may listen to, and a Receiver may wake. */
const GROUPS: ReadonlyMap<string, string> = new Map([
  ...['Bucket', 'GitRepository', 'HelmChart', 'HelmRepository', 'OCIRepository'].map(
    (kind) => [kind, SOURCES] as const,
  ),
  ['Kustomization', 'kustomize.toolkit.fluxcd.io'],
  ['HelmRelease', 'helm.toolkit.fluxcd.io'],
  ...['ImagePolicy', 'ImageRepository', 'ImageUpdateAutomation'].map(
    (kind) => [kind, 'image.toolkit.fluxcd.io'] as const,
  ),
  ['ArtifactGenerator', 'source.extensions.fluxcd.io'],
]);

/**
 * The Flux objects that a Flux object needs to be there: its sources, what it depends on, whom it tells, and of what.
 * ConfigMaps and Secrets are left out, since controllers make those too, and so are ExternalArtifacts, which controllers
 * make only.
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
  const each = (field: string, targetGroup: string, fallbackKind: string): Need[] => {
    const list = spec[field];
    return isList(list)
      ? list.flatMap((one, index) => to(`/spec/${field}/${index}`, targetGroup, fallbackKind, one))
      : [];
  };
  // `*` stands for all objects of the kind, which need not be there yet.
  const watched = (field: string): Need[] => {
    const list = spec[field];
    return isList(list)
      ? list.flatMap((one, index) => {
          const groupOfKind = isObject(one) && typeof one.kind === 'string' ? GROUPS.get(one.kind) : undefined;
          if (groupOfKind === undefined || !isObject(one) || one.name === '*') return [];
          return to(`/spec/${field}/${index}`, groupOfKind, '', one);
        })
      : [];
  };
  switch (`${group}/${kind}`) {
    case 'kustomize.toolkit.fluxcd.io/Kustomization':
      return [...to('/spec/sourceRef', SOURCES, '', spec.sourceRef), ...each('dependsOn', group, kind)];
    case 'helm.toolkit.fluxcd.io/HelmRelease': {
      const chart = isObject(spec.chart) && isObject(spec.chart.spec) ? spec.chart.spec : {};
      return [
        ...to('/spec/chart/spec/sourceRef', SOURCES, '', chart.sourceRef),
        ...to('/spec/chartRef', SOURCES, '', spec.chartRef),
        ...each('dependsOn', group, kind),
      ];
    }
    case 'source.toolkit.fluxcd.io/HelmChart':
    case 'image.toolkit.fluxcd.io/ImageUpdateAutomation':
      return to('/spec/sourceRef', SOURCES, '', spec.sourceRef);
    case 'image.toolkit.fluxcd.io/ImagePolicy':
      return to('/spec/imageRepositoryRef', group, 'ImageRepository', spec.imageRepositoryRef);
    case 'notification.toolkit.fluxcd.io/Alert':
      return [...to('/spec/providerRef', group, 'Provider', spec.providerRef), ...watched('eventSources')];
    case 'notification.toolkit.fluxcd.io/Receiver':
      return watched('resources');
    case 'source.extensions.fluxcd.io/ArtifactGenerator':
      return each('sources', SOURCES, '');
    default:
      return [];
  }
}
