import { ApiObject } from 'cdk8s';
import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import type { Sources } from './sources.ts';

/** Makes the GPUs of five nodes something that a Pod can ask for; Talos brings the kernel modules. */
export function devicePlugins(cluster: Cluster, sources: Sources) {
  const namespace = new Namespace(cluster, 'device-plugins', {
    // A device plugin talks to the kubelet through its socket on the host.
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });

  const discovery = new Application(namespace, 'node-feature-discovery');
  new HelmRelease(discovery, 'node-feature-discovery', { chart: sources.nodeFeatureDiscovery });

  const nvidia = new Application(namespace, 'nvidia-device-plugin', { dependsOn: [discovery] });
  new ApiObject(nvidia, 'nvidia', {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'nvidia' },
    handler: 'nvidia',
  });
  new HelmRelease(nvidia, 'nvidia-device-plugin', {
    chart: sources.nvidiaGpu,
    values: {
      runtimeClassName: 'nvidia',
      // Whisper and speech share the RTX 2070, each half of it.
      config: {
        default: 'shared',
        map: {
          shared:
            'version: v1\nsharing:\n  timeSlicing:\n    resources:\n      - name: nvidia.com/gpu\n        replicas: 2\n',
        },
      },
      nodeSelector: { 'feature.node.kubernetes.io/pci-10de.present': 'true' },
      affinity: null,
    },
  });

  const amd = new Application(namespace, 'amd-gpu', { dependsOn: [discovery] });
  new HelmRelease(amd, 'amd-gpu', {
    chart: sources.amdGpu,
    values: {
      labeller: { enabled: true },
      node_selector_enabled: true,
      node_selector: { 'feature.node.kubernetes.io/pci-1002.present': 'true' },
    },
  });

  const intelOperator = new Application(namespace, 'intel-device-plugins-operator', { dependsOn: [discovery] });
  new HelmRelease(intelOperator, 'intel-device-plugins-operator', { chart: sources.intelDeviceOperator });
  const intel = new Application(namespace, 'intel-device-plugins-gpu', { dependsOn: [intelOperator] });
  new HelmRelease(intel, 'intel-device-plugins-gpu', {
    chart: sources.intelGpu,
    values: { name: 'intel-gpu-plugin', sharedDevNum: 2, nodeFeatureRule: true },
  });
  return { gpus: [nvidia, amd, intel] };
}
