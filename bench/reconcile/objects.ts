/** The objects of the bench: an app is a Deployment without replicas, a Service and a ConfigMap. */

export const NAMESPACE = 'default';
export const FLUX_NAMESPACE = 'flux-system';
export const SOURCE = {
  group: 'source.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'GitRepository',
  namespace: FLUX_NAMESPACE,
  name: 'cluster',
} as const;
export const KUSTOMIZATION = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', kind: 'Kustomization' } as const;
/** The kinds that an app has. */
export const APP_KINDS = [
  { group: 'apps', version: 'v1', kind: 'Deployment' },
  { group: '', version: 'v1', kind: 'Service' },
  { group: '', version: 'v1', kind: 'ConfigMap' },
] as const;

/** Each waits for the one before it. */
export const CHAIN = Array.from({ length: 9 }, (_, index) => `chain-${index}`);

export function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `app-${index}`);
}

export function manifestsOf(name: string) {
  const metadata = { name, namespace: NAMESPACE };
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'app', image: 'example.org/app:1.0.0', ports: [{ containerPort: 80 }] }] },
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas: 0, selector: { matchLabels: { app: name } }, template },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { app: name }, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { name } },
  ] as const;
}

export function gitRepository(url: string) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: SOURCE.kind,
    metadata: { name: SOURCE.name, namespace: FLUX_NAMESPACE },
    spec: { url, interval: '10m', ref: { branch: 'main' } },
  };
}

export function kustomization(name: string, dependsOn: readonly string[] = []) {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: KUSTOMIZATION.kind,
    metadata: { name, namespace: FLUX_NAMESPACE },
    spec: {
      path: `./apps/${name}`,
      interval: '10m',
      prune: true,
      wait: true,
      sourceRef: { kind: SOURCE.kind, name: SOURCE.name },
      dependsOn: dependsOn.map((one) => ({ name: one })),
    },
  };
}
