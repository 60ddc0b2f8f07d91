import type { Right } from '../../kube/index.ts';

const FLUX = [
  ['source.toolkit.fluxcd.io', ['gitrepositories', 'ocirepositories']],
  ['kustomize.toolkit.fluxcd.io', ['kustomizations']],
] as const;

/**
 * What a reconciler needs whatever the tree holds. What it needs for the objects of the tree is the tree's affair: an
 * object that may not be applied fails its own Kustomization only.
 *
 * @param namespace the only one that is carried out; '' for all
 * @param fluxNamespace where the leases are
 */
export function reconcilerRights(namespace: string, fluxNamespace: string): readonly Right[] {
  const right = (verb: string, group: string, resource: string, where: string): Right => ({
    verb,
    group,
    resource,
    namespace: where,
  });
  return [
    ...['get', 'create', 'update'].map((verb) => right(verb, 'coordination.k8s.io', 'leases', fluxNamespace)),
    ...FLUX.flatMap(([group, resources]) =>
      resources.flatMap((resource) => [
        // Followed in all namespaces, whichever of them are carried out.
        ...['list', 'watch'].map((verb) => right(verb, group, resource, '')),
        right('patch', group, resource, namespace),
        right('get', group, resource, namespace),
        right('update', group, `${resource}/status`, namespace),
      ]),
    ),
    ...['list', 'watch'].map((verb) => right(verb, 'apiextensions.k8s.io', 'customresourcedefinitions', '')),
    ...['configmaps', 'secrets'].flatMap((resource) =>
      ['get', 'list', 'watch'].map((verb) => right(verb, '', resource, namespace)),
    ),
    right('create', '', 'events', namespace),
  ];
}

/** What it takes besides to know who listens for webhooks, and to say so. */
export function receiverRights(namespace: string): readonly Right[] {
  const group = 'notification.toolkit.fluxcd.io';
  const resource = 'receivers';
  return [
    ...['get', 'list', 'watch'].map((verb) => ({ verb, group, resource, namespace })),
    { verb: 'update', group, resource: `${resource}/status`, namespace },
  ];
}
