/**
 * A real control plane on this machine: etcd, kube-apiserver and kube-controller-manager on loopback, simulated nodes
 * where wanted, and a git server for the repository. All of it lives in one folder, which `down` removes; killed at any
 * moment, it is mended by `up` or ended by `down`.
 */
export { down, sandboxStatus, type SandboxStatus, up, type UpOptions } from './sandbox.ts';
export { findSandboxProgram } from './find-program.ts';
export { isSandbox } from './state.ts';
