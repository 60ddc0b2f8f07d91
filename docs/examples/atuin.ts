/**
 * An app as home repositories have it: a chart from OCI beside its release, values with a pod's security, a route, and
 * a volume that something else restored. `node docs/examples/atuin.ts` would write it to kubernetes/ here, so the tests
 * only look at it.
 */
import { Application, Cluster, HelmRelease, Namespace, OCIRepository } from '../../constructs/index.ts';

export const cluster = new Cluster('home', { repository: { url: 'https://git.example.org/home/cluster.git' } });

const apps = new Namespace(cluster, 'default-apps');

const PORT = 80;
const image = {
  repository: 'ghcr.io/atuinsh/atuin',
  tag: '18.19.0@sha256:4d0ccca1d151f860b3f469c60df78bf1ab798f15e88dc1912d31d6741653eb99',
};

const atuin = new Application(apps, 'atuin', { wait: false });
new HelmRelease(atuin, 'atuin', {
  chart: new OCIRepository(atuin, 'atuin', {
    url: 'oci://ghcr.io/bjw-s-labs/helm/app-template',
    tag: '5.1.0',
    interval: '15m',
    layerSelector: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', operation: 'copy' },
  }),
  values: {
    controllers: {
      atuin: {
        containers: {
          app: {
            image,
            env: {
              ATUIN_HOST: '0.0.0.0',
              ATUIN_PORT: PORT,
              ATUIN_OPEN_REGISTRATION: 'true',
              ATUIN_DB_URI: 'sqlite:///config/atuin.db',
              TZ: 'America/New_York',
            },
            args: ['start'],
            probes: {
              liveness: { enabled: true, spec: { periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 5 } },
              readiness: {
                enabled: true,
                custom: true,
                spec: {
                  httpGet: { path: '/healthz', port: PORT },
                  periodSeconds: 10,
                  timeoutSeconds: 5,
                  failureThreshold: 5,
                },
              },
              startup: { enabled: true, spec: { failureThreshold: 30, periodSeconds: 10 } },
            },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            resources: { requests: { cpu: '10m' }, limits: { memory: '256Mi' } },
          },
        },
      },
    },
    defaultPodOptions: {
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        fsGroupChangePolicy: 'OnRootMismatch',
      },
    },
    service: { app: { ports: { http: { port: PORT } } } },
    route: {
      app: {
        hostnames: ['{{ .Release.Name }}.turbo.ac'],
        parentRefs: [{ name: 'envoy-internal', namespace: 'network' }],
      },
    },
    persistence: { config: { existingClaim: '{{ .Release.Name }}' } },
  },
});
