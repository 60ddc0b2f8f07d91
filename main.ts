import { aiMl } from './cluster/ai-ml.ts';
import { certManager } from './cluster/cert-manager.ts';
import { cnpgSystem } from './cluster/cnpg-system.ts';
import { keda } from './cluster/keda.ts';
import { longhornSystem } from './cluster/longhorn-system.ts';
import { media } from './cluster/media.ts';
import { observability } from './cluster/observability.ts';
import { security } from './cluster/security.ts';
import { declareSources } from './cluster/sources.ts';
import { spegel } from './cluster/spegel.ts';
import { Cluster } from './constructs/index.ts';

const homelab = new Cluster('homelab-k8s2', {
  repository: { url: 'https://git.daviestechlabs.io/daviestechlabs/homelab-k8s2.git' },
});
const sources = declareSources(homelab);

const { longhorn } = longhornSystem(homelab, sources);
const { cloudnativePg } = cnpgSystem(homelab, sources, { longhorn });
certManager(homelab, sources);
security(homelab, sources);
keda(homelab, sources);
spegel(homelab, sources);
observability(homelab, { longhorn });
aiMl(homelab, sources, { longhorn, cloudnativePg });
media(homelab, sources);

homelab.synth();
