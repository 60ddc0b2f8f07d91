import type { Right } from '../../kube/index.ts';
import { reconcilerRights } from '../sync/rights.ts';

/** What a bootstrap needs besides what a reconciler does: to make what Flux needs before it can begin. */
export function bootstrapRights(fluxNamespace: string): readonly Right[] {
  const making = (group: string, resource: string): readonly Right[] =>
    ['get', 'list', 'watch', 'create', 'patch'].map((verb) => ({ verb, group, resource, namespace: '' }));
  return [
    ...making('apiextensions.k8s.io', 'customresourcedefinitions'),
    ...making('', 'namespaces'),
    ...making('', 'secrets'),
    ...reconcilerRights('', fluxNamespace),
  ];
}
