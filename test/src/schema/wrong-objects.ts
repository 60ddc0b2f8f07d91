/**
 * Objects that the API server refuses, each for one reason, and what is to be said of them.
 *
 * Every one of these was refused, and every one of `RIGHT` taken, by kube-apiserver 1.35.4 with Flux 2.9's and the
 * fixture's CustomResourceDefinitions, with fieldValidation=Strict: created or applied from the server's side, dry.
 */
import type { JsonObject } from '../../../src/manifest/index.ts';
import type { ProblemCode } from '../../../src/schema/index.ts';

export interface WrongObject {
  readonly title: string;
  readonly object: JsonObject;
  readonly code: ProblemCode;
  readonly pointer: string;
  readonly message?: string;
  readonly remedy?: string;
}

function object(apiVersion: string, kind: string, rest: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name: 'web' }, ...rest };
}

export function pod(spec: JsonObject, container: JsonObject = {}): JsonObject {
  return object('v1', 'Pod', { spec: { containers: [{ name: 'web', image: 'nginx', ...container }], ...spec } });
}

export function deployment(spec: JsonObject, podSpec: JsonObject = {}, rest: JsonObject = {}): JsonObject {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }], ...podSpec } };
  return object('apps/v1', 'Deployment', { spec: { selector: { matchLabels: labels }, template, ...spec }, ...rest });
}

const service = (spec: JsonObject): JsonObject => object('v1', 'Service', { spec });
const configMap = (rest: JsonObject): JsonObject => object('v1', 'ConfigMap', rest);
const secret = (rest: JsonObject): JsonObject => object('v1', 'Secret', rest);

const kustomization = (spec: JsonObject): JsonObject =>
  object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', {
    spec: { interval: '1h', prune: true, sourceRef: { kind: 'GitRepository', name: 'web' }, ...spec },
  });
const helmRelease = (spec: JsonObject): JsonObject =>
  object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', {
    spec: { interval: '1h', chartRef: { kind: 'OCIRepository', name: 'web' }, ...spec },
  });
const gitRepository = (spec: JsonObject): JsonObject =>
  object('source.toolkit.fluxcd.io/v1', 'GitRepository', {
    spec: { interval: '1h', url: 'https://git.example.org/web.git', ...spec },
  });
export const gauge = (spec: JsonObject): JsonObject =>
  object('example.org/v1', 'Gauge', { spec: { size: 5, ...spec } });

const env = (...list: JsonObject[]): JsonObject => pod({}, { env: list });
const ports = (...list: JsonObject[]): JsonObject => service({ ports: list });

export const WRONG: readonly WrongObject[] = [
  // Unknown fields: a slip, the wrong level, nowhere.
  {
    title: 'a slip in the name of a field',
    object: deployment({ replica: 2 }),
    code: 'schema/unknown-field',
    pointer: '/spec/replica',
    message: 'There is no field spec.replica in Deployment of apps/v1.',
    remedy: 'Write replicas.',
  },
  {
    title: 'letters of the wrong case',
    object: pod({}, { imagepullpolicy: 'Always' }),
    code: 'schema/unknown-field',
    pointer: '/spec/containers/0/imagepullpolicy',
    remedy: 'Write imagePullPolicy.',
  },
  {
    title: 'words joined by an underscore',
    object: pod({}, { volume_mounts: [] }),
    code: 'schema/unknown-field',
    pointer: '/spec/containers/0/volume_mounts',
    remedy: 'Write volumeMounts.',
  },
  {
    title: 'two letters swapped',
    object: kustomization({ dependsOn: [], tiemout: '5m' }),
    code: 'schema/unknown-field',
    pointer: '/spec/tiemout',
    remedy: 'Write timeout.',
  },
  {
    title: 'a field of the object itself that stands in its spec',
    object: configMap({ spec: { data: { a: 'b' } } }),
    code: 'schema/unknown-field',
    pointer: '/spec',
    remedy: 'Fields here are apiVersion, binaryData, data, immutable, kind or metadata.',
  },
  {
    title: 'a field of the spec one level too high',
    object: deployment({}, {}, { replicas: 2 }),
    code: 'schema/unknown-field',
    pointer: '/replicas',
    remedy: 'Move it down, to spec.replicas.',
  },
  {
    title: 'labels that stand beside the metadata',
    object: configMap({ labels: { a: 'b' } }),
    code: 'schema/unknown-field',
    pointer: '/labels',
    remedy: 'Move it down, to metadata.labels.',
  },
  {
    title: 'a field of the Pod two levels too high',
    object: deployment({ containers: [] }),
    code: 'schema/unknown-field',
    pointer: '/spec/containers',
    remedy: 'Move it down, to spec.template.spec.containers.',
  },
  {
    title: 'a field of a container one level too high',
    object: pod({ livenessProbe: { exec: { command: ['true'] } } }),
    code: 'schema/unknown-field',
    pointer: '/spec/livenessProbe',
    remedy: 'Move it down, to spec.containers[0].livenessProbe.',
  },
  {
    title: 'a field of the Pod one level too deep',
    object: pod({}, { nodeSelector: { arch: 'arm64' } }),
    code: 'schema/unknown-field',
    pointer: '/spec/containers/0/nodeSelector',
    remedy: 'Move it up, into spec.',
  },
  {
    title: 'a field of the object at the wrong place in a Flux kind',
    object: helmRelease({ install: { retries: 3 } }),
    code: 'schema/unknown-field',
    pointer: '/spec/install/retries',
    remedy: 'Move it down, to spec.install.remediation.retries.',
  },
  {
    title: 'a field of a neighbour',
    object: kustomization({ sourceRef: { kind: 'GitRepository', name: 'web', substitute: { a: 'b' } } }),
    code: 'schema/unknown-field',
    pointer: '/spec/sourceRef/substitute',
    remedy: 'Move it to spec.postBuild.substitute.',
  },
  {
    title: 'a field that is nowhere',
    object: configMap({ metadata: { name: 'web', zzz: 1 } }),
    code: 'schema/unknown-field',
    pointer: '/metadata/zzz',
    remedy: 'Take it out, or look up its name.',
  },
  {
    title: 'a field that bears the name of a method of JavaScript',
    object: configMap({ toString: 'a' }),
    code: 'schema/unknown-field',
    pointer: '/toString',
  },
  {
    title: 'an unknown field within an unknown status',
    object: deployment({}, {}, { status: { replica: 1 } }),
    code: 'schema/unknown-field',
    pointer: '/status/replica',
  },

  // Missing fields.
  {
    title: 'no selector',
    object: deployment({ selector: undefined }),
    code: 'schema/missing-field',
    pointer: '/spec/selector',
    message: 'spec.selector is missing.',
    remedy: 'Add selector, a map.',
  },
  {
    title: 'a field that is there and empty, in a built-in kind',
    object: pod({ containers: null }),
    code: 'schema/missing-field',
    pointer: '/spec/containers',
    remedy: 'Add containers, a list.',
  },
  {
    title: 'a container without a name',
    object: pod({}, { name: undefined }),
    code: 'schema/missing-field',
    pointer: '/spec/containers/0/name',
  },
  {
    title: 'a source without a url',
    object: gitRepository({ url: undefined }),
    code: 'schema/missing-field',
    pointer: '/spec/url',
    remedy: 'Add url, text.',
  },
  {
    title: 'a custom object without its spec',
    object: object('example.org/v1', 'Gauge', {}),
    code: 'schema/missing-field',
    pointer: '/spec',
  },
  {
    title: 'an item without the key of its list',
    object: object('v1', 'ServiceAccount', { secrets: [{ namespace: 'a' }] }),
    code: 'schema/missing-field',
    pointer: '/secrets/0/name',
  },
  {
    title: 'an embedded object without its kind',
    object: gauge({ template: { apiVersion: 'v1' } }),
    code: 'schema/missing-field',
    pointer: '/spec/template/kind',
  },

  // Types.
  {
    title: 'a number in quotes',
    object: deployment({ replicas: '2' }),
    code: 'schema/wrong-type',
    pointer: '/spec/replicas',
    message: 'spec.replicas must be a whole number, and is text.',
    remedy: 'Take the quotes away.',
  },
  {
    title: 'a truth value in quotes',
    object: kustomization({ prune: 'true' }),
    code: 'schema/wrong-type',
    pointer: '/spec/prune',
    remedy: 'Take the quotes away.',
  },
  {
    title: 'a number that is meant as text',
    object: env({ name: 'PORT', value: 8080 }),
    code: 'schema/wrong-type',
    pointer: '/spec/containers/0/env/0/value',
    message: 'spec.containers[0].env[0].value must be text, and is a whole number.',
    remedy: 'Put it into quotes.',
  },
  {
    title: 'a truth value as a label',
    object: configMap({ metadata: { name: 'web', labels: { 'example.org/on': true } } }),
    code: 'schema/wrong-type',
    pointer: '/metadata/labels/example.org~1on',
    message: 'metadata.labels["example.org/on"] must be text, and is true.',
    remedy: 'Put it into quotes.',
  },
  {
    title: 'text where a list should be',
    object: pod({}, { command: 'sleep 1' }),
    code: 'schema/wrong-type',
    pointer: '/spec/containers/0/command',
    remedy: 'Make it a list.',
  },
  {
    title: 'a map where a list should be',
    object: pod({}, { env: { A: 'b' } }),
    code: 'schema/wrong-type',
    pointer: '/spec/containers/0/env',
    message: 'spec.containers[0].env must be a list, and is a map.',
  },
  {
    title: 'a list where a map should be',
    object: kustomization({ sourceRef: [{ kind: 'GitRepository', name: 'web' }] }),
    code: 'schema/wrong-type',
    pointer: '/spec/sourceRef',
    remedy: 'Make it a map.',
  },
  {
    title: 'a fraction where a whole number should be',
    object: deployment({ replicas: 1.5 }),
    code: 'schema/wrong-type',
    pointer: '/spec/replicas',
    message: 'spec.replicas must be a whole number, and is a number.',
  },
  {
    title: 'a truth value as a number or text',
    object: ports({ port: 80, targetPort: true }),
    code: 'schema/wrong-type',
    pointer: '/spec/ports/0/targetPort',
    message: 'spec.ports[0].targetPort must be a whole number or text, and is true.',
  },
  {
    title: 'a truth value as a quantity',
    object: pod({}, { resources: { limits: { cpu: true } } }),
    code: 'schema/wrong-type',
    pointer: '/spec/containers/0/resources/limits/cpu',
    message: 'spec.containers[0].resources.limits.cpu must be a quantity, and is true.',
  },
  {
    title: 'nothing where a custom kind allows no nothing',
    object: kustomization({ path: null }),
    code: 'schema/wrong-type',
    pointer: '/spec/path',
    message: 'spec.path must be text, and is empty.',
    remedy: 'Write text, or take it out.',
  },
  {
    title: 'nothing as an item of a list with keys',
    object: pod({ volumes: [null] }),
    code: 'schema/wrong-type',
    pointer: '/spec/volumes/0',
  },
  {
    title: 'a fraction as a number or text of a custom kind',
    object: gauge({ port: 1.5 }),
    code: 'schema/wrong-type',
    pointer: '/spec/port',
  },
  {
    title: 'metadata of a custom object that is no metadata',
    object: { ...gauge({}), metadata: { name: 'web', annotations: { a: 1 } } },
    code: 'schema/wrong-type',
    pointer: '/metadata/annotations/a',
  },

  // Values.
  {
    title: 'a value of an enum in letters of the wrong case',
    object: service({ type: 'loadbalancer', ports: [{ port: 80 }] }),
    code: 'schema/invalid-value',
    pointer: '/spec/type',
    message:
      'spec.type must be one of "ClusterIP", "ExternalName", "LoadBalancer" or "NodePort", and is "loadbalancer".',
    remedy: 'Write "LoadBalancer".',
  },
  {
    title: 'no value of an enum',
    object: pod({ restartPolicy: 'Sometimes' }),
    code: 'schema/invalid-value',
    pointer: '/spec/restartPolicy',
    remedy: 'Write "Always", "Never" or "OnFailure".',
  },
  {
    title: 'no value of the enum of a list',
    object: object('v1', 'PersistentVolumeClaim', {
      spec: { accessModes: ['ReadWriteOften'], resources: { requests: { storage: '1Gi' } } },
    }),
    code: 'schema/invalid-value',
    pointer: '/spec/accessModes/0',
  },
  {
    title: 'a kind of source that there is not',
    object: kustomization({ sourceRef: { kind: 'HelmRepository', name: 'web' } }),
    code: 'schema/invalid-value',
    pointer: '/spec/sourceRef/kind',
  },
  {
    title: 'a duration without a unit',
    object: kustomization({ interval: '10' }),
    code: 'schema/invalid-value',
    pointer: '/spec/interval',
    message: 'spec.interval must fit the pattern ^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$, and is "10".',
    remedy: 'Write a duration with its units, such as 30s, 10m or 1h.',
  },
  {
    title: 'a duration in days',
    object: gitRepository({ interval: '1d' }),
    code: 'schema/invalid-value',
    pointer: '/spec/interval',
  },
  {
    title: 'a url with a scheme that is not allowed',
    object: gitRepository({ url: 'git@git.example.org:web.git' }),
    code: 'schema/invalid-value',
    pointer: '/spec/url',
    remedy: 'Begin it with http://, https:// or ssh://.',
  },
  {
    title: 'a quantity with a unit that there is not',
    object: pod({}, { resources: { limits: { memory: '1GB' } } }),
    code: 'schema/invalid-value',
    pointer: '/spec/containers/0/resources/limits/memory',
    message: 'spec.containers[0].resources.limits.memory must be a quantity, and is "1GB".',
    remedy: 'Write it like 500m, 2 or 1Gi.',
  },
  {
    title: 'a number beyond 32 bits',
    object: deployment({ replicas: 4_294_967_296 }),
    code: 'schema/invalid-value',
    pointer: '/spec/replicas',
  },
  {
    title: 'data of a ConfigMap that is not base64',
    object: configMap({ binaryData: { a: 'not base64' } }),
    code: 'schema/invalid-value',
    pointer: '/binaryData/a',
    remedy: 'Write it like aGVsbG8=.',
  },
  {
    title: 'data of a Secret that is not base64, which is not shown',
    object: secret({ data: { password: 'hunter2!' } }),
    code: 'schema/invalid-value',
    pointer: '/data/password',
    message: 'data.password must be base64.',
  },
  {
    title: 'a number as text of a Secret, which is not shown',
    object: secret({ stringData: { pin: 4711 } }),
    code: 'schema/wrong-type',
    pointer: '/stringData/pin',
    message: 'stringData.pin must be text, and is a whole number.',
  },
  {
    title: 'no time',
    object: configMap({ metadata: { name: 'web', creationTimestamp: 'yesterday' } }),
    code: 'schema/invalid-value',
    pointer: '/metadata/creationTimestamp',
  },
  {
    title: 'less than the least',
    object: gauge({ size: 0 }),
    code: 'schema/invalid-value',
    pointer: '/spec/size',
    message: 'spec.size must be at least 1, and is 0.',
  },
  {
    title: 'as much as may not be reached',
    object: gauge({ size: 100 }),
    code: 'schema/invalid-value',
    pointer: '/spec/size',
    remedy: 'Write a number of less than 100.',
  },
  { title: 'no multiple', object: gauge({ max: 7 }), code: 'schema/invalid-value', pointer: '/spec/max' },
  {
    title: 'text that is too long',
    object: gauge({ labels: { a: 'abcdef' } }),
    code: 'schema/invalid-value',
    pointer: '/spec/labels/a',
    message: 'spec.labels.a must have at most 5 characters, and has 6.',
  },
  {
    title: 'too many keys',
    object: gauge({ labels: { a: 'a', b: 'b', c: 'c' } }),
    code: 'schema/invalid-value',
    pointer: '/spec/labels',
  },
  {
    title: 'too many items',
    object: gauge({ tags: ['a', 'b', 'c', 'd'] }),
    code: 'schema/invalid-value',
    pointer: '/spec/tags',
    message: 'spec.tags must have at most 3 items, and has 4.',
  },
  {
    title: "a pattern in Go's syntax",
    object: gauge({ tags: ['ab'] }),
    code: 'schema/invalid-value',
    pointer: '/spec/tags/0',
  },
  {
    title: 'a quantity of a custom kind',
    object: gauge({ memory: '1GB' }),
    code: 'schema/invalid-value',
    pointer: '/spec/memory',
  },
  {
    title: 'a day that there is not',
    object: gauge({ until: '2020-02-30' }),
    code: 'schema/invalid-value',
    pointer: '/spec/until',
  },
  {
    title: 'a range of addresses that is too narrow',
    object: gauge({ range: '10.0.0.0/33' }),
    code: 'schema/invalid-value',
    pointer: '/spec/range',
  },
  {
    title: 'a name that is longer than the kind allows',
    object: { ...gauge({}), metadata: { name: 'eleven-char' } },
    code: 'schema/invalid-value',
    pointer: '/metadata/name',
  },

  // Lists whose items have keys.
  {
    title: 'a variable twice',
    object: env({ name: 'A', value: 'a' }, { name: 'B', value: 'b' }, { name: 'A', value: 'c' }),
    code: 'schema/duplicate-item',
    pointer: '/spec/containers/0/env/2',
    message: 'spec.containers[0].env[2] has the same name as item 0.',
    remedy: 'Give it a name of its own, or take one of the two out.',
  },
  {
    title: 'a port twice, once by the default of its protocol',
    object: ports({ name: 'a', port: 80 }, { name: 'b', port: 80, protocol: 'TCP' }),
    code: 'schema/duplicate-item',
    pointer: '/spec/ports/1',
    message: 'spec.ports[1] has the same port and protocol as item 0.',
  },
  {
    title: 'a finalizer twice',
    object: configMap({ metadata: { name: 'web', finalizers: ['example.org/a', 'example.org/a'] } }),
    code: 'schema/duplicate-item',
    pointer: '/metadata/finalizers/1',
  },
  {
    title: 'an item twice in a list of a custom kind',
    object: gauge({ ports: [{ number: 1 }, { number: 1, protocol: 'TCP', note: 'again' }] }),
    code: 'schema/duplicate-item',
    pointer: '/spec/ports/1',
  },

  // Rules.
  {
    title: 'a release with two charts',
    object: helmRelease({ chart: { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'web' } } } }),
    code: 'schema/broken-rule',
    pointer: '/spec',
    message: 'spec breaks a rule: it must have either chart or chartRef, and not both.',
  },
  {
    title: 'a release with no chart',
    object: helmRelease({ chartRef: undefined }),
    code: 'schema/broken-rule',
    pointer: '/spec',
  },
  {
    title: 'a rule that depends on a default',
    object: object('source.toolkit.fluxcd.io/v1', 'Bucket', {
      spec: { bucketName: 'a', endpoint: 'b', interval: '1h', serviceAccountName: 'c' },
    }),
    code: 'schema/broken-rule',
    pointer: '/spec',
    message: "spec breaks a rule: it may not have serviceAccountName with the provider 'generic'.",
  },
  {
    title: 'a rule of a CustomResourceDefinition with a message',
    object: gauge({ max: 0 }),
    code: 'schema/broken-rule',
    pointer: '/spec',
    message: 'spec breaks a rule: size must not be more than max.',
  },
  {
    title: 'a rule without a message',
    object: gauge({ mode: 'slow', size: 10 }),
    code: 'schema/broken-rule',
    pointer: '/spec',
    message: "spec breaks a rule: self.mode != 'slow' || self.size < 10.",
  },
  {
    title: 'a rule over fields whose names are no identifiers',
    object: gauge({ namespace: 'south' }),
    code: 'schema/broken-rule',
    pointer: '/spec',
  },
  {
    title: "a rule with an expression in Go's syntax",
    object: gauge({ labels: { a: '1' } }),
    code: 'schema/broken-rule',
    pointer: '/spec',
  },
  {
    title: 'a rule over the whole object',
    object: { ...gauge({}), metadata: { name: 'forbidden' } },
    code: 'schema/broken-rule',
    pointer: '',
    message: 'The object breaks a rule: the name is taken.',
  },
  {
    title: 'two of which one may be',
    object: gauge({ source: { git: 'a', bucket: 'b' } }),
    code: 'schema/broken-rule',
    pointer: '/spec/source',
    message: 'spec.source may have only one of git and bucket.',
  },
  {
    title: 'none of which one must be',
    object: gauge({ target: {} }),
    code: 'schema/broken-rule',
    pointer: '/spec/target',
    message: 'spec.target must have name or selector.',
  },
  {
    title: 'what may not be',
    object: gauge({ target: { name: 'a', forbidden: 'b' } }),
    code: 'schema/broken-rule',
    pointer: '/spec/target',
    message: 'spec.target may not have forbidden.',
  },
  {
    title: 'not all of several limits',
    object: gauge({ level: 1 }),
    code: 'schema/broken-rule',
    pointer: '/spec/level',
  },
];

/** Objects that look wrong and are right. */
export const RIGHT: Readonly<Record<string, JsonObject>> = {
  'nothing, in a built-in kind': configMap({ data: null, metadata: { name: 'web', creationTimestamp: null } }),
  'an empty text for an enum of a built-in kind': pod({ restartPolicy: '' }),
  'a binding without the group of its role': object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', {
    roleRef: { kind: 'ClusterRole', name: 'view' },
  }),
  'a priority of nothing': object('scheduling.k8s.io/v1', 'PriorityClass', {}),
  'quantities as numbers': pod({}, { resources: { limits: { cpu: 1.5, memory: 1_000_000_000 } } }),
  'quantities with exponents and fractions': pod({}, { resources: { limits: { cpu: '.5', memory: '1.5e3' } } }),
  'a port by name': ports({ port: 80, targetPort: 'http' }),
  'one port for two protocols': ports({ name: 'a', port: 53 }, { name: 'b', port: 53, protocol: 'UDP' }),
  'data of a Secret with line breaks': secret({ data: { a: 'aGVs\nbG8=\n' } }),
  'a status of a Flux kind that lacks fields': { ...gitRepository({}), status: { conditions: [{}] } },
  'nothing where a custom kind has a default': kustomization({ force: null }),
  'nothing where a custom kind allows it': gauge({ limit: null }),
  'anything where a custom kind is open': gauge({ values: { a: [null, { b: 1 }] }, partly: { other: 1 } }),
  'an object within an object': gauge({
    template: { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: 'b' } }, spec: { any: 1 } },
  }),
  'a port of a custom kind as a number': gauge({ port: 80 }),
  'a duration in words': gauge({ wait: '2 days' }),
  'a duration as in ISO 8601': gauge({ wait: 'PT1H' }),
  'an address with leading zeros': gauge({ address: '010.001.002.003' }),
  'a format that nobody knows': gauge({ odd: '?' }),
  'a status that is dropped': { ...gauge({}), status: {} },
  'nothing in a status that is dropped': { ...gauge({}), status: { phase: null } },
};
