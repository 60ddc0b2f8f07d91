import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { Queue } from './kinds/volcano.ts';
import type { Sources } from './sources.ts';

/** Schedules batch jobs: all Pods of a job start together or not at all, and queues share what there is. */
export function volcanoSystem(cluster: Cluster, sources: Sources) {
  const namespace = new Namespace(cluster, 'volcano-system');
  const volcano = new Application(namespace, 'volcano');
  new HelmRelease(volcano, 'volcano', {
    chart: sources.volcano,
    values: { custom: { metrics_enable: false, admission_enable: true, scheduler_replicas: 1 } },
  });

  const queues = new Application(namespace, 'volcano-queues', { dependsOn: [volcano] });
  // The GPU of regis is for training; the other four serve models.
  new Queue(queues, 'training', { weight: 4, reclaimable: true, capability: { 'nvidia.com/gpu': 1 } });
  new Queue(queues, 'analytics', { weight: 1, reclaimable: true, capability: { cpu: 16, memory: '64Gi' } });
  return { volcano: queues };
}
