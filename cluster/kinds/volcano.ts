import { customKind } from '../../constructs/index.ts';

/** A queue of Volcano: who gets how much of the cluster when batch jobs compete. */
export const Queue = customKind<{
  weight: number;
  reclaimable: boolean;
  capability?: Readonly<Record<string, string | number>>;
}>('scheduling.volcano.sh/v1beta1', 'Queue', { clusterScoped: true });
