import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { GITEA } from './domains.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';

const MIRRORED = [
  'https://docker.io',
  'https://ghcr.io',
  'https://quay.io',
  'https://gcr.io',
  'https://registry.k8s.io',
  'https://mcr.microsoft.com',
  GITEA,
  'https://public.ecr.aws',
];

/** Every node serves the images that it has to the others, so that each is pulled from the internet once. */
export function spegel(cluster: Cluster, sources: Sources, platform: Pick<Platform, 'metrics'>) {
  const namespace = new Namespace(cluster, 'spegel', {
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
  const spegel = new Application(namespace, 'spegel', { dependsOn: [platform.metrics] });
  new HelmRelease(spegel, 'spegel', {
    chart: sources.spegel,
    values: {
      spegel: {
        containerdSock: '/run/containerd/containerd.sock',
        // Talos keeps containerd's registry configuration in its own place.
        containerdRegistryConfigPath: '/etc/cri/conf.d/hosts',
        mirroredRegistries: MIRRORED,
      },
      service: { registry: { hostPort: 29999 } },
      serviceMonitor: { enabled: true },
    },
  });
  return { spegel };
}
