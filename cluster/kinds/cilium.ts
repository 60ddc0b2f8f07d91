import { customKind } from '../../constructs/index.ts';

/** Addresses for Services of type LoadBalancer, as far as this cluster uses Cilium's kinds. */
export const CiliumLoadBalancerIPPool = customKind<{
  blocks: readonly { start: string; stop: string }[];
}>('cilium.io/v2', 'CiliumLoadBalancerIPPool', { clusterScoped: true });

export const CiliumL2AnnouncementPolicy = customKind<{
  loadBalancerIPs: boolean;
  nodeSelector: { matchExpressions: readonly { key: string; operator: 'DoesNotExist' | 'Exists' }[] };
}>('cilium.io/v2alpha1', 'CiliumL2AnnouncementPolicy', { clusterScoped: true });
