import { Application, Namespace, type Cluster } from '../constructs/index.ts';
import { LAB_DOMAIN } from './domains.ts';
import { MEDIA_EXPORT } from './hardware.ts';
import type { Platform } from './platform.ts';
import { route } from './support/route.ts';
import { Workload, type WorkloadOptions } from './support/workload.ts';

/** Films, series and music for the home alone. All of them share `/media` on candlekeep. */
export function media(cluster: Cluster, platform: Pick<Platform, 'storage' | 'files' | 'routing'>) {
  const namespace = new Namespace(cluster, 'media');
  const dependsOn = [platform.storage, platform.files, platform.routing];
  const app = (
    name: string,
    options: Omit<WorkloadOptions, 'volumes'> & { configGibibytes: number },
    suspend?: true,
  ) => {
    const { configGibibytes, ...workload } = options;
    const application = new Application(namespace, name, { dependsOn, ...(suspend && { suspend }) });
    const { backend } = new Workload(application, name, {
      ...workload,
      volumes: {
        config: { path: '/config', gibibytes: configGibibytes },
        media: { path: '/media', nfs: MEDIA_EXPORT },
        tmp: { path: '/tmp', scratch: true },
      },
    });
    route(application, name, { host: `${name}.${LAB_DOMAIN}`, service: backend });
    return application;
  };

  return {
    jellyfin: app('jellyfin', {
      image: 'ghcr.io/jellyfin/jellyfin:10.11.11',
      port: 8096,
      health: '/health',
      env: {
        JELLYFIN_PublishedServerUrl: `https://jellyfin.${LAB_DOMAIN}`,
        JELLYFIN_CACHE_DIR: '/tmp/cache',
        JELLYFIN_CONFIG_DIR: '/config',
        JELLYFIN_DATA_DIR: '/config/data',
      },
      configGibibytes: 20,
      cpu: 500,
      memory: { request: 1024, limit: 4096 },
      arch: 'amd64',
    }),
    sonarr: app('sonarr', arr('sonarr', 'ghcr.io/home-operations/sonarr:4.0.19.3001', 8989)),
    radarr: app('radarr', arr('radarr', 'ghcr.io/home-operations/radarr:6.4.1.10545', 7878)),
    prowlarr: app('prowlarr', arr('prowlarr', 'ghcr.io/home-operations/prowlarr:2.6.1.5509', 9696)),
    bazarr: app('bazarr', {
      image: 'ghcr.io/home-operations/bazarr:1.6.0',
      port: 6767,
      configGibibytes: 2,
      cpu: 20,
      memory: { request: 128, limit: 1024 },
    }),
    // Suspended until its traffic leaves through a VPN.
    qbittorrent: app(
      'qbittorrent',
      {
        image: 'ghcr.io/home-operations/qbittorrent:5.2.3',
        port: 8080,
        env: { QBT_WEBUI_PORT: '8080' },
        configGibibytes: 2,
        cpu: 100,
        memory: { request: 512, limit: 4096 },
      },
      true,
    ),
  };
}

/** The three that are one program at heart: each variable begins with the program's name. */
function arr(name: string, image: string, port: number) {
  const prefix = name.toUpperCase();
  return {
    image,
    port,
    health: '/ping',
    env: {
      [`${prefix}__SERVER__PORT`]: String(port),
      [`${prefix}__AUTH__METHOD`]: 'External',
      [`${prefix}__AUTH__REQUIRED`]: 'DisabledForLocalAddresses',
      [`${prefix}__LOG__LEVEL`]: 'info',
    },
    configGibibytes: 5,
    cpu: 50,
    memory: { request: 256, limit: 1024 },
  };
}
