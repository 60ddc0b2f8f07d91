import type { Application } from '../constructs/index.ts';

/**
 * What everything else stands on. An Application waits for those of them that it uses.
 */
export interface Platform {
  /** The kinds of Prometheus: for what declares a ServiceMonitor, a Probe or a rule. */
  readonly metrics: Application;
  /** The kinds of the Gateway API: for what declares a route. */
  readonly routing: Application;
  /** Longhorn: for what has volumes. */
  readonly storage: Application;
  /** `nfs-slow` and `nfs-fast`: for what shares its files. */
  readonly files: Application;
  /** Vault answers, and External Secrets makes Secrets of what it says. */
  readonly secrets: Application;
  /** CloudNativePG with its backups. */
  readonly databases: Application;
}

export const LONGHORN = 'longhorn';
export const NFS_SLOW = 'nfs-slow';
export const NFS_FAST = 'nfs-fast';
