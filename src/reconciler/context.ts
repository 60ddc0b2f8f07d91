import type { KubeClient } from '../kube/index.ts';
import type { Engine } from '../render/index.ts';
import type { Audit } from './audit.ts';
import type { Events } from './events.ts';
import type { LiveObjects } from './live-objects.ts';
import type { Policy } from './policy.ts';
import type { Result } from './result.ts';
import type { Artifacts } from './sources.ts';
import type { Targets } from './targets.ts';
import type { WatchedConfigs } from './watched-configs.ts';

/** What all loops of a reconciler share. */
export interface ReconcilerContext {
  readonly client: KubeClient;
  readonly live: LiveObjects;
  readonly artifacts: Artifacts;
  readonly targets: Targets;
  readonly configs: WatchedConfigs;
  readonly events: Events;
  readonly engine: Engine;
  readonly audit: Audit;
  readonly policy: Policy;
  /** Ends when it is one's turn to build, which keeps the process busy. */
  readonly turn: () => Promise<void>;
  /** Is told after each try. */
  readonly onResult: (result: Result) => void;
}
