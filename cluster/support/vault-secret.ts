import type { Application } from '../../constructs/index.ts';
import { ExternalSecret } from '../kinds/external-secrets.ts';

/** The ClusterSecretStore that reads Vault. */
export const VAULT_STORE = 'vault';

export interface VaultSecretOptions {
  /** Where it lies in Vault's `kv`. Default: `<namespace>/<name>`. */
  readonly path?: string;
  /** What the Secret holds, made of what Vault has. Default: what Vault has, as it is. */
  readonly template?: Readonly<Record<string, string>>;
}

/** A Secret whose values lie in Vault. It is named `{app}-{type}`, as every Secret of this cluster. */
export function vaultSecret(application: Application, name: string, options: VaultSecretOptions = {}): void {
  const { path = `${application.namespace}/${name}`, template } = options;
  new ExternalSecret(application, name, {
    refreshInterval: '1h',
    secretStoreRef: { kind: 'ClusterSecretStore', name: VAULT_STORE },
    target: { name, ...(template && { template: { data: template } }) },
    dataFrom: [{ extract: { key: path } }],
  });
}
