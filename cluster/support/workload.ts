import { ApiObject, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Application } from '../../constructs/index.ts';
import type { Backend } from '../kinds/gateway-api.ts';
import { ServiceMonitor } from '../kinds/prometheus-operator.ts';
import { containerProps, podSecurity, type ContainerOptions } from './container.ts';
import { tidy } from './tidy.ts';

export interface WorkloadOptions extends ContainerOptions {
  /** Default: 1. `'scaled'`: something else decides, and the number is not written, so that Flux never resets it. */
  readonly replicas?: number | 'scaled';
  /** The port that serves HTTP; with it comes a Service of the workload's name. */
  readonly port?: number;
  /** The path that answers when all is well. Default: a connection to `port` must be possible. */
  readonly health?: string;
  readonly service?: { readonly name?: string; readonly port?: number };
  /** The path under which `port` serves metrics for Prometheus. */
  readonly metrics?: string;
  /** Which nodes run its image. Default: any. */
  readonly arch?: 'amd64';
  /** Where it would rather be. */
  readonly prefer?: 'arm64';
  /** Runs to its end before each start, with the same image, variables and volumes. */
  readonly before?: readonly string[];
}

/**
 * One container that serves something: a Deployment, its Service and its claims, held to what this cluster's policies
 * ask for. It may not become root, keeps no capability, is told apart by our own label, and restarts when a Secret or
 * ConfigMap of it changes.
 */
export class Workload extends Construct {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly deployment: kplus.Deployment;
  /** The Service as a route names it. */
  readonly backend: Backend;

  constructor(application: Application, name: string, options: WorkloadOptions) {
    super(application, name);
    const { port, prefer, arch, replicas = 1, volumes = {} } = options;
    this.name = name;
    this.labels = { 'app.kubernetes.io/name': name };
    const hasClaim = Object.values(volumes).some((volume) => 'gibibytes' in volume);
    this.deployment = new kplus.Deployment(this, 'Deployment', {
      metadata: { name, labels: this.labels, annotations: { 'reloader.stakater.com/auto': 'true' } },
      podMetadata: { labels: this.labels },
      ...(replicas !== 'scaled' && { replicas }),
      // A claim that one node holds would keep the new Pod waiting for the old one.
      strategy: hasClaim ? kplus.DeploymentStrategy.recreate() : kplus.DeploymentStrategy.rollingUpdate(),
      securityContext: podSecurity(options),
      // By our own label in place of a generated one.
      select: false,
    });
    this.deployment.select(kplus.LabelSelector.of({ labels: { ...this.labels } }));
    tidy(this.deployment);
    if (replicas === 'scaled') this.deployment.markHasAutoscaler();
    if (arch) this.deployment.scheduling.attract(onArchitecture(arch));
    if (prefer) this.deployment.scheduling.attract(onArchitecture(prefer), { weight: 100 });

    const props = containerProps({ scope: this, name, labels: this.labels }, options);
    if (options.before) {
      this.deployment.addInitContainer({ ...props, name: 'before', command: [...options.before], args: undefined });
    }
    this.deployment.addContainer({
      ...props,
      name,
      ...(port !== undefined && {
        ports: [{ name: 'http', number: port }],
        liveness: probe(options),
        readiness: probe(options),
        // Ten minutes to start, in which nothing takes it for dead.
        startup: probe(options, { failureThreshold: 60 }),
      }),
    });
    this.backend = { name: options.service?.name ?? name, port: options.service?.port ?? 80 };
    if (port !== undefined) this.#service(port);
    if (options.metrics !== undefined) {
      new ServiceMonitor(this, name, {
        selector: { matchLabels: this.labels },
        endpoints: [{ port: 'http', path: options.metrics }],
      });
    }
  }

  #service(port: number): void {
    const service = new kplus.Service(this, 'Service', {
      metadata: { name: this.backend.name, labels: { ...this.labels } },
      ports: [{ name: 'http', port: this.backend.port, targetPort: port }],
    });
    for (const [key, value] of Object.entries(this.labels)) service.selectLabel(key, value);
    ApiObject.of(service).addJsonPatch(JsonPatch.remove('/spec/externalIPs'), JsonPatch.remove('/spec/type'));
  }
}

function onArchitecture(arch: string): kplus.LabeledNode {
  return kplus.Node.labeled(kplus.NodeLabelQuery.is('kubernetes.io/arch', arch));
}

function probe({ port, health }: WorkloadOptions, options: kplus.ProbeOptions = {}): kplus.Probe {
  return health === undefined
    ? kplus.Probe.fromTcpSocket({ ...options, port })
    : kplus.Probe.fromHttpGet(health, { ...options, port });
}
