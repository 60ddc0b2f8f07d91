import { ApiObject } from 'cdk8s';
import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { LOAD_BALANCER_ADDRESSES, POD_CIDR } from './domains.ts';
import { FAST_EXPORT, SLOW_EXPORT, type NfsExport } from './hardware.ts';
import { CiliumL2AnnouncementPolicy, CiliumLoadBalancerIPPool } from './kinds/cilium.ts';
import { NFS_FAST, NFS_SLOW } from './platform.ts';
import type { Sources } from './sources.ts';

/** What Talos leaves to us to make a Kubernetes whole: network, metrics, file shares, and some housekeeping. */
export function kubeSystem(cluster: Cluster, sources: Sources) {
  const namespace = new Namespace(cluster, 'kube-system');

  const metrics = new Application(namespace, 'prometheus-operator-crds');
  new HelmRelease(metrics, 'prometheus-operator-crds', { chart: sources.prometheusCrds });

  cilium(namespace, sources, metrics);
  const files = nfs(namespace, sources);

  const metricsServer = new Application(namespace, 'metrics-server', { dependsOn: [metrics] });
  new HelmRelease(metricsServer, 'metrics-server', {
    chart: sources.metricsServer,
    values: {
      args: ['--kubelet-insecure-tls', '--kubelet-preferred-address-types=InternalIP'],
      metrics: { enabled: true },
      serviceMonitor: { enabled: true },
    },
  });

  // Puts Pods where they belong once nodes come back, as the scheduler looks at a Pod only once.
  const descheduler = new Application(namespace, 'descheduler', { dependsOn: [metricsServer] });
  new HelmRelease(descheduler, 'descheduler', { chart: sources.descheduler, values: DESCHEDULER });

  // Restarts what reads a Secret or ConfigMap when that changes.
  const reloader = new Application(namespace, 'reloader', { dependsOn: [metrics] });
  new HelmRelease(reloader, 'reloader', {
    chart: sources.reloader,
    values: {
      fullnameOverride: 'reloader',
      reloader: { readOnlyRootFileSystem: true, podMonitor: { enabled: true } },
    },
  });
  return { metrics, files };
}

/** The network: in place of kube-proxy, and of MetalLB. */
function cilium(namespace: Namespace, sources: Sources, metrics: Application): void {
  const cilium = new Application(namespace, 'cilium', { dependsOn: [metrics], timeout: '15m' });
  new HelmRelease(cilium, 'cilium', {
    chart: sources.cilium,
    values: {
      // Talos mounts cgroups itself, and answers for the API server on every node.
      cgroup: { automount: { enabled: false }, hostRoot: '/sys/fs/cgroup' },
      k8sServiceHost: 'localhost',
      k8sServicePort: 7445,
      kubeProxyReplacement: true,
      kubeProxyReplacementHealthzBindAddr: '0.0.0.0:10256',
      ipam: { mode: 'kubernetes' },
      routingMode: 'native',
      autoDirectNodeRoutes: true,
      ipv4NativeRoutingCIDR: POD_CIDR,
      // DNS of Talos nodes is out of reach of Pods without the host's routing (siderolabs/talos#10002).
      bpf: { masquerade: true, hostLegacyRouting: true },
      loadBalancer: { algorithm: 'maglev', mode: 'dsr' },
      l2announcements: { enabled: true },
      externalIPs: { enabled: true },
      gatewayAPI: { enabled: false },
      envoy: { enabled: false },
      dashboards: { enabled: true },
      prometheus: { enabled: true, serviceMonitor: { enabled: true, trustCRDsExist: true } },
      hubble: {
        enabled: true,
        relay: { enabled: true },
        ui: { enabled: true },
        metrics: { enabled: ['dns', 'drop', 'tcp', 'flow', 'http'], serviceMonitor: { enabled: true } },
      },
      operator: {
        replicas: 2,
        rollOutPods: true,
        dashboards: { enabled: true },
        prometheus: { enabled: true, serviceMonitor: { enabled: true } },
      },
      rollOutCiliumPods: true,
      securityContext: {
        capabilities: {
          // Talos lets nobody load kernel modules, so SYS_MODULE is not among them.
          ciliumAgent: [
            'CHOWN',
            'KILL',
            'NET_ADMIN',
            'NET_RAW',
            'IPC_LOCK',
            'SYS_ADMIN',
            'SYS_RESOURCE',
            'PERFMON',
            'BPF',
            'DAC_OVERRIDE',
            'FOWNER',
            'SETGID',
            'SETUID',
          ],
          cleanCiliumState: ['NET_ADMIN', 'SYS_ADMIN', 'SYS_RESOURCE'],
        },
      },
    },
  });

  const addresses = new Application(namespace, 'cilium-addresses', { dependsOn: [cilium] });
  new CiliumLoadBalancerIPPool(addresses, 'home', { blocks: [LOAD_BALANCER_ADDRESSES] });
  new CiliumL2AnnouncementPolicy(addresses, 'home', {
    loadBalancerIPs: true,
    nodeSelector: { matchExpressions: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'DoesNotExist' }] },
  });
}

/** File shares of the two file servers. */
function nfs(namespace: Namespace, sources: Sources): Application {
  const driver = new Application(namespace, 'csi-driver-nfs');
  new HelmRelease(driver, 'csi-driver-nfs', {
    chart: sources.csiDriverNfs,
    values: { controller: { replicas: 2 } },
  });
  const classes = new Application(namespace, 'nfs-storage-classes', { dependsOn: [driver] });
  nfsStorageClass(classes, NFS_SLOW, SLOW_EXPORT);
  nfsStorageClass(classes, NFS_FAST, FAST_EXPORT);
  return classes;
}

function nfsStorageClass(application: Application, name: string, { server, path }: NfsExport): void {
  new ApiObject(application, name, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'nfs.csi.k8s.io',
    parameters: { server, share: path },
    // What an app wrote outlives the app; somebody deletes it by hand.
    reclaimPolicy: 'Retain',
    volumeBindingMode: 'Immediate',
    allowVolumeExpansion: true,
    mountOptions: ['nfsvers=4.1', 'hard', 'noatime', 'nconnect=8'],
  });
}

const DESCHEDULER = {
  kind: 'Deployment',
  replicas: 2,
  leaderElection: { enabled: true },
  service: { enabled: true },
  serviceMonitor: { enabled: true },
  deschedulerPolicyAPIVersion: 'descheduler/v1alpha2',
  deschedulerPolicy: {
    profiles: [
      {
        name: 'default',
        pluginConfig: [
          {
            name: 'DefaultEvictor',
            args: {
              nodeFit: true,
              podProtections: { defaultDisabled: ['PodsWithLocalStorage'], extraEnabled: ['PodsWithPVC'] },
            },
          },
          {
            name: 'RemovePodsViolatingNodeAffinity',
            args: { nodeAffinityType: ['requiredDuringSchedulingIgnoredDuringExecution'] },
          },
          { name: 'RemoveFailedPods', args: { minPodLifetimeSeconds: 1800, excludeOwnerKinds: ['Job'] } },
        ],
        plugins: {
          balance: { enabled: ['RemoveDuplicates', 'RemovePodsViolatingTopologySpreadConstraint'] },
          deschedule: {
            enabled: ['RemoveFailedPods', 'RemovePodsViolatingNodeAffinity', 'RemovePodsViolatingNodeTaints'],
          },
        },
      },
    ],
  },
};
