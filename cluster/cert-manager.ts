import { ApiObject } from 'cdk8s';
import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { PUBLIC_DOMAIN } from './domains.ts';
import { ClusterIssuer } from './kinds/cert-manager.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { vaultSecret } from './support/vault-secret.ts';
import { VAULT_ADDRESS } from './vault.ts';

/** Who signs what: Let's Encrypt for what the internet sees, our own authority in Vault for the rest. */
export const ISSUERS = {
  public: 'letsencrypt',
  internal: 'vault-internal',
  /** What the cluster used before Vault, and what still signs where no one has to trust the signature. */
  selfSigned: 'selfsigned-internal',
} as const;

const VAULT_ROLE = 'cert-manager';

/** Certificates. */
export function certManager(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics' | 'secrets'>) {
  const namespace = new Namespace(cluster, 'cert-manager');
  const certManager = new Application(namespace, 'cert-manager', { dependsOn: [platform.metrics] });
  new HelmRelease(certManager, 'cert-manager', {
    chart: sources.certManager,
    values: {
      crds: { enabled: true },
      replicaCount: 2,
      // Split-horizon DNS answers for our own zone: challenges are checked against public resolvers.
      dns01RecursiveNameservers: 'https://1.1.1.1:443/dns-query,https://1.0.0.1:443/dns-query',
      dns01RecursiveNameserversOnly: true,
      prometheus: { enabled: true, servicemonitor: { enabled: true } },
    },
  });

  const issuers = new Application(namespace, 'cert-manager-issuers', { dependsOn: [certManager, platform.secrets] });
  vaultSecret(issuers, 'cloudflare-dns-token');
  new ClusterIssuer(issuers, ISSUERS.public, {
    acme: {
      server: 'https://acme-v02.api.letsencrypt.org/directory',
      email: `certificates@${PUBLIC_DOMAIN}`,
      privateKeySecretRef: { name: 'letsencrypt-account' },
      solvers: [
        {
          dns01: { cloudflare: { apiTokenSecretRef: { name: 'cloudflare-dns-token', key: 'api-token' } } },
          selector: { dnsZones: [PUBLIC_DOMAIN] },
        },
      ],
    },
  });
  new ClusterIssuer(issuers, ISSUERS.internal, {
    vault: {
      server: VAULT_ADDRESS,
      path: 'pki_internal/sign/lab',
      auth: {
        kubernetes: {
          role: VAULT_ROLE,
          mountPath: '/v1/auth/kubernetes',
          serviceAccountRef: { name: 'vault-issuer' },
        },
      },
    },
  });
  allowTokensForVault(issuers);
  new ClusterIssuer(issuers, ISSUERS.selfSigned, { selfSigned: {} });
  return { certManager, issuers };
}

/** cert-manager shows Vault a token of this service account, which it may ask for itself. */
function allowTokensForVault(application: Application): void {
  new ApiObject(application, 'ServiceAccount', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'vault-issuer' },
  });
  new ApiObject(application, 'Role', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'vault-issuer' },
    rules: [
      { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['vault-issuer'], verbs: ['create'] },
    ],
  });
  new ApiObject(application, 'RoleBinding', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'vault-issuer' },
    subjects: [{ kind: 'ServiceAccount', name: 'cert-manager', namespace: application.namespace }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'vault-issuer' },
  });
}
