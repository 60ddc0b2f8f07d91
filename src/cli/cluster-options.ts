// Apart from what uses them, so that a command that may do without a cluster need not load what talks to one.

/** Of every command that looks at a cluster. */
export const CLUSTER_OPTIONS = { kubeconfig: { type: 'string' }, context: { type: 'string' } } as const;
/** Of every command that changes one. */
export const CHANGE_OPTIONS = { ...CLUSTER_OPTIONS, yes: { type: 'boolean', short: 'y' } } as const;

export const CLUSTER_HELP = `  --kubeconfig FILE  instead of KUBECONFIG and ~/.kube/config; in a pod its service account is used without any
  --context NAME     instead of the current one
`;
export const CHANGE_HELP = `${CLUSTER_HELP}  --yes, -y          does not ask whether the context is the right one; naming it by --context does the same
`;
