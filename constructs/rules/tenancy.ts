import { isList, isObject, type Json, type JsonObject } from '../../src/manifest/index.ts';
import { error, warning, type Finding, type Rule } from './rule.ts';

/** Under lockdown Flux refuses references to another namespace (`--no-cross-namespace-refs`); a tenant never has any. */
export const crossNamespace: Rule = (object, { lockdown, tenants }) => {
  const own = namespaceOf(object);
  const isTenant = own !== undefined && tenants.has(own);
  if (own === undefined || !isFlux(object) || (lockdown !== true && !isTenant)) return [];
  return references(object).flatMap(([pointer, reference]): Finding[] => {
    if (!isObject(reference) || typeof reference.namespace !== 'string' || reference.namespace === own) return [];
    const what = typeof reference.kind === 'string' ? `a ${reference.kind}` : 'an object';
    const why = isTenant ? 'a tenant has nothing across' : 'Flux refuses that under lockdown';
    return [
      error(
        'synth/cross-namespace',
        `${pointer} refers to ${what} in namespace ${reference.namespace}, and ${why}.`,
        `Declare what it refers to in namespace ${own}.`,
      ),
    ];
  });
};

/** Under lockdown a release without an account is installed as `default`, which may do nothing. */
export const releaseAccount: Rule = (object, { lockdown }) => {
  const spec = isObject(object.spec) ? object.spec : {};
  if (lockdown !== true || object.kind !== 'HelmRelease' || !isFlux(object)) return [];
  if (spec.serviceAccountName !== undefined || spec.kubeConfig !== undefined) return [];
  return [
    error(
      'synth/no-service-account',
      'Under lockdown Flux installs a release that names no `serviceAccountName` as `default`, which may do nothing.',
      'Give it the `serviceAccountName` of an account that may install the chart.',
    ),
  ];
};

/** Without lockdown, what a tenant's repository makes may be applied as Flux itself. */
export const tenantWithoutLockdown: Rule = (object, { lockdown, tenants }) => {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  if (lockdown !== false || object.apiVersion !== 'v1' || object.kind !== 'Namespace') return [];
  if (typeof metadata.name !== 'string' || !tenants.has(metadata.name)) return [];
  return [
    warning(
      'synth/tenant-without-lockdown',
      'A Kustomization that the tenant’s repository makes without a serviceAccountName is applied with all of Flux’s rights.',
      'Lock Flux down: new FluxSystem(cluster, { lockdown: true }).',
    ),
  ];
};

/** The references of a Flux object that may name a namespace. */
function references(object: JsonObject): [pointer: string, reference: Json | undefined][] {
  const spec = isObject(object.spec) ? object.spec : {};
  const chart = isObject(spec.chart) && isObject(spec.chart.spec) ? spec.chart.spec : {};
  const items = (field: string): [string, Json | undefined][] => {
    const list = spec[field];
    return isList(list) ? list.map((item, index) => [`/spec/${field}/${index}`, item]) : [];
  };
  return [
    ['/spec/sourceRef', spec.sourceRef],
    ['/spec/chartRef', spec.chartRef],
    ['/spec/chart/spec/sourceRef', chart.sourceRef],
    ['/spec/imageRepositoryRef', spec.imageRepositoryRef],
    ...items('eventSources'),
    ...items('resources'),
    ...items('sources'),
  ];
}

function isFlux({ apiVersion }: JsonObject): boolean {
  return typeof apiVersion === 'string' && /\.fluxcd\.io\/[^/]+$/.test(apiVersion);
}

function namespaceOf({ metadata }: JsonObject): string | undefined {
  return isObject(metadata) && typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
}
