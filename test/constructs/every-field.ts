/**
 * A cluster that uses every field of every kind of Flux at least once, through the typed options: what compiles here is
 * typed, and the test beside counts what comes out. The values mean nothing.
 */
import { ApiObject } from 'cdk8s';
import {
  Alert,
  Application,
  ArtifactGenerator,
  Bucket,
  ExternalArtifact,
  GitRepository,
  HelmChart,
  HelmRelease,
  HelmRepository,
  ImagePolicy,
  ImageRepository,
  ImageUpdateAutomation,
  OCIRepository,
  Provider,
  Receiver,
  type Namespace,
} from '../../constructs/index.ts';

const url = 'https://git.example.org/site.git';
const oidc = { matchOIDCIdentity: [{ issuer: 'issuer', subject: 'subject' }] };
const target = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  name: 'site',
  namespace: 'web',
  labelSelector: 'a=b',
  annotationSelector: 'c=d',
};
const images = [{ name: 'nginx', newName: 'mirror/nginx', newTag: '1.29', digest: 'sha256:0' }];
const patches = [{ patch: '- op: remove\n  path: /spec\n', target }];
const commonMetadata = { labels: { a: 'b' }, annotations: { c: 'd' } };
const matchLabels = { a: 'b' };
const accessFrom = { namespaceSelectors: [{ matchLabels }] };
const healthCheckExprs = [
  { apiVersion: 'example.org/v1', kind: 'Thing', current: 'true', inProgress: 'false', failed: 'false' },
];

interface Credentials {
  readonly secret: ApiObject;
  readonly config: ApiObject;
  readonly account: ApiObject;
}

function credentials(scope: Application): Credentials {
  const object = (apiVersion: string, kind: string) =>
    new ApiObject(scope, `${scope.node.id}-${kind}`, { apiVersion, kind, metadata: { name: 'credentials' } });
  return { secret: object('v1', 'Secret'), config: object('v1', 'ConfigMap'), account: object('v1', 'ServiceAccount') };
}

export function declareEveryField(namespace: Namespace): void {
  const app = new Application(namespace, 'app');
  const found = credentials(app);
  declareSources(app, found);
  declareRelease(app, found);
  declareNotifications(app, found);
  declareImages(app, found);
  declareApplication(namespace);
}

function declareSources(app: Application, { secret, account }: Credentials): void {
  const signature = { provider: 'cosign', secretRef: secret, ...oidc } as const;
  const site = new GitRepository(app, 'site', {
    url,
    interval: '1m',
    timeout: '30s',
    ref: { branch: 'main', tag: 'v1', semver: '1.x', name: 'refs/heads/main', commit: '0' },
    secretRef: secret,
    proxySecretRef: secret,
    provider: 'generic',
    serviceAccountName: account,
    ignore: '/*',
    suspend: false,
    recurseSubmodules: true,
    include: [{ repository: new GitRepository(app, 'other', { url }), fromPath: 'a', toPath: 'b' }],
    sparseCheckout: ['deploy'],
    verify: { mode: 'HEAD', secretRef: secret },
  });
  new OCIRepository(app, 'site', {
    url: 'oci://registry.example.org/site',
    ref: { tag: '1', semver: '1.x', semverFilter: '.*', digest: 'sha256:0' },
    interval: '1m',
    timeout: '30s',
    layerSelector: { mediaType: 'application/x', operation: 'copy' },
    provider: 'generic',
    secretRef: secret,
    certSecretRef: secret,
    proxySecretRef: secret,
    serviceAccountName: account,
    insecure: true,
    ignore: '/*',
    suspend: false,
    verify: { ...signature, trustedRootSecretRef: secret },
  });
  const charts = new HelmRepository(app, 'charts', {
    url: 'https://charts.example.org',
    type: 'default',
    interval: '1m',
    timeout: '30s',
    provider: 'generic',
    secretRef: secret,
    certSecretRef: secret,
    passCredentials: true,
    insecure: true,
    suspend: false,
    accessFrom,
  });
  new HelmChart(app, 'chart', {
    chart: 'site',
    version: '1.x',
    sourceRef: charts,
    interval: '1m',
    reconcileStrategy: 'ChartVersion',
    valuesFiles: ['values.yaml'],
    ignoreMissingValuesFiles: true,
    suspend: false,
    verify: signature,
  });
  new HelmChart(app, 'elsewhere', {
    chart: 'site',
    sourceRef: { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'Bucket', name: 'of-somebody' },
  });
  const bucket = new Bucket(app, 'site', {
    bucketName: 'site',
    endpoint: 'minio.example.org',
    interval: '1m',
    timeout: '30s',
    provider: 'generic',
    region: 'here',
    prefix: 'a/',
    secretRef: secret,
    certSecretRef: secret,
    proxySecretRef: secret,
    serviceAccountName: account,
    sts: { provider: 'ldap', endpoint: 'https://sts.example.org', secretRef: secret, certSecretRef: secret },
    insecure: true,
    ignore: '/*',
    suspend: false,
  });
  new ExternalArtifact(app, 'foreign', {
    sourceRef: { apiVersion: 'example.org/v1', kind: 'Thing', name: 'thing', namespace: 'elsewhere' },
  });
  new ArtifactGenerator(app, 'parts', {
    sources: { site, bucket, other: { kind: 'HelmChart', name: 'chart', namespace: 'elsewhere' } },
    pathPattern: '@site/{name}',
    commonMetadata,
    artifacts: [
      {
        name: 'part',
        revision: '@site',
        originRevision: '@site',
        copy: [{ from: '@site/**', to: '@artifact/', exclude: ['*.md'], strategy: 'Overwrite' }],
      },
    ],
  });
}

function declareRelease(app: Application, { secret, config, account }: Credentials): void {
  const strategy = { name: 'RetryOnFailure', retryInterval: '1m' } as const;
  const action = {
    timeout: '1m',
    crds: 'Create',
    disableHooks: true,
    disableOpenAPIValidation: true,
    disableSchemaValidation: true,
    disableTakeOwnership: true,
    disableWait: true,
    disableWaitForJobs: true,
    strategy,
  } as const;
  const first = new HelmRelease(app, 'first', {
    chart: {
      source: { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmRepository', name: 'charts', namespace: 'other' },
      chart: 'site',
      version: '1.x',
      interval: '1m',
      reconcileStrategy: 'ChartVersion',
      valuesFiles: ['values.yaml'],
      ignoreMissingValuesFiles: true,
      verify: { provider: 'cosign', secretRef: secret },
      metadata: commonMetadata,
    },
    kubeConfig: { configMapRef: config },
  });
  new HelmRelease(app, 'second', {
    chart: { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository', name: 'site', namespace: 'other' },
    interval: '1m',
    timeout: '1m',
    releaseName: 'site',
    targetNamespace: 'web',
    storageNamespace: 'web',
    serviceAccountName: account,
    kubeConfig: { secretRef: { name: 'kubeconfig', key: 'value' } },
    maxHistory: 3,
    persistentClient: true,
    suspend: false,
    dependsOn: [first, { name: 'other', namespace: 'elsewhere', readyExpr: 'true' }],
    commonMetadata,
    driftDetection: { mode: 'warn', ignore: [{ paths: ['/spec/replicas'], target }] },
    healthCheckExprs,
    waitStrategy: { name: 'poller' },
    postRenderStrategy: 'combined',
    postRenderers: [{ kustomize: { patches, images } }],
    install: {
      ...action,
      createNamespace: true,
      replace: true,
      serverSideApply: true,
      skipCRDs: true,
      remediation: { retries: 3, remediateLastFailure: true, ignoreTestFailures: true },
    },
    upgrade: {
      ...action,
      chartNameChangeStrategy: 'Reinstall',
      cleanupOnFail: true,
      force: true,
      preserveValues: true,
      serverSideApply: 'auto',
      remediation: { retries: 3, remediateLastFailure: true, ignoreTestFailures: true, strategy: 'rollback' },
    },
    rollback: {
      timeout: '1m',
      cleanupOnFail: true,
      disableHooks: true,
      disableWait: true,
      disableWaitForJobs: true,
      force: true,
      recreate: true,
      serverSideApply: 'auto',
    },
    uninstall: {
      timeout: '1m',
      deletionPropagation: 'background',
      disableHooks: true,
      disableWait: true,
      keepHistory: true,
    },
    test: { enable: true, timeout: '1m', ignoreFailures: true, filters: [{ name: 'smoke', exclude: true }] },
    valuesFrom: [{ from: secret, valuesKey: 'a', targetPath: 'b', literal: true, optional: true }],
    values: { a: 1 },
  });
}

function declareNotifications(app: Application, { secret, account }: Credentials): void {
  const providerRef = new Provider(app, 'ntfy', {
    type: 'generic',
    address: 'https://ntfy.example.org',
    channel: 'flux',
    username: 'flux',
    secretRef: secret,
    certSecretRef: secret,
    proxySecretRef: secret,
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- every field is to be reachable
    proxy: 'https://proxy.example.org',
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- every field is to be reachable
    interval: '1m',
    serviceAccountName: account,
    timeout: '30s',
    commitStatusExpr: "'id'",
    suspend: false,
  });
  const all = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', name: '*', matchLabels } as const;
  new Alert(app, 'failures', {
    providerRef,
    eventSources: [app, { ...all, namespace: 'web' }],
    eventSeverity: 'error',
    eventMetadata: { cluster: 'test' },
    inclusionList: ['failed'],
    exclusionList: ['waiting'],
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- every field is to be reachable
    summary: 'failures',
    suspend: false,
  });
  new Receiver(app, 'push', {
    type: 'generic-oidc',
    events: ['push'],
    resources: [app, { ...all, namespace: 'web', filter: 'true' }],
    resourceFilter: 'true',
    secretRef: secret,
    interval: '1m',
    oidcProviders: [
      {
        issuerURL: 'https://issuer.example.org',
        audience: 'flux',
        variables: [{ name: 'a', expression: '1' }],
        validations: [{ expression: 'true', message: 'no' }],
      },
    ],
    suspend: false,
  });
}

function declareImages(app: Application, { secret, account }: Credentials): void {
  const imageRepositoryRef = new ImageRepository(app, 'nginx', {
    image: 'nginx',
    interval: '1m',
    timeout: '30s',
    provider: 'generic',
    secretRef: secret,
    certSecretRef: secret,
    proxySecretRef: secret,
    serviceAccountName: account,
    exclusionList: ['.*'],
    insecure: true,
    accessFrom,
    suspend: false,
  });
  const policy = {
    semver: { range: '1.x' },
    alphabetical: { order: 'asc' },
    numerical: { order: 'asc' },
  } as const;
  new ImagePolicy(app, 'nginx', {
    imageRepositoryRef,
    policy,
    filterTags: { pattern: '.*', extract: '$0' },
    digestReflectionPolicy: 'Always',
    interval: '1m',
    suspend: false,
  });
  new ImagePolicy(app, 'other', { imageRepositoryRef: { name: 'other', namespace: 'elsewhere' }, policy });
  new ImageUpdateAutomation(app, 'images', {
    sourceRef: {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      name: 'site',
      namespace: 'elsewhere',
    },
    interval: '1m',
    git: {
      checkout: { ref: { branch: 'main', tag: 'v1', semver: '1.x', name: 'refs/heads/main', commit: '0' } },
      commit: {
        author: { name: 'flux', email: 'flux@example.org' },
        messageTemplate: 'Update images',
        messageTemplateValues: { a: 'b' },
        signingKey: { type: 'gpg', secretRef: secret },
      },
      push: { branch: 'main', refspec: 'refs/heads/main', options: { a: 'b' } },
    },
    policySelector: { matchLabels, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
    update: { path: './data', strategy: 'Setters' },
    suspend: false,
  });
}

function declareApplication(namespace: Namespace): void {
  const elsewhere = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    name: 'elsewhere',
    namespace: 'elsewhere',
  } as const;
  const first = new Application(namespace, 'first', {
    source: elsewhere,
    kubeConfig: { configMapRef: { name: 'eks' } },
  });
  new Application(namespace, 'every', {
    source: elsewhere,
    path: './deploy',
    interval: '1m',
    retryInterval: '1m',
    timeout: '1m',
    prune: true,
    wait: false,
    force: true,
    suspend: false,
    deletionPolicy: 'MirrorPrune',
    targetNamespace: 'web',
    namePrefix: 'a-',
    nameSuffix: '-b',
    serviceAccountName: 'flux',
    kubeConfig: { secretRef: { name: 'kubeconfig', key: 'value' } },
    dependsOn: [first, { name: 'other', namespace: 'elsewhere', readyExpr: 'true' }],
    decryption: { provider: 'sops', secretRef: { name: 'sops-age' }, serviceAccountName: 'sops' },
    postBuild: {
      substitute: { a: 'b' },
      substituteFrom: [{ kind: 'ConfigMap', name: 'settings', optional: true }],
      substituteStrategy: 'Always',
    },
    healthChecks: [first, { apiVersion: 'apps/v1', kind: 'Deployment', name: 'site', namespace: 'web' }],
    healthCheckExprs,
    components: ['../component'],
    ignoreMissingComponents: true,
    images,
    patches,
    buildMetadata: ['originAnnotations'],
    commonMetadata,
    ignore: [{ paths: ['/spec/replicas'], target }],
  });
}
