import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import { POD_CIDR, PUBLIC_DOMAIN } from './domains.ts';
import { AUTH_HOST, oidcIssuer } from './identity.ts';
import { LONGHORN, NFS_FAST, NFS_SLOW, type Platform } from './platform.ts';
import type { Sources } from './sources.ts';
import { database } from './support/database.ts';
import { route } from './support/route.ts';
import { vaultSecret } from './support/vault-secret.ts';
import { Workload } from './support/workload.ts';
import { VALKEY } from './valkey.ts';

/** Files, notes, papers, bookmarks and recipes of the household, reached from anywhere. */
export function productivity(
  cluster: Cluster,
  sources: Sources,
  platform: Platform & { valkey: Application; authentik: Application },
) {
  const namespace = new Namespace(cluster, 'productivity');
  const { valkey, authentik, routing, secrets, storage, files, metrics } = platform;
  /** What all of them stand on. */
  const base = [routing, secrets, storage];

  const nextcloudDb = database(namespace, 'nextcloud-db', platform, { database: 'nextcloud' });
  const nextcloud = new Application(namespace, 'nextcloud', {
    dependsOn: [nextcloudDb.application, valkey, authentik, files, metrics, ...base],
    timeout: '20m',
  });
  vaultSecret(nextcloud, 'nextcloud-credentials');
  new HelmRelease(nextcloud, 'nextcloud', {
    chart: sources.nextcloud,
    values: {
      nextcloud: {
        host: `cloud.${PUBLIC_DOMAIN}`,
        existingSecret: {
          enabled: true,
          secretName: 'nextcloud-credentials',
          usernameKey: 'username',
          passwordKey: 'password',
        },
        configs: { 'proxy.config.php': NEXTCLOUD_PROXY },
      },
      phpClientHttpsFix: { enabled: true },
      internalDatabase: { enabled: false },
      externalDatabase: {
        enabled: true,
        type: 'postgresql',
        host: nextcloudDb.host,
        database: 'nextcloud',
        existingSecret: {
          enabled: true,
          secretName: nextcloudDb.secret,
          usernameKey: 'username',
          passwordKey: 'password',
        },
      },
      externalRedis: { enabled: true, host: VALKEY.host, port: String(VALKEY.port) },
      persistence: {
        enabled: true,
        storageClass: LONGHORN,
        size: '10Gi',
        nextcloudData: { enabled: true, storageClass: NFS_SLOW, accessMode: 'ReadWriteMany', size: '1Ti' },
      },
      cronjob: { enabled: true },
      resources: { requests: { cpu: '200m', memory: '512Mi' }, limits: { memory: '2Gi' } },
      metrics: { enabled: true, serviceMonitor: { enabled: true } },
    },
  });
  route(nextcloud, 'nextcloud', {
    gateway: 'public',
    host: `cloud.${PUBLIC_DOMAIN}`,
    service: { name: 'nextcloud', port: 8080 },
  });

  const affineDb = database(namespace, 'affine-db', platform, { database: 'affine', instances: 2 });
  const affine = new Application(namespace, 'affine', {
    dependsOn: [affineDb.application, valkey, authentik, ...base],
  });
  vaultSecret(affine, 'affine-credentials');
  const notes = new Workload(affine, 'affine', {
    image: 'ghcr.io/toeverything/affine:0.27.3',
    // Migrates the database to what this version expects.
    before: ['sh', '-c', 'node ./scripts/self-host-predeploy.js'],
    port: 3010,
    health: '/info',
    env: {
      AFFINE_SERVER_EXTERNAL_URL: `https://affine.${PUBLIC_DOMAIN}`,
      REDIS_SERVER_HOST: VALKEY.host,
      REDIS_SERVER_DATABASE: String(VALKEY.database.affine),
      OAUTH_OIDC_ISSUER: oidcIssuer('affine'),
    },
    secretEnv: { DATABASE_URL: { secret: affineDb.secret, key: 'uri' } },
    secrets: ['affine-credentials'],
    volumes: {
      storage: { path: '/root/.affine/storage', gibibytes: 50 },
      config: { path: '/root/.affine/config', gibibytes: 1 },
    },
    cpu: 100,
    memory: { request: 512, limit: 2048 },
    // The image keeps its data in root's home.
    user: 0,
    writableRoot: true,
    arch: 'amd64',
  });
  route(affine, 'affine', { gateway: 'public', host: `affine.${PUBLIC_DOMAIN}`, service: notes.backend });

  const paperlessDb = database(namespace, 'paperless-db', platform, { database: 'paperless', instances: 2 });
  const paperless = new Application(namespace, 'paperless', {
    dependsOn: [paperlessDb.application, valkey, authentik, files, ...base],
  });
  vaultSecret(paperless, 'paperless-credentials');
  const papers = new Workload(paperless, 'paperless', {
    image: 'ghcr.io/paperless-ngx/paperless-ngx:3.0.5',
    port: 8000,
    env: {
      PAPERLESS_URL: `https://paperless.${PUBLIC_DOMAIN}`,
      PAPERLESS_DBENGINE: 'postgresql',
      PAPERLESS_DBHOST: paperlessDb.host,
      PAPERLESS_DBNAME: 'paperless',
      PAPERLESS_REDIS: `redis://${VALKEY.host}:${VALKEY.port}/${VALKEY.database.paperless}`,
      PAPERLESS_APPS: 'allauth.socialaccount.providers.openid_connect',
      PAPERLESS_CONSUMER_POLLING: '60',
      PAPERLESS_DATA_DIR: '/data/local',
      PAPERLESS_MEDIA_ROOT: '/data/documents/media',
      PAPERLESS_CONSUMPTION_DIR: '/data/documents/consume',
      PAPERLESS_OCR_LANGUAGE: 'eng',
    },
    secretEnv: {
      PAPERLESS_DBUSER: { secret: paperlessDb.secret, key: 'username' },
      PAPERLESS_DBPASS: { secret: paperlessDb.secret, key: 'password' },
    },
    secrets: ['paperless-credentials'],
    volumes: {
      data: { path: '/data/local', gibibytes: 10 },
      documents: { path: '/data/documents', gibibytes: 500, storageClass: NFS_SLOW },
    },
    cpu: 100,
    memory: { request: 512, limit: 2048 },
    writableRoot: true,
    arch: 'amd64',
  });
  route(paperless, 'paperless', { gateway: 'public', host: `paperless.${PUBLIC_DOMAIN}`, service: papers.backend });

  const linkwardenDb = database(namespace, 'linkwarden-db', platform, {
    database: 'linkwarden',
    instances: 2,
    size: '5Gi',
  });
  const linkwarden = new Application(namespace, 'linkwarden', {
    dependsOn: [linkwardenDb.application, authentik, files, ...base],
  });
  vaultSecret(linkwarden, 'linkwarden-credentials');
  const links = new Workload(linkwarden, 'linkwarden', {
    image: 'ghcr.io/linkwarden/linkwarden:v2.15.1',
    port: 3000,
    env: {
      NEXTAUTH_URL: `https://links.${PUBLIC_DOMAIN}/api/v1/auth`,
      NEXT_PUBLIC_DISABLE_REGISTRATION: 'true',
      NEXT_PUBLIC_AUTHENTIK_ENABLED: 'true',
      AUTHENTIK_ISSUER: `https://${AUTH_HOST}/application/o/linkwarden`,
      STORAGE_FOLDER: '/data/archive',
    },
    secretEnv: { DATABASE_URL: { secret: linkwardenDb.secret, key: 'uri' } },
    // NEXTAUTH_SECRET, AUTHENTIK_CLIENT_ID and AUTHENTIK_CLIENT_SECRET.
    secrets: ['linkwarden-credentials'],
    volumes: { archive: { path: '/data/archive', gibibytes: 50, storageClass: NFS_FAST } },
    cpu: 100,
    memory: { request: 512, limit: 2048 },
    writableRoot: true,
    arch: 'amd64',
  });
  route(linkwarden, 'linkwarden', { gateway: 'public', host: `links.${PUBLIC_DOMAIN}`, service: links.backend });

  const mealieDb = database(namespace, 'mealie-db', platform, { database: 'mealie', instances: 2, size: '5Gi' });
  const mealie = new Application(namespace, 'mealie', { dependsOn: [mealieDb.application, authentik, ...base] });
  vaultSecret(mealie, 'mealie-oidc');
  const recipes = new Workload(mealie, 'mealie', {
    image: 'ghcr.io/mealie-recipes/mealie:v3.23.1',
    port: 9000,
    health: '/api/app/about',
    env: {
      BASE_URL: `https://recipes.${PUBLIC_DOMAIN}`,
      ALLOW_SIGNUP: 'false',
      DB_ENGINE: 'postgres',
      POSTGRES_SERVER: mealieDb.host,
      POSTGRES_DB: 'mealie',
      OIDC_AUTH_ENABLED: 'true',
      OIDC_CONFIGURATION_URL: `${oidcIssuer('mealie')}.well-known/openid-configuration`,
    },
    secretEnv: {
      POSTGRES_USER: { secret: mealieDb.secret, key: 'username' },
      POSTGRES_PASSWORD: { secret: mealieDb.secret, key: 'password' },
    },
    secrets: ['mealie-oidc'],
    volumes: { data: { path: '/app/data', gibibytes: 5 } },
    cpu: 50,
    memory: { request: 256, limit: 1024 },
    writableRoot: true,
  });
  route(mealie, 'mealie', { gateway: 'public', host: `recipes.${PUBLIC_DOMAIN}`, service: recipes.backend });

  return { nextcloud, affine, paperless, linkwarden, mealie };
}

const NEXTCLOUD_PROXY = `<?php
$CONFIG = array(
  'trusted_proxies' => array('${POD_CIDR}'),
  'overwriteprotocol' => 'https',
  'overwrite.cli.url' => 'https://cloud.${PUBLIC_DOMAIN}',
);
`;
