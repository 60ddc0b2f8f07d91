import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

/** One app of a generated cluster but for its Flux Kustomization: a Deployment, a Service and a ConfigMap. */
export function declareApp(scope: Construct, name: string): void {
  const config = new kplus.ConfigMap(scope, 'config', {
    metadata: { name: `${name}-config` },
    data: { 'app.yaml': `name: ${name}\nlog:\n  level: info\n  format: json\n`, MODE: 'production', WORKERS: '4' },
  });
  const deployment = new kplus.Deployment(scope, 'deployment', {
    metadata: { name, labels: { 'app.kubernetes.io/name': name } },
    replicas: 2,
  });
  const container = deployment.addContainer({
    image: `registry.example.org/${name}:1.2.3`,
    ports: [{ name: 'http', number: 8080 }],
    envVariables: { LOG_LEVEL: kplus.EnvValue.fromValue('info'), REGION: kplus.EnvValue.fromValue('eu') },
    liveness: kplus.Probe.fromHttpGet('/healthz', { port: 8080 }),
    readiness: kplus.Probe.fromHttpGet('/ready', { port: 8080 }),
  });
  container.mount('/etc/app', kplus.Volume.fromConfigMap(scope, 'volume', config));
  deployment.exposeViaService({ name: `${name}-svc` });
}

/** The same Kustomization as a plain object, for a program that has no constructs for it. */
export function kustomization(scope: Construct, name: string, dependsOn: readonly string[]): void {
  new ApiObject(scope, 'kustomization', {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: {
      ...(dependsOn.length > 0 && { dependsOn: dependsOn.map((other) => ({ name: other })) }),
      interval: '1h',
      path: `./kubernetes/apps/bench/${name}/app`,
      prune: true,
      retryInterval: '2m',
      sourceRef: { kind: 'GitRepository', name: 'bench' },
      timeout: '5m',
      wait: true,
    },
  });
}
