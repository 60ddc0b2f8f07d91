import { Application, type Namespace } from '../../constructs/index.ts';
import { PUBLIC_DOMAIN } from '../domains.ts';
import { imageOf } from '../images.ts';
import { HTTPRoute, type RouteMatch } from '../kinds/gateway-api.ts';
import type { Platform } from '../platform.ts';
import { GATEWAYS } from '../support/route.ts';
import { vaultSecret } from '../support/vault-secret.ts';
import { Workload } from '../support/workload.ts';

/** What people subscribe to. `gitea-ci` is posted to by the workflows of Gitea. */
export const TOPICS = {
  ci: 'gitea-ci',
  alerts: 'alertmanager-alerts',
  status: 'gatus',
  flux: 'flux',
  deployments: 'deployments',
} as const;

export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

/** Open inside of the cluster; from outside only with a login. */
export const NTFY = 'http://ntfy-svc.observability.svc.cluster.local';

/** Where JSON is posted to become a message by one of ntfy's templates. */
export function webhook(topic: Topic, template: string, priority?: 'high' | 'urgent'): string {
  return `${NTFY}/${topic}?tpl=${template}${priority === undefined ? '' : `&priority=${priority}`}`;
}

export function ntfy(namespace: Namespace, platform: Platform) {
  const ntfy = new Application(namespace, 'ntfy', {
    dependsOn: [platform.storage, platform.routing, platform.metrics, platform.secrets],
  });
  vaultSecret(ntfy, 'ntfy-users');
  const server = new Workload(ntfy, 'ntfy', {
    image: 'docker.io/binwiederhier/ntfy:v2.26.3',
    args: ['serve'],
    port: 8080,
    health: '/v1/health',
    metrics: '/metrics',
    // The name under which Alertmanager, Gatus, Gitea and Flux post (ADR-0021).
    service: { name: 'ntfy-svc' },
    env: {
      NTFY_BASE_URL: `https://ntfy.${PUBLIC_DOMAIN}`,
      NTFY_LISTEN_HTTP: ':8080',
      NTFY_BEHIND_PROXY: 'true',
      NTFY_ENABLE_METRICS: 'true',
      NTFY_CACHE_FILE: '/var/cache/ntfy/cache.db',
      NTFY_AUTH_FILE: '/var/cache/ntfy/user.db',
      // Inside everyone may write and read these; the public route lets in only who says who they are.
      NTFY_AUTH_DEFAULT_ACCESS: 'deny-all',
      NTFY_AUTH_ACCESS: Object.values(TOPICS)
        .map((topic) => `everyone:${topic}:rw`)
        .join(','),
      NTFY_TEMPLATE_DIR: '/etc/ntfy/templates',
    },
    secrets: ['ntfy-users'],
    volumes: {
      cache: { path: '/var/cache/ntfy', gibibytes: 1 },
      templates: { path: '/etc/ntfy/templates', files: { 'flux.yml': FLUX_TEMPLATE } },
    },
    cpu: 10,
    memory: { request: 64, limit: 256 },
    prefer: 'arm64',
  });
  new HTTPRoute(ntfy, 'ntfy', {
    parentRefs: [GATEWAYS.public],
    hostnames: [`ntfy.${PUBLIC_DOMAIN}`],
    rules: [{ matches: FROM_OUTSIDE, backendRefs: [server.backend] }],
  });

  // Reads every topic as it comes (SSE) and posts it into a channel of Discord.
  const discord = new Application(namespace, 'ntfy-discord', { dependsOn: [ntfy, platform.secrets] });
  vaultSecret(discord, 'ntfy-discord-webhook');
  new Workload(discord, 'ntfy-discord', {
    image: imageOf('ntfy-discord'),
    port: 8080,
    health: '/healthz',
    env: { NTFY_URL: NTFY, NTFY_TOPICS: Object.values(TOPICS).join(',') },
    secrets: ['ntfy-discord-webhook'],
    cpu: 10,
    memory: { request: 32, limit: 128 },
    prefer: 'arm64',
  });
  return { ntfy };
}

/** The web app itself, and any request that bears a login (as browsers' WebSockets can only in the query). */
const FROM_OUTSIDE: readonly RouteMatch[] = [
  { headers: [{ type: 'RegularExpression', name: 'Authorization', value: '.+' }] },
  { queryParams: [{ type: 'RegularExpression', name: 'auth', value: '.+' }] },
  ...['/', '/app', '/login', '/config.js', '/manifest.webmanifest', '/sw.js', '/v1/health'].map(
    (value) => ({ path: { type: 'Exact', value } }) as const,
  ),
  { path: { type: 'PathPrefix', value: '/static' } },
];

/** An event of Flux's notification-controller as a message. */
const FLUX_TEMPLATE = `title: |
  {{ if eq .severity "error" }}❌{{ else }}✅{{ end }} {{ .involvedObject.kind }} {{ .involvedObject.namespace }}/{{ .involvedObject.name }}: {{ .reason }}
message: |
  {{ .message | trunc 2000 }}
priority: |
  {{ if eq .severity "error" }}4{{ else }}2{{ end }}
`;
