import { Alert, HelmRelease, Provider, type Cluster } from '../constructs/index.ts';
import { TOPICS, webhook, type Topic } from './observability/ntfy.ts';

/** Flux says by ntfy what it applied, what failed, and which services came up. Declared last: it names them all. */
export function notifications(cluster: Cluster): void {
  const ntfy = (topic: Topic) =>
    new Provider(cluster, `ntfy-${topic}`, { type: 'generic', address: webhook(topic, 'flux') });
  const flux = ntfy(TOPICS.flux);
  const releases = namespacesWithReleases(cluster).map(
    (namespace) => ({ kind: 'HelmRelease', name: '*', namespace }) as const,
  );

  new Alert(cluster, 'reconciliations', {
    providerRef: flux,
    eventSources: [
      { kind: 'Kustomization', name: '*' },
      { kind: 'GitRepository', name: '*' },
    ],
    // Said at every start, and over within minutes.
    exclusionList: ['^[Dd]ependenc(y|ies) .* not ready', 'no such host'],
  });
  new Alert(cluster, 'failed-releases', { providerRef: flux, eventSources: releases, eventSeverity: 'error' });
  new Alert(cluster, 'deployments', {
    providerRef: ntfy(TOPICS.deployments),
    eventSources: releases,
    inclusionList: ['(install|upgrade|rollback) succeeded'],
  });
}

function namespacesWithReleases(cluster: Cluster): string[] {
  const namespaces = cluster.node
    .findAll()
    .filter((construct) => construct instanceof HelmRelease)
    .map(({ metadata }) => metadata.namespace)
    .filter((namespace) => namespace !== undefined);
  return [...new Set(namespaces)].sort();
}
