import { Application, Namespace, type Cluster } from '../constructs/index.ts';
import { GITEA } from './domains.ts';
import type { Platform } from './platform.ts';
import { ScheduledJob } from './support/scheduled-job.ts';
import { vaultSecret } from './support/vault-secret.ts';

/** Opens a pull request for every new version of a chart or an image; renovate.json5 says where versions stand. */
export function renovate(cluster: Cluster, platform: Pick<Platform, 'secrets'> & { gitea: Application }) {
  const namespace = new Namespace(cluster, 'renovate');
  const renovate = new Application(namespace, 'renovate', { dependsOn: [platform.gitea, platform.secrets] });
  // RENOVATE_TOKEN for Gitea, and RENOVATE_GITHUB_COM_TOKEN for release notes.
  vaultSecret(renovate, 'renovate-tokens');
  new ScheduledJob(renovate, 'renovate', {
    schedule: '0 * * * *',
    image: 'ghcr.io/renovatebot/renovate:44.39.2',
    env: {
      RENOVATE_PLATFORM: 'gitea',
      RENOVATE_ENDPOINT: GITEA,
      RENOVATE_AUTODISCOVER: 'true',
      RENOVATE_AUTODISCOVER_FILTER: 'daviestechlabs/*',
      RENOVATE_GIT_AUTHOR: 'Renovate <renovate@daviestechlabs.io>',
      // What `postUpgradeTasks` of renovate.json5 runs: it makes the tree anew.
      RENOVATE_ALLOWED_COMMANDS: JSON.stringify(['^npm ci$', '^npm start$']),
      RENOVATE_BASE_DIR: '/tmp/renovate',
      LOG_FORMAT: 'json',
    },
    secrets: ['renovate-tokens'],
    volumes: { tmp: { path: '/tmp', scratch: true } },
    cpu: 200,
    memory: { request: 512, limit: 2048 },
    writableRoot: true,
  });
  return { renovate };
}
