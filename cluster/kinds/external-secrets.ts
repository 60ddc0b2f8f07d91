import { customKind } from '../../constructs/index.ts';

/** The External Secrets Operator, as far as this cluster uses it. */
const API = 'external-secrets.io/v1';

export const ClusterSecretStore = customKind<{
  provider: {
    vault: {
      server: string;
      path: string;
      version: 'v2';
      auth: {
        kubernetes: { mountPath: string; role: string; serviceAccountRef: { name: string; namespace: string } };
      };
    };
  };
}>(API, 'ClusterSecretStore', { clusterScoped: true });

export const ExternalSecret = customKind<{
  refreshInterval: string;
  secretStoreRef: { kind: 'ClusterSecretStore'; name: string };
  target: {
    name: string;
    template?: { data: Readonly<Record<string, string>> };
  };
  dataFrom: readonly { extract: { key: string } }[];
}>(API, 'ExternalSecret');
