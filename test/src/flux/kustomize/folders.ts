/** Folders of kustomizations, made up at random from what real repositories use, for the comparison with kustomize. */
import fc from 'fast-check';

export type Files = ReadonlyMap<string, string>;

type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

class Folder {
  readonly files = new Map<string, string>();
  readonly #draw: Draw;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  pick<T>(...choices: readonly T[]): T {
    return this.#draw(fc.constantFrom(...choices));
  }

  chance(percent: number): boolean {
    return this.#draw(fc.integer({ min: 0, max: 99 })) < percent;
  }

  some<T>(choices: readonly T[], max = 3): readonly T[] {
    return this.#draw(fc.subarray([...choices], { maxLength: Math.min(max, choices.length) }));
  }

  write(path: string, value: unknown): void {
    this.files.set(path, typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`);
  }
}

const NAMES = ['web', 'db', 'cache'];
const NAMESPACES = [undefined, 'one', 'two'];

export const folders: fc.Arbitrary<Files> = fc.gen().map((gen) => {
  const folder = new Folder((arbitrary) => gen(() => arbitrary));
  writeKustomization(folder, '', 2);
  return folder.files;
});

function writeKustomization(folder: Folder, path: string, depth: number, kind?: string): void {
  const inside = (name: string): string => (path === '' ? name : `${path}/${name}`);
  const resources: string[] = [];
  const components: string[] = [];
  const count = kind === 'Component' ? folder.pick(0, 0, 1) : folder.pick(1, 2, 3);
  for (let i = 0; i < count; i++) {
    const file = `r${i}.yaml`;
    folder.write(inside(file), resourceFile(folder, `${path.replaceAll('/', '-')}${i}`));
    resources.push(file);
  }
  if (depth > 0 && folder.chance(40)) {
    writeKustomization(folder, inside('base'), depth - 1);
    resources.push('base');
  }
  if (depth > 0 && folder.chance(30)) {
    writeKustomization(folder, inside('component'), depth - 1, 'Component');
    components.push('component');
  }
  const file = {
    ...(kind === undefined ? {} : { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind }),
    ...(resources.length > 0 && { resources }),
    ...(components.length > 0 && { components }),
    ...(folder.chance(40) && { namespace: folder.pick('one', 'three') }),
    ...(folder.chance(15) && { namePrefix: 'pre-' }),
    ...(folder.chance(15) && { nameSuffix: '-suf' }),
    ...(folder.chance(20) && { commonLabels: { team: folder.pick('a', 'b') } }),
    ...(folder.chance(20) && { commonAnnotations: { note: 'x', 'example.org/n': '1' } }),
    ...(folder.chance(20) && { labels: [labelEntry(folder)] }),
    ...(folder.chance(40) && { patches: folder.some([0, 1, 2], 3).map(() => patchEntry(folder)) }),
    ...(folder.chance(10) && { patchesJson6902: [jsonPatchEntry(folder)] }),
    ...(folder.chance(20) && { images: folder.some([0, 1], 2).map(() => imageEntry(folder)) }),
    ...(folder.chance(30) && generatorsOf(folder, inside)),
    ...(folder.chance(10) && { generatorOptions: { disableNameSuffixHash: folder.chance(50), labels: { gen: 'y' } } }),
  };
  const isEmpty = Object.keys(file).every((key) => key === 'kind' || key === 'apiVersion');
  folder.write(inside('kustomization.yaml'), isEmpty ? { ...file, commonAnnotations: { only: 'this' } } : file);
}

function labelEntry(folder: Folder): unknown {
  return {
    pairs: { tier: folder.pick('front', 'back') },
    ...(folder.chance(30) && { includeSelectors: true }),
    ...(folder.chance(30) && { includeTemplates: true }),
  };
}

function generatorsOf(folder: Folder, inside: (name: string) => string): object {
  folder.write(
    inside('some.txt'),
    folder.pick('text\n', 'a: "<b>&"\n', 'no end', '  lead\n\n', 'tab\there\n', '\u00e9\u{1f600}\n'),
  );
  folder.write(inside('some.env'), 'A=1\n# note\n\nB=two=2\n');
  const entry = (name: string): object => ({
    name,
    ...(folder.chance(20) && { namespace: 'one' }),
    ...(folder.chance(50) && { literals: ['k=v', 'quoted="x y"'] }),
    ...(folder.chance(50) && { files: [folder.pick('some.txt', 'key=some.txt')] }),
    ...(folder.chance(30) && { envs: ['some.env'] }),
    ...(folder.chance(30) && {
      options: { labels: { own: 'z' }, ...(folder.chance(40) && { disableNameSuffixHash: true }) },
    }),
  });
  return {
    ...(folder.chance(70) && { configMapGenerator: [entry(folder.pick('conf', 'other'))] }),
    ...(folder.chance(40) && { secretGenerator: [entry(folder.pick('cred', 'other'))] }),
  };
}

function resourceFile(folder: Folder, unique: string): string {
  const documents = folder.some([0, 1, 2], 2).map((i) => resource(folder, `${folder.pick(...NAMES)}${unique}${i}`));
  return documents.map((document) => `---\n${document}`).join('');
}

function metadata(folder: Folder, name: string): object {
  const namespace = folder.pick(...NAMESPACES);
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(folder.chance(40) && { labels: { app: name, ...(folder.chance(20) && { n: 'x' }) } }),
    ...(folder.chance(30) && { annotations: { a: 'b', ...(folder.chance(20) && { yes: 'yes' }) } }),
    ...(folder.chance(5) && { annotations: {} }),
    ...(folder.chance(10) && { finalizers: ['f/one', 'f/two'] }),
  };
}

function resource(folder: Folder, name: string): string {
  const make = folder.pick(deployment, service, configMap, binding, release, clusterRole, statefulSet, ingress);
  const value = JSON.stringify(make(folder, metadata(folder, name)), null, 2);
  // Some of what JSON cannot say: values that are left empty.
  return `${value.replaceAll('"@empty"', folder.pick('', 'null', '~'))}\n`;
}

function container(folder: Folder, name: string): object {
  return {
    ...(folder.chance(95) && { name }),
    image: folder.pick('nginx:1', 'redis', 'nginx', `nginx:1@${DIGEST}`, 'example.org:5000/team/app:1'),
    ...(folder.chance(50) && {
      env: folder.some([
        { name: 'A', value: '1' },
        { name: 'B', valueFrom: { configMapKeyRef: { name: folder.pick('conf', 'other'), key: 'k' } } },
        { name: 'C', valueFrom: { secretKeyRef: { name: 'cred', key: 'k' } } },
      ]),
    }),
    ...(folder.chance(50) && { ports: ports(folder, 'containerPort') }),
    ...(folder.chance(20) && { args: ['--a', '--b'] }),
    ...(folder.chance(20) && { volumeMounts: [{ mountPath: '/x', name: 'v' }] }),
    ...(folder.chance(10) && { envFrom: [{ configMapRef: { name: 'conf' } }] }),
    ...(folder.chance(10) && { resources: '@empty' }),
  };
}

function ports(folder: Folder, key: string): readonly object[] {
  return folder.some([
    { [key]: 80, name: 'http' },
    { [key]: 443, protocol: 'TCP' },
    { [key]: 443, protocol: 'UDP', name: 'quic' },
  ]);
}

function podSpec(folder: Folder): object {
  return {
    containers: folder.some(['c1', 'c2', 'c3']).map((name) => container(folder, name)),
    ...(folder.chance(30) && { initContainers: [container(folder, 'init')] }),
    ...(folder.chance(40) && {
      volumes: [
        { name: 'v', configMap: { name: 'conf' } },
        ...(folder.chance(40) ? [{ name: 'w', emptyDir: {} }] : []),
        ...(folder.chance(20) ? [{ name: 'i', image: { reference: 'nginx:1' } }] : []),
        ...(folder.chance(40) ? [{ name: 's', secret: { secretName: 'cred' } }] : []),
      ],
    }),
    ...(folder.chance(20) && { imagePullSecrets: [{ name: 'cred' }] }),
    ...(folder.chance(20) && { serviceAccountName: 'default' }),
    ...(folder.chance(10) && { nodeSelector: '@empty' }),
  };
}

function deployment(folder: Folder, meta: object): object {
  return {
    apiVersion: folder.pick('apps/v1', 'apps/v1', 'extensions/v1beta1'),
    kind: folder.pick('Deployment', 'DaemonSet'),
    metadata: meta,
    spec: {
      ...(folder.chance(50) && { replicas: folder.pick(1, 3) }),
      ...(folder.chance(60) && { selector: { matchLabels: { app: 'x' } } }),
      template: { ...(folder.chance(60) && { metadata: { labels: { app: 'x' } } }), spec: podSpec(folder) },
    },
  };
}

function statefulSet(folder: Folder, meta: object): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta,
    spec: {
      serviceName: folder.pick('web0', 'elsewhere'),
      template: { spec: podSpec(folder) },
      ...(folder.chance(50) && {
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { storageClassName: 'fast' } }],
      }),
    },
  };
}

function service(folder: Folder, meta: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta,
    spec: {
      ...(folder.chance(70) && { selector: { app: 'x' } }),
      ...(folder.chance(80) && { ports: ports(folder, 'port') }),
      ...(folder.chance(10) && { clusterIP: '@empty' }),
    },
  };
}

function configMap(folder: Folder, meta: object): object {
  return {
    apiVersion: 'v1',
    kind: folder.pick('ConfigMap', 'Secret', 'Namespace', 'ServiceAccount'),
    metadata: meta,
    ...(folder.chance(60) && { data: { k: 'v', long: 'line\nline\n', odd: ' x ' } }),
  };
}

function binding(folder: Folder, meta: object): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: folder.pick('RoleBinding', 'ClusterRoleBinding'),
    metadata: meta,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: folder.pick('Role', 'ClusterRole'), name: 'web0' },
    subjects: folder.some([
      { kind: 'ServiceAccount', name: 'default' },
      { kind: 'ServiceAccount', name: 'web0', namespace: 'one' },
      { kind: 'ServiceAccount', name: 'db1', namespace: 'two' },
      { kind: 'User', name: 'me' },
    ]),
  };
}

function clusterRole(folder: Folder, meta: object): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: folder.pick('Role', 'ClusterRole'),
    metadata: meta,
    rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['conf', 'cred'], verbs: ['get'] }],
  };
}

function ingress(folder: Folder, meta: object): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: meta,
    spec: {
      tls: [{ secretName: folder.pick('cred', 'none') }],
      rules: [
        {
          http: {
            paths: [{ path: '/', backend: { service: { name: folder.pick('web0', 'db1'), port: { number: 80 } } } }],
          },
        },
      ],
    },
  };
}

function release(folder: Folder, meta: object): object {
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: meta,
    spec: {
      interval: '1h',
      values: {
        list: [{ name: 'a', n: 1 }, { name: 'b' }],
        ...(folder.chance(30) && { nothing: '@empty' }),
        ...(folder.chance(30) && { deep: { nothing: '@empty', items: ['@empty', { x: '@empty' }] } }),
        ...(folder.chance(30) && { numbers: [1, 1.5, 1e6, -3], flag: true }),
      },
    },
  };
}

const KINDS = ['Deployment', 'Service', 'HelmRelease', 'StatefulSet', 'ConfigMap', 'Secret'];

function patchEntry(folder: Folder): object {
  const kind = folder.pick(...KINDS, 'Deploy.*');
  const target = {
    kind,
    ...(folder.chance(20) && { name: folder.pick('web0.*', '.*1', 'db.*') }),
    ...(folder.chance(10) && { namespace: folder.pick('one', 'default') }),
    ...(folder.chance(15) && { labelSelector: folder.pick('app', '!app', 'app in (web00, db00)', 'n=x', 'n!=x,app') }),
    ...(folder.chance(5) && { annotationSelector: 'a=b' }),
  };
  return {
    target,
    patch: folder.chance(30) ? jsonPatch(folder) : mergePatch(folder, kind === 'Deploy.*' ? 'Deployment' : kind),
  };
}

/** It asks for a name and an operation. */
function jsonPatchEntry(folder: Folder): object {
  return {
    target: { kind: folder.pick(...KINDS), name: folder.pick('web.*', 'db.*', '.*') },
    patch: JSON.stringify([folder.pick(...OPERATIONS)]),
  };
}

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

function imageEntry(folder: Folder): object {
  return {
    name: folder.pick('nginx', 'redis', 'example.org:5000/team/app', 'ngin.', '(nginx|redis)'),
    ...(folder.chance(40) && { newName: folder.pick('nginx', 'other.example/nginx') }),
    ...(folder.chance(50) && { newTag: folder.pick('2', '1.25-x') }),
    ...(folder.chance(20) && { tagSuffix: '-suf' }),
    ...(folder.chance(20) && { digest: DIGEST }),
  };
}

const OPERATIONS = [
  { op: 'add', path: '/metadata/annotations/added', value: 'yes' },
  { op: 'add', path: '/metadata/labels', value: { all: 'new' } },
  { op: 'add', path: '/spec', value: { replaced: [1, 2, 3], big: 12345678 } },
  { op: 'replace', path: '/metadata/name', value: 'renamed' },
  { op: 'add', path: '/extra', value: null },
  { op: 'copy', from: '/metadata/name', path: '/copied' },
  { op: 'test', path: '/apiVersion', value: 'v1' },
  { op: 'remove', path: '/spec' },
];

function jsonPatch(folder: Folder): string {
  return JSON.stringify(folder.some(OPERATIONS, 2));
}

function mergePatch(folder: Folder, kind: string): string {
  const apiVersions: Record<string, string> = {
    Service: 'v1',
    ConfigMap: 'v1',
    Secret: 'v1',
    HelmRelease: 'helm.toolkit.fluxcd.io/v2',
  };
  const patch = {
    apiVersion: apiVersions[kind] ?? 'apps/v1',
    kind,
    metadata: {
      name: 'any',
      ...(folder.chance(20) && { labels: { patched: 'yes', app: null } }),
      ...(folder.chance(20) && { annotations: { patched: 'yes' } }),
      ...(folder.chance(10) && { finalizers: ['f/two', 'f/three'] }),
    },
    ...(folder.chance(5) && { $patch: 'delete' }),
    ...specPatch(folder, kind),
  };
  return JSON.stringify(patch, null, 1);
}

function specPatch(folder: Folder, kind: string): object {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
      return {
        spec: { ...(folder.chance(30) && { replicas: folder.pick(5, null) }), template: { spec: podPatch(folder) } },
      };
    case 'Service':
      return {
        spec: {
          ...(folder.chance(60) && {
            ports: [...ports(folder, 'port'), ...(folder.chance(15) ? [{ $patch: 'replace' }] : [])],
          }),
          ...(folder.chance(20) && { selector: folder.pick(null, { $patch: 'replace', only: 'this' }) }),
        },
      };
    case 'HelmRelease':
      return {
        spec: {
          values: {
            ...(folder.chance(40) && { list: [{ name: 'z' }] }),
            ...(folder.chance(30) && {
              deep: folder.pick(null, { more: 1, nothing: null }, { $patch: 'replace', x: null, y: 2 }),
            }),
            ...(folder.chance(30) && { fresh: { a: null, b: { c: null, d: 1 }, e: [null, { f: null }] } }),
            ...(folder.chance(20) && { nothing: { now: 'something' } }),
          },
        },
      };
    default:
      return folder.chance(70) ? { data: folder.pick<unknown>({ k: 'patched', k2: 'v2' }, { k: null }, null) } : {};
  }
}

function podPatch(folder: Folder): object {
  const containers = folder.some(['c1', 'c2', 'c4'], 2).map((name) => ({
    name,
    ...(folder.chance(40) && { image: 'patched' }),
    ...(folder.chance(40) && {
      env: [
        { name: 'A', value: 'patched' },
        ...(folder.chance(30) ? [{ name: 'C', $patch: 'delete' }] : []),
        { name: 'Z', value: 'z' },
      ],
    }),
    ...(folder.chance(40) && { ports: ports(folder, 'containerPort') }),
    ...(folder.chance(20) && { args: ['--patched'] }),
    ...(folder.chance(15) && { $patch: folder.pick('delete', 'replace', 'merge') }),
    ...(folder.chance(20) && {
      volumeMounts: [
        { mountPath: '/x', name: 'u', readOnly: true },
        { mountPath: '/y', name: 'v' },
      ],
    }),
  }));
  return {
    ...(folder.chance(80) && {
      containers: [...containers, ...(folder.chance(8) ? [{ $patch: folder.pick('replace', 'delete') }] : [])],
    }),
    ...(folder.chance(30) && {
      volumes: [
        { name: 'v', configMap: null, emptyDir: {} },
        { name: 'n', secret: { secretName: 'cred' } },
      ],
    }),
    ...(folder.chance(20) && { imagePullSecrets: [{ name: 'other' }] }),
    ...(folder.chance(15) && { nodeSelector: folder.pick(null, { a: 'b' }) }),
    ...(folder.chance(15) && { tolerations: [{ key: 'x' }] }),
  };
}
