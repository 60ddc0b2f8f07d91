import { describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import {
  Alert,
  Application,
  GitRepository,
  HelmRelease,
  ImagePolicy,
  ImageRepository,
  ImageUpdateAutomation,
  OCIRepository,
  Provider,
  Receiver,
} from '../../constructs/index.ts';
import { fileText, testCluster, testNamespace } from '../support/cluster.ts';

describe('notifications on the Cluster', () => {
  test('lie in flux/notifications, and name what they are about by its construct', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const chart = new OCIRepository(cluster, 'site', { url: 'oci://registry.example.org/site' });
    const release = new HelmRelease(app, 'site', { chart });
    const providerRef = new Provider(cluster, 'ntfy', { type: 'generic', address: 'http://ntfy-svc.web' });
    new Alert(cluster, 'failures', {
      providerRef,
      eventSources: [app, release, { kind: 'Kustomization', name: '*' }],
      eventSeverity: 'error',
    });
    const secretRef = new ApiObject(cluster.fluxFolder('notifications'), 'token', { apiVersion: 'v1', kind: 'Secret' });
    new Receiver(cluster, 'push', { type: 'generic', secretRef, resources: [cluster.flux.repository, chart] });

    expect(fileText(cluster, 'flux/kustomization.yaml')).toContain(
      '  - ./apps.yaml\n  - ./config\n  - ./notifications\n  - ./repositories\n',
    );
    expect(fileText(cluster, 'flux/notifications/kustomization.yaml')).toContain(
      '  - ./alert-failures.yaml\n  - ./provider-ntfy.yaml\n  - ./receiver-push.yaml\n  - ./secret-token.yaml\n',
    );
    expect(fileText(cluster, 'flux/notifications/alert-failures.yaml')).toContain(`kind: Alert
metadata:
  name: failures
  namespace: flux-system
spec:
  providerRef:
    name: ntfy
  eventSources:
    - kind: Kustomization
      name: site
    - kind: HelmRelease
      name: site
      namespace: web
    - kind: Kustomization
      name: "*"
  eventSeverity: error
`);
    expect(fileText(cluster, 'flux/notifications/receiver-push.yaml')).toContain(`  secretRef:
    name: token
  resources:
    - kind: GitRepository
      name: test
    - kind: OCIRepository
      name: site
`);
  });

  test('in an Application lie beside it', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    new Provider(app, 'ntfy', { type: 'generic' });
    expect(fileText(cluster, 'apps/web/site/app/provider-ntfy.yaml')).toContain('namespace: web');
  });
});

describe('image automation on the Cluster', () => {
  test('lies in flux/images', () => {
    const cluster = testCluster();
    const data = new GitRepository(cluster, 'data', { url: 'https://git.example.org/data.git' });
    const imageRepositoryRef = new ImageRepository(cluster, 'nginx', { image: 'nginx' });
    new ImagePolicy(cluster, 'nginx', { imageRepositoryRef, policy: { semver: { range: '1.x' } } });
    new ImageUpdateAutomation(cluster, 'images', { sourceRef: data, update: { path: './data' } });
    expect(fileText(cluster, 'flux/images/kustomization.yaml')).toContain(
      '  - ./imagepolicy-nginx.yaml\n  - ./imagerepository-nginx.yaml\n  - ./imageupdateautomation-images.yaml\n',
    );
    expect(fileText(cluster, 'flux/images/imagepolicy-nginx.yaml')).toContain('imageRepositoryRef:\n    name: nginx\n');
    expect(fileText(cluster, 'flux/images/imageupdateautomation-images.yaml')).toContain(
      'interval: 30m\n  sourceRef:\n    kind: GitRepository\n    name: data\n',
    );
  });

  test('in an Application names a repository of another namespace by that, too', () => {
    const cluster = testCluster();
    const app = new Application(testNamespace(cluster), 'site');
    const imageRepositoryRef = new ImageRepository(cluster, 'nginx', { image: 'nginx' });
    new ImagePolicy(app, 'nginx', { imageRepositoryRef, policy: { alphabetical: {} } });
    expect(fileText(cluster, 'apps/web/site/app/imagepolicy-nginx.yaml')).toContain(
      'imageRepositoryRef:\n    name: nginx\n    namespace: flux-system\n',
    );
  });
});
