/** The same generated cluster by cdk8s alone, one chart an app. */
import { App, Chart } from 'cdk8s';
import { declareApp, kustomization } from './app.ts';

const app = new App();
let previous: string | undefined;
for (let index = 0; index < Number(process.env.APPS); index += 1) {
  const name = `app-${String(index).padStart(5, '0')}`;
  const chart = new Chart(app, name, { namespace: 'bench' });
  kustomization(chart, name, process.env.CHAIN === undefined || previous === undefined ? [] : [previous]);
  declareApp(chart, name);
  previous = name;
}
app.synth();
