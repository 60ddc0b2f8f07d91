import { ApiObject } from 'cdk8s';
import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import type { Sources } from './sources.ts';

/** Certificates: Let's Encrypt for what is public, an issuer of our own for what is not. */
export function certManager(cluster: Cluster, sources: Sources) {
  const namespace = new Namespace(cluster, 'cert-manager');
  const certManager = new Application(namespace, 'cert-manager');
  new HelmRelease(certManager, 'cert-manager', {
    chart: sources.certManager,
    values: {
      crds: { enabled: true },
      // Split-horizon DNS answers for our own zone: challenges are checked against public resolvers.
      dns01RecursiveNameservers: 'https://1.1.1.1:443/dns-query,https://1.0.0.1:443/dns-query',
      dns01RecursiveNameserversOnly: true,
      prometheus: { enabled: true, servicemonitor: { enabled: true } },
    },
  });

  const issuers = new Application(namespace, 'cert-manager-issuers', { dependsOn: [certManager] });
  new ApiObject(issuers, 'selfsigned-internal', {
    apiVersion: 'cert-manager.io/v1',
    kind: 'ClusterIssuer',
    metadata: { namespace: '' },
    spec: { selfSigned: {} },
  });
  return { certManager, issuers };
}
