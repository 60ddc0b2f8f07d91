import { LAB_DOMAIN } from './domains.ts';

/**
 * The fourteen nodes (Talos 1.12, Kubernetes 1.35). Talos gives them their labels and, by its schematics, the kernel
 * modules of their GPUs; device plugins make the GPUs schedulable under `resource`.
 */
export const NODES = {
  bruenor: { role: 'control-plane', arch: 'amd64' },
  catti: { role: 'control-plane', arch: 'amd64' },
  storm: { role: 'control-plane', arch: 'amd64' },
  /** Radeon 8060S (Strix Halo) with 64 GB. */
  khelben: { role: 'gpu', arch: 'amd64', resource: 'amd.com/gpu' },
  /** RTX 2070 with 8 GB. */
  elminster: { role: 'gpu', arch: 'amd64', resource: 'nvidia.com/gpu' },
  /** Radeon 680M. */
  drizzt: { role: 'gpu', arch: 'amd64', resource: 'amd.com/gpu' },
  /** Intel Arc. */
  danilo: { role: 'gpu', arch: 'amd64', resource: 'gpu.intel.com/i915' },
  /** NVIDIA; batch jobs have it to themselves. */
  regis: { role: 'gpu', arch: 'amd64', resource: 'nvidia.com/gpu' },
  wulfgar: { role: 'worker', arch: 'amd64' },
  /** Raspberry Pi 4 with 8 GB, as are the four below. */
  durnan: { role: 'worker', arch: 'arm64' },
  elaith: { role: 'worker', arch: 'arm64' },
  jarlaxle: { role: 'worker', arch: 'arm64' },
  mirt: { role: 'worker', arch: 'arm64' },
  volo: { role: 'worker', arch: 'arm64' },
} as const;

export type NodeName = keyof typeof NODES;

/** The one node. */
export const onNode = (name: NodeName) => ({ 'kubernetes.io/hostname': name });
/** The nodes with NVMe disks; Longhorn keeps off the Raspberry Pis. */
export const ON_AMD64 = { 'kubernetes.io/arch': 'amd64' } as const;

/** Two for the same: where a Pod would rather be if there is room. */
export const preferArch = (arch: 'amd64' | 'arm64') => ({
  nodeAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        preference: { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: [arch] }] },
      },
    ],
  },
});

/** A folder that a file server exports. */
export interface NfsExport {
  readonly server: string;
  readonly path: string;
}

/** QNAP: large, slow disks. */
export const CANDLEKEEP = `candlekeep.${LAB_DOMAIN}`;
/** TrueNAS Scale: all SSD, 2×10 GbE; also S3 (RustFS). */
export const GRAVENHOLLOW = `gravenhollow.${LAB_DOMAIN}`;

export const SLOW_EXPORT: NfsExport = { server: CANDLEKEEP, path: '/kubernetes' };
export const FAST_EXPORT: NfsExport = { server: GRAVENHOLLOW, path: '/mnt/fast/kubernetes' };
export const MEDIA_EXPORT: NfsExport = { server: CANDLEKEEP, path: '/kubernetes/media' };

/** Object storage; both speak S3 and know no regions, so any name of one will do. */
export const S3 = `https://${GRAVENHOLLOW}:9000`;
export const SECONDARY_S3 = `https://${CANDLEKEEP}:8010`;
export const S3_REGION = 'lab';
