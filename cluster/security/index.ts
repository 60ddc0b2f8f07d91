/** Policies for what is applied, watchers for what runs, scanners for what it is made of. */
import { Namespace, type Cluster } from '../../constructs/index.ts';
import type { Platform } from '../platform.ts';
import type { Sources } from '../sources.ts';
import { gatekeeper } from './gatekeeper.ts';
import { scanners } from './scanners.ts';

export function security(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics'>) {
  const namespace = new Namespace(cluster, 'security', {
    // Falco watches the kernel.
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
  gatekeeper(namespace, sources);
  scanners(namespace, sources, platform);
}
