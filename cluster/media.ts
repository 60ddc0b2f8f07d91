import { Application, HelmRelease, Namespace, type Cluster } from '../constructs/index.ts';
import type { Sources } from './sources.ts';

/** Media, for the internal network only. */
export function media(cluster: Cluster, sources: Sources) {
  const namespace = new Namespace(cluster, 'media');

  // Suspended until its traffic leaves through a VPN.
  const qbittorrent = new Application(namespace, 'qbittorrent', { suspend: true });
  new HelmRelease(qbittorrent, 'qbittorrent', {
    chart: sources.appTemplate,
    values: {
      controllers: {
        qbittorrent: {
          containers: {
            app: {
              image: { repository: 'ghcr.io/home-operations/qbittorrent', tag: '5.1.2' },
              resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '4Gi' } },
            },
          },
        },
      },
      service: { app: { controller: 'qbittorrent', ports: { http: { port: 8080 } } } },
      persistence: {
        config: { type: 'persistentVolumeClaim', storageClass: 'longhorn', accessMode: 'ReadWriteOnce', size: '2Gi' },
        media: { type: 'nfs', server: 'candlekeep.lab.daviestechlabs.io', path: '/kubernetes/media' },
      },
    },
  });
  return { qbittorrent };
}
