import type { ApiObjectProps } from 'cdk8s';
import { COMPONENTS, type FluxComponent } from './components.ts';
import type { Shard } from './shard.ts';
import type { Resources } from './sizes.ts';

/** What is said of one controller; everything else is the same for all. */
export interface Controller {
  readonly component: FluxComponent;
  readonly shard: Shard | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  /** Beside those that every controller of its kind has. */
  readonly args: unknown;
  readonly resources: Resources;
}

/** The name of the Deployment of a component, and of its Service. */
export function controllerName(component: FluxComponent, shard: Shard | undefined): string {
  return shard === undefined ? component : `${component}-${shard.shard}`;
}

/** A shard's objects bear the annotation by which Flux's guide to sharding tells them from the main ones. */
function annotations(shard: Shard | undefined): { annotations?: Record<string, string> } {
  return shard === undefined ? {} : { annotations: { 'sharding.fluxcd.io/role': 'shard' } };
}

export function serviceAccount(component: FluxComponent, labels: Record<string, string>): ApiObjectProps {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: component, labels: { 'app.kubernetes.io/component': component, ...labels } },
  };
}

/** The Services of a component: one that others read artifacts or send events through, and one for webhooks. */
export function services(
  component: FluxComponent,
  shard: Shard | undefined,
  labels: Record<string, string>,
): ApiObjectProps[] {
  const app = controllerName(component, shard);
  const service = (name: string, targetPort: string): ApiObjectProps => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      ...annotations(shard),
      labels: {
        'app.kubernetes.io/component': component,
        ...labels,
        'control-plane': component === 'source-watcher' ? component : 'controller',
      },
    },
    spec: { type: 'ClusterIP', selector: { app }, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort }] },
  });
  if (component === 'notification-controller')
    return [service(app, 'http'), service('webhook-receiver', 'http-webhook')];
  return COMPONENTS[component].isSource ? [service(app, 'http')] : [];
}

export function deployment(controller: Controller): ApiObjectProps {
  const { component, shard, labels, image, imagePullSecrets, resources, args } = controller;
  const { isSource, isCritical, terminationGracePeriodSeconds, volumes } = COMPONENTS[component];
  const app = controllerName(component, shard);
  const own = { 'app.kubernetes.io/component': component, ...labels };
  const mounts = Object.entries(volumes);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, ...annotations(shard), labels: { ...own, 'control-plane': 'controller' } },
    spec: {
      replicas: 1,
      // Two that serve one set of artifacts would contradict each other.
      ...(isSource && { strategy: { type: 'Recreate' } }),
      selector: { matchLabels: { app } },
      template: {
        metadata: {
          labels: { app, ...own },
          annotations: {
            'prometheus.io/port': '8080',
            'prometheus.io/scrape': 'true',
            ...annotations(shard).annotations,
          },
        },
        spec: {
          serviceAccountName: component,
          ...(isCritical && { priorityClassName: 'system-cluster-critical' }),
          terminationGracePeriodSeconds,
          ...(imagePullSecrets.length > 0 && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
          securityContext: { fsGroup: 1337 },
          containers: [
            {
              name: 'manager',
              image,
              imagePullPolicy: 'IfNotPresent',
              args,
              env: environment(component),
              ports: ports(component),
              livenessProbe: { httpGet: { path: '/healthz', port: 'healthz' } },
              // A source is ready when it serves.
              readinessProbe: {
                httpGet: isSource ? { path: '/', port: 'http' } : { path: '/readyz', port: 'healthz' },
              },
              resources,
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
                runAsNonRoot: true,
                seccompProfile: { type: 'RuntimeDefault' },
              },
              volumeMounts: mounts.map(([name, mountPath]) => ({ name, mountPath })),
            },
          ],
          volumes: mounts.map(([name]) => ({ name, emptyDir: {} })),
        },
      },
    },
  };
}

function environment(component: FluxComponent): object[] {
  return [
    { name: 'RUNTIME_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    // Where cosign keeps its roots of trust: the file system is read-only but for this.
    ...(component === 'source-controller' ? [{ name: 'TUF_ROOT', value: '/tmp/.sigstore' }] : []),
    {
      name: 'GOMEMLIMIT',
      valueFrom: { resourceFieldRef: { containerName: 'manager', resource: 'limits.memory' } },
    },
  ];
}

function ports(component: FluxComponent): object[] {
  const port = (name: string, containerPort: number) => ({ name, containerPort, protocol: 'TCP' });
  return [
    ...(COMPONENTS[component].isSource || component === 'notification-controller' ? [port('http', 9090)] : []),
    ...(component === 'notification-controller' ? [port('http-webhook', 9292)] : []),
    port('http-prom', 8080),
    port('healthz', 9440),
  ];
}
