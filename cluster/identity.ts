import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { PUBLIC_DOMAIN } from './domains.ts';
import { ReferenceGrant } from './kinds/gateway-api.ts';
import type { Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { database } from './support/database.ts';
import { OUTPOST, route } from './support/route.ts';
import { vaultSecret } from './support/vault-secret.ts';
import { Workload } from './support/workload.ts';

/** Where one logs in. */
export const AUTH_HOST = `auth.${PUBLIC_DOMAIN}`;

/** Where routes have `login`. */
const LOGIN_NAMESPACES = ['ai-ml', 'kubeflow', 'longhorn-system'];

/** The OpenID Connect issuer of an app, as Authentik makes one for each. */
export const oidcIssuer = (app: string): string => `https://${AUTH_HOST}/application/o/${app}/`;

/** Who people are: one login for everything, with hardware keys as the second factor, and everybody's passwords. */
export function identity(cluster: Cluster, sources: Sources, platform: Platform) {
  const namespace = new Namespace(cluster, 'identity');

  const authentikDb = database(namespace, 'authentik-db', platform, { database: 'authentik', pooler: true });
  const authentik = new Application(namespace, 'authentik', {
    dependsOn: [authentikDb.application, platform.routing, platform.metrics, platform.secrets],
    timeout: '15m',
  });
  // Blueprints of outposts, applications and the WebAuthn stage come from the same place: the key signs sessions.
  vaultSecret(authentik, 'authentik-credentials');
  const resources = { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '1536Mi' } };
  new HelmRelease(authentik, 'authentik', {
    chart: sources.authentik,
    values: {
      global: {
        env: [
          { name: 'AUTHENTIK_POSTGRESQL__HOST', value: authentikDb.host },
          { name: 'AUTHENTIK_POSTGRESQL__NAME', value: 'authentik' },
          { name: 'AUTHENTIK_POSTGRESQL__USER', value: 'authentik' },
          {
            name: 'AUTHENTIK_POSTGRESQL__PASSWORD',
            valueFrom: { secretKeyRef: { name: authentikDb.secret, key: 'password' } },
          },
        ],
        // AUTHENTIK_SECRET_KEY and the password of the first administrator.
        envFrom: [{ secretRef: { name: 'authentik-credentials' } }],
        podAnnotations: { 'secret.reloader.stakater.com/reload': 'authentik-credentials' },
      },
      server: { replicas: 2, resources, metrics: { enabled: true, serviceMonitor: { enabled: true } } },
      worker: { replicas: 2, resources },
      postgresql: { enabled: false },
    },
  });
  route(authentik, 'authentik', {
    gateway: 'public',
    host: AUTH_HOST,
    service: { name: OUTPOST.name, port: OUTPOST.port },
  });
  // Who puts a login before a route names the outpost from its own namespace.
  new ReferenceGrant(authentik, 'outpost', {
    from: LOGIN_NAMESPACES.flatMap((namespace) => [
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace },
      { group: 'gateway.envoyproxy.io', kind: 'SecurityPolicy', namespace },
    ]),
    to: [{ group: '', kind: 'Service', name: OUTPOST.name }],
  });

  const vaultwarden = new Application(namespace, 'vaultwarden', {
    dependsOn: [platform.storage, platform.routing, platform.secrets],
  });
  vaultSecret(vaultwarden, 'vaultwarden-credentials');
  const passwords = new Workload(vaultwarden, 'vaultwarden', {
    image: 'docker.io/vaultwarden/server:1.37.2',
    port: 8080,
    health: '/alive',
    env: {
      // WebAuthn is bound to the origin.
      DOMAIN: `https://vaultwarden.${PUBLIC_DOMAIN}`,
      ROCKET_PORT: '8080',
      SIGNUPS_ALLOWED: 'false',
      INVITATIONS_ALLOWED: 'true',
      ENABLE_WEBSOCKET: 'true',
    },
    secrets: ['vaultwarden-credentials'],
    volumes: { data: { path: '/data', gibibytes: 5 } },
    cpu: 20,
    memory: { request: 128, limit: 512 },
  });
  route(vaultwarden, 'vaultwarden', {
    gateway: 'public',
    host: `vaultwarden.${PUBLIC_DOMAIN}`,
    service: passwords.backend,
  });
  return { authentik, vaultwarden };
}
