import { aiMl } from './cluster/ai-ml/index.ts';
import { argo } from './cluster/argo.ts';
import { certManager } from './cluster/cert-manager.ts';
import { cnpgSystem } from './cluster/cnpg-system.ts';
import { devicePlugins } from './cluster/device-plugins.ts';
import { externalSecrets } from './cluster/external-secrets.ts';
import { gitea } from './cluster/gitea.ts';
import { identity } from './cluster/identity.ts';
import { keda } from './cluster/keda.ts';
import { imageUpdates } from './cluster/image-updates.ts';
import { kubeSystem } from './cluster/kube-system.ts';
import { kubeflow } from './cluster/kubeflow.ts';
import { lakehouse } from './cluster/lakehouse.ts';
import { longhornSystem } from './cluster/longhorn-system.ts';
import { media } from './cluster/media.ts';
import { edge, network } from './cluster/network.ts';
import { notifications } from './cluster/notifications.ts';
import { observability } from './cluster/observability/index.ts';
import { productivity } from './cluster/productivity.ts';
import { renovate } from './cluster/renovate.ts';
import { security } from './cluster/security/index.ts';
import { declareSources } from './cluster/sources.ts';
import { spegel } from './cluster/spegel.ts';
import { valkey } from './cluster/valkey.ts';
import { vault } from './cluster/vault.ts';
import { velero } from './cluster/velero.ts';
import { volcanoSystem } from './cluster/volcano-system.ts';
import { Cluster, DEMO_RECIPIENT, FluxSystem } from './constructs/index.ts';

const homelab = new Cluster('homelab-k8s2', {
  repository: { url: 'https://git.daviestechlabs.io/daviestechlabs/homelab-k8s2.git' },
  customResourceDefinitions: ['cluster/definitions'],
  // For a trial. README has how an owner puts a recipient of their own here.
  ageRecipients: [DEMO_RECIPIENT],
});
new FluxSystem(homelab, { size: 'medium' });
const sources = declareSources(homelab);

// The platform, in the order in which a bare cluster comes to have it.
const kube = kubeSystem(homelab, sources);
const { network: networkNamespace, routing } = network(homelab, sources, kube);
const { longhorn: storage } = longhornSystem(homelab, sources, { ...kube, routing });
const sealed = vault(homelab, sources, { ...kube, routing, storage });
const { secrets } = externalSecrets(homelab, sources, { ...kube, ...sealed });
const certificates = certManager(homelab, sources, { ...kube, secrets });
edge(networkNamespace, sources, { ...kube, routing, secrets, ...certificates });
const { databases } = cnpgSystem(homelab, sources, { ...kube, ...certificates });
const platform = { ...kube, routing, storage, secrets, databases };

const cache = valkey(homelab, sources, platform);
const scaling = keda(homelab, sources, platform);
const batches = volcanoSystem(homelab, sources);
const gpus = devicePlugins(homelab, sources);
const workflows = argo(homelab, sources, platform);
spegel(homelab, sources, platform);
velero(homelab, sources, platform);

// Watching over it.
const watching = observability(homelab, sources, platform);
security(homelab, sources, platform);

// What it is for.
const people = identity(homelab, sources, platform);
const code = gitea(homelab, sources, { ...platform, ...people });
renovate(homelab, { ...platform, ...code });
aiMl(homelab, sources, { ...platform, ...cache, ...scaling, ...gpus, ...workflows, ...watching });
kubeflow(homelab, sources, { ...platform, ...workflows, ...people });
lakehouse(homelab, sources, { ...platform, ...batches, ...certificates });
productivity(homelab, sources, { ...platform, ...cache, ...people });
media(homelab, platform);

imageUpdates(homelab);
notifications(homelab);

homelab.synth();
