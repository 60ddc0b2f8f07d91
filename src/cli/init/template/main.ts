import { Cluster, FluxSystem } from 'slipway';
import { podinfo } from './cluster/podinfo.ts';
import { declareSources } from './cluster/sources.ts';

const cluster = new Cluster('{{name}}', {
  repository: {
    url: '{{repository}}',
    branch: '{{branch}}',
    // {{secretRef}}
  },
});
// Flux itself. Take it out where Flux is installed in another way.
new FluxSystem(cluster, { size: 'small' });
const sources = declareSources(cluster);

podinfo(cluster, sources);

cluster.synth();
