import { customKind } from '../../constructs/index.ts';

/** The constraints whose kinds the templates in cluster/manifests/gatekeeper/ make. */
const API = 'constraints.gatekeeper.sh/v1beta1';

interface Constraint {
  readonly enforcementAction: 'warn' | 'deny' | 'dryrun';
  readonly match: {
    readonly kinds: readonly { apiGroups: readonly string[]; kinds: readonly string[] }[];
    readonly excludedNamespaces: readonly string[];
  };
}

export const RequiredLabels = customKind<Constraint & { parameters: { labels: readonly string[] } }>(
  API,
  'RequiredLabels',
  { clusterScoped: true },
);

export const RequiredResources = customKind<
  Constraint & { parameters: { requests: readonly string[]; limits: readonly string[] } }
>(API, 'RequiredResources', { clusterScoped: true });

export const PinnedImages = customKind<Constraint & { parameters: { floating: readonly string[] } }>(
  API,
  'PinnedImages',
  { clusterScoped: true },
);
