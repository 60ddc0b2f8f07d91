/** A generated cluster by this library: APPS apps, and with CHAIN each depends on the one before. */
import { Application, Cluster, Namespace } from '../../constructs/index.ts';
import { declareApp } from './app.ts';

const cluster = new Cluster('bench', { repository: { url: 'https://git.example.org/bench.git' } });
const namespace = new Namespace(cluster, 'bench');
let previous: Application | undefined;
for (let index = 0; index < Number(process.env.APPS); index += 1) {
  const name = `app-${String(index).padStart(5, '0')}`;
  const dependsOn = process.env.CHAIN === undefined || previous === undefined ? [] : [previous];
  previous = new Application(namespace, name, { dependsOn });
  declareApp(previous, name);
}
cluster.synth();
