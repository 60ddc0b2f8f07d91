import { customKind } from '../../constructs/index.ts';

interface PodTemplate {
  readonly spec: {
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly runtimeClassName?: string;
    readonly containers: readonly {
      name: string;
      image: string;
      ports?: readonly { name: string; containerPort: number }[];
      env?: readonly { name: string; value: string }[];
      envFrom?: readonly { secretRef: { name: string } }[];
      resources: { requests: Resources; limits: Resources };
      volumeMounts?: readonly { name: string; mountPath: string }[];
    }[];
    readonly volumes?: readonly object[];
  };
}

type Resources = Readonly<Record<string, string | number>>;

interface Group {
  readonly rayStartParams: Readonly<Record<string, string>>;
  readonly template: PodTemplate;
}

/** KubeRay's RayService: a Ray cluster and the applications that it serves. */
export const RayService = customKind<{
  serveConfigV2: string;
  rayClusterConfig: {
    rayVersion: string;
    headGroupSpec: Group;
    workerGroupSpecs: readonly (Group & {
      groupName: string;
      replicas: number;
      minReplicas: number;
      maxReplicas: number;
    })[];
  };
}>('ray.io/v1', 'RayService');
