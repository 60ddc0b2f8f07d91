import type { ApiObjectProps } from 'cdk8s';
import type { FluxComponent } from './components.ts';

const FROM_ANYWHERE = [{ namespaceSelector: {} }];
const EVERY_POD = {};

/** Who may speak with the controllers: they among themselves, whoever scrapes metrics, and whoever calls a webhook. */
export function networkPolicies(
  components: readonly FluxComponent[],
  labels: Record<string, string>,
): ApiObjectProps[] {
  const policies = [
    policy('allow-egress', labels, {
      podSelector: EVERY_POD,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: EVERY_POD }] }],
      egress: [{}],
    }),
    policy('allow-scraping', labels, {
      podSelector: EVERY_POD,
      policyTypes: ['Ingress'],
      ingress: [{ from: FROM_ANYWHERE, ports: [{ port: 8080, protocol: 'TCP' }] }],
    }),
  ];
  if (components.includes('notification-controller')) {
    policies.push(
      policy('allow-webhooks', labels, {
        podSelector: { matchLabels: { app: 'notification-controller' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: FROM_ANYWHERE, ports: [{ port: 9292, protocol: 'TCP' }] }],
      }),
    );
  }
  return policies;
}

function policy(name: string, labels: Record<string, string>, spec: object): ApiObjectProps {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, labels }, spec };
}
