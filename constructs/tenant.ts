import { ApiObject } from 'cdk8s';
import type { Cluster } from './cluster.ts';
import { Namespace, type Applier, type NamespaceOptions } from './namespace.ts';

const LABEL = 'toolkit.fluxcd.io/tenant';
const RBAC = 'rbac.authorization.k8s.io';

export interface TenantOptions extends NamespaceOptions {
  /**
   * The ClusterRole that the tenant's account has inside of its namespace. Default: `cluster-admin`, as by
   * `flux create tenant`: everything in the namespace, and nothing outside.
   */
  readonly clusterRole?: string;
}

/**
 * A team of its own on the cluster, as Flux's guide to multi-tenancy has it: a namespace, a ServiceAccount that may act
 * there and nowhere else, and sources of its own. Its Applications are Kustomizations in that namespace, applied as that
 * account from the tenant's own sources; synth refuses any reference to another namespace. Flux itself refuses them, also
 * those that the tenant's repositories make, only under lockdown (`FluxSystem`).
 */
export class Tenant extends Namespace {
  readonly serviceAccount: ApiObject;

  constructor(cluster: Cluster, name: string, options: TenantOptions = {}) {
    const { clusterRole = 'cluster-admin', ...rest } = options;
    const labels = { [LABEL]: name };
    super(cluster, name, { ...rest, labels: { ...labels, ...rest.labels } });
    this.serviceAccount = new ApiObject(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, labels },
    });
    new ApiObject(this, 'RoleBinding', {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `${name}-reconciler`, labels },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole },
      subjects: [
        { apiGroup: RBAC, kind: 'User', name: `gotk:${name}:reconciler` },
        { kind: 'ServiceAccount', name, namespace: name },
      ],
    });
  }

  override get applier(): Applier {
    return { namespace: this.namespace, serviceAccountName: this.namespace, targetNamespace: this.namespace };
  }
}
