import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { PUBLIC_DOMAIN, REGISTRY } from './domains.ts';
import { oidcIssuer } from './identity.ts';
import { LONGHORN, type Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { database } from './support/database.ts';
import { route } from './support/route.ts';
import { vaultSecret } from './support/vault-secret.ts';
import { Workload } from './support/workload.ts';

const HOST = `git.${PUBLIC_DOMAIN}`;

/** Our code, the images and Python packages made of it, and what makes them. */
export function gitea(cluster: Cluster, sources: Sources, platform: Platform & { authentik: Application }) {
  const namespace = new Namespace(cluster, 'gitea', {
    // Docker in Docker makes namespaces of its own, even rootless.
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });

  const giteaPg = database(namespace, 'gitea-pg', platform, { database: 'gitea', size: '20Gi', pooler: true });
  const gitea = new Application(namespace, 'gitea', {
    dependsOn: [giteaPg.application, platform.storage, platform.routing, platform.metrics, platform.secrets],
    timeout: '15m',
  });
  vaultSecret(gitea, 'gitea-admin');
  vaultSecret(gitea, 'gitea-oidc');
  new HelmRelease(gitea, 'gitea', {
    chart: sources.gitea,
    values: {
      strategy: { type: 'Recreate' },
      image: { rootless: true },
      'valkey-cluster': { enabled: false },
      valkey: { enabled: false },
      'postgresql-ha': { enabled: false },
      postgresql: { enabled: false },
      persistence: { enabled: true, size: '200Gi', storageClass: LONGHORN },
      resources: { requests: { cpu: '200m', memory: '512Mi' }, limits: { memory: '4Gi' } },
      gitea: {
        admin: { existingSecret: 'gitea-admin', passwordMode: 'keepUpdated' },
        metrics: { enabled: true, serviceMonitor: { enabled: true } },
        oauth: [
          {
            name: 'authentik',
            provider: 'openidConnect',
            // Keys `key` and `secret`.
            existingSecret: 'gitea-oidc',
            autoDiscoverUrl: `${oidcIssuer('gitea')}.well-known/openid-configuration`,
          },
        ],
        config: {
          server: {
            ROOT_URL: `https://${HOST}/`,
            DOMAIN: HOST,
            // Clones over SSH are for the home.
            SSH_DOMAIN: HOST,
          },
          database: { DB_TYPE: 'postgres', HOST: giteaPg.host, NAME: 'gitea', USER: 'gitea', SSL_MODE: 'require' },
          packages: { ENABLED: true },
          actions: { ENABLED: true },
          service: { DISABLE_REGISTRATION: true, ALLOW_ONLY_EXTERNAL_REGISTRATION: true },
          session: { PROVIDER: 'db' },
          cache: { ADAPTER: 'memory' },
          queue: { TYPE: 'level' },
        },
        additionalConfigFromEnvs: [
          {
            name: 'GITEA__DATABASE__PASSWD',
            valueFrom: { secretKeyRef: { name: giteaPg.secret, key: 'password' } },
          },
        ],
      },
    },
  });
  const service = { name: 'gitea-http', port: 3000 };
  route(gitea, 'gitea', { gateway: 'public', host: HOST, service });
  // Pushes of images go past Cloudflare, which refuses requests of more than 100 MB (ADR-0020).
  route(gitea, 'gitea-registry', { host: REGISTRY, service });

  const runners = new Application(namespace, 'gitea-runners', { dependsOn: [gitea, platform.secrets] });
  vaultSecret(runners, 'gitea-runner-token');
  new Workload(runners, 'gitea-runner', {
    image: 'docker.io/gitea/runner:3.3.2-dind-rootless',
    replicas: 2,
    env: {
      GITEA_INSTANCE_URL: `http://gitea-http.${namespace.namespace}.svc.cluster.local:3000`,
      DOCKER_HOST: 'unix:///var/run/user/1000/docker.sock',
      GITEA_RUNNER_LABELS: 'ubuntu-latest:docker://docker.gitea.com/runner-images:ubuntu-latest',
    },
    secretEnv: { GITEA_RUNNER_REGISTRATION_TOKEN: { secret: 'gitea-runner-token', key: 'token' } },
    volumes: { data: { path: '/data', scratch: true } },
    cpu: 500,
    memory: { request: 1024, limit: 8192 },
    writableRoot: true,
    privileged: true,
    arch: 'amd64',
  });
  return { gitea };
}
