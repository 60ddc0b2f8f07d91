import { customKind } from '../../constructs/index.ts';

/** A canary over the Pods of a Deployment, its traffic split by a route of the Gateway API. */
export const Rollout = customKind<{
  replicas: number;
  workloadRef: { apiVersion: 'apps/v1'; kind: 'Deployment'; name: string; scaleDown: 'onsuccess' };
  strategy: {
    canary: {
      canaryService: string;
      stableService: string;
      trafficRouting: { plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: string; namespace: string } } };
      steps: readonly ({ setWeight: number } | { pause: { duration?: string } })[];
    };
  };
}>('argoproj.io/v1alpha1', 'Rollout');
