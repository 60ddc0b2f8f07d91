import * as kplus from 'cdk8s-plus-28';
import { Size } from 'cdk8s';
import { Application, Namespace, type Cluster } from '../constructs/index.ts';

/** Seeing what happens: alerts reach people through ntfy. */
export function observability(cluster: Cluster, { longhorn }: { longhorn: Application }) {
  const namespace = new Namespace(cluster, 'observability');

  const ntfy = new Application(namespace, 'ntfy', { dependsOn: [longhorn] });
  const cache = new kplus.PersistentVolumeClaim(ntfy, 'ntfy-cache', {
    accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE],
    storageClassName: 'longhorn',
    storage: Size.gibibytes(1),
  });
  const labels = { 'app.kubernetes.io/name': 'ntfy' };
  const deployment = new kplus.Deployment(ntfy, 'ntfy', {
    replicas: 1,
    strategy: kplus.DeploymentStrategy.recreate(),
    metadata: { labels },
    podMetadata: { labels },
    // By our own label in place of a generated one.
    select: false,
  });
  deployment.select(kplus.LabelSelector.of({ labels }));
  const server = deployment.addContainer({
    name: 'ntfy',
    image: 'binwiederhier/ntfy:v2.14.0',
    args: ['serve', '--cache-file=/var/cache/ntfy/cache.db', '--listen-http=:8080', '--behind-proxy'],
    ports: [{ name: 'http', number: 8080 }],
    liveness: kplus.Probe.fromHttpGet('/v1/health', { port: 8080 }),
    securityContext: { user: 1000, group: 1000 },
    resources: {
      cpu: { request: kplus.Cpu.millis(10), limit: kplus.Cpu.millis(500) },
      memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
    },
  });
  server.mount('/var/cache/ntfy', kplus.Volume.fromPersistentVolumeClaim(ntfy, 'cache', cache));
  // The name under which Alertmanager, Gatus and Flux post (ADR-0021).
  deployment.exposeViaService({ name: 'ntfy-svc', ports: [{ name: 'http', port: 80, targetPort: 8080 }] });
  return { ntfy };
}
