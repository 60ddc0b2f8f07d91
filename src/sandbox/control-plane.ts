import type { SandboxState } from './state.ts';

/** Paths are relative: the working directory of each process is the sandbox's folder. */
const ETCD = 'unix://etcd.sock:0';

/** etcd on a socket in the sandbox's folder: nothing of it is on the network. */
export function etcdArguments(): string[] {
  return [
    '--name=sandbox',
    '--data-dir=etcd',
    `--listen-client-urls=${ETCD}`,
    '--listen-peer-urls=unix://peer.sock:0',
    // What it would tell other members, of which there are none.
    '--advertise-client-urls=http://localhost:2379',
    '--initial-advertise-peer-urls=http://localhost:2380',
    '--initial-cluster=sandbox=http://localhost:2380',
    // A power cut may cost a sandbox; a killed process does not.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiServerArguments(state: SandboxState): string[] {
  return [
    `--etcd-servers=${ETCD}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${state.apiServerPort}`,
    '--cert-dir=certs',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-key-file=service-account.pub',
    '--service-account-signing-key-file=service-account.key',
    '--api-audiences=https://kubernetes.default.svc',
    '--token-auth-file=tokens.csv',
    '--allow-privileged',
    // No Service leads to it: there is no network of pods.
    '--endpoint-reconciler-type=none',
    // It keeps pods off new nodes until the controller of their life cycle, which does not run, says otherwise.
    '--disable-admission-plugins=TaintNodesByCondition',
    '--profiling=false',
  ];
}

export function controllerManagerArguments(): string[] {
  return [
    '--kubeconfig=kubeconfig',
    '--service-account-private-key-file=service-account.key',
    '--root-ca-file=certs/apiserver.crt',
    '--leader-elect=false',
    '--secure-port=0',
    // Nodes are simulated or absent, and nothing is to be evicted from them.
    '--controllers=*,-nodeipam,-nodelifecycle,-service-lb-controller,-node-route-controller,-cloud-node-lifecycle-controller',
    // Its defaults spare a shared API server; here they would be what one waits for.
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
    '--concurrent-deployment-syncs=20',
    '--concurrent-replicaset-syncs=20',
    '--concurrent-gc-syncs=20',
    '--concurrent-namespace-syncs=20',
    '--profiling=false',
  ];
}

export function schedulerArguments(): string[] {
  return ['--kubeconfig=kubeconfig', '--leader-elect=false', '--secure-port=0', '--profiling=false'];
}

/** kwok plays the kubelet of every node: pods that are bound to one turn Ready. */
export function kwokArguments(): string[] {
  return ['--kubeconfig=kubeconfig', '--config=kwok.yaml', '--manage-all-nodes=true'];
}
