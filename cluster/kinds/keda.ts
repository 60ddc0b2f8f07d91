import { customKind } from '../../constructs/index.ts';

type Trigger =
  | {
      readonly type: 'nats-jetstream';
      readonly metadata: {
        natsServerMonitoringEndpoint: string;
        account: string;
        stream: string;
        consumer: string;
        lagThreshold: string;
      };
    }
  | {
      readonly type: 'prometheus';
      readonly metadata: { serverAddress: string; query: string; threshold: string };
    };

/** KEDA's ScaledObject with the scalers that this cluster uses. */
export const ScaledObject = customKind<{
  scaleTargetRef: { name: string };
  minReplicaCount: number;
  maxReplicaCount: number;
  cooldownPeriod?: number;
  triggers: readonly Trigger[];
}>('keda.sh/v1alpha1', 'ScaledObject');
