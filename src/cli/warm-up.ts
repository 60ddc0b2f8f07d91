import * as kplus from 'cdk8s-plus-28';
import { Application, Cluster, HelmRelease, HelmRepository, Namespace } from '../../constructs/index.ts';

const APPS = 40;

/**
 * Describes a cluster as most programs do, and drops it: what V8 has run, it need not compile when the program is
 * loaded, which takes a third off that time. Nothing is read or written.
 */
export function warmUp(): void {
  const cluster = new Cluster('warm-up', { repository: { url: 'https://git.example.org/warm-up.git' } });
  const charts = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
  const namespace = new Namespace(cluster, 'warm-up');
  for (let index = 0; index < APPS; index += 1) {
    const name = `app-${index}`;
    const app = new Application(namespace, name);
    new HelmRelease(app, name, { chart: charts.chart(name, '1.0.0'), values: { resources: { limits: {} } } });
    const config = new kplus.ConfigMap(app, 'config', { metadata: { name }, data: { 'app.yaml': 'a: 1\nb: 2\n' } });
    const deployment = new kplus.Deployment(app, 'deployment', { metadata: { name }, replicas: 1 });
    const container = deployment.addContainer({
      image: 'registry.example.org/app:1.0.0',
      ports: [{ name: 'http', number: 80 }],
      liveness: kplus.Probe.fromHttpGet('/', { port: 80 }),
    });
    container.mount('/etc/app', kplus.Volume.fromConfigMap(app, 'volume', config));
    deployment.exposeViaService({ name });
  }
  cluster.assemble();
}
