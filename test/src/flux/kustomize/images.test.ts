import { describe, expect, test } from '@jest/globals';
import { MemoryTree } from '../../../../src/flux/index.ts';
import { buildText } from '../../../support/krusty.ts';
import { realKustomize } from '../../../support/real-kustomize.ts';
import { describeWithTool } from '../../../support/tools.ts';

type Files = Readonly<Record<string, string>>;

const native = (files: Files): ReturnType<typeof buildText> => buildText(new MemoryTree(Object.entries(files)), '');

const pod = (...images: readonly string[]): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n  containers:\n${images
    .map((image, at) => `    - name: c${at}\n      image: ${image}\n`)
    .join('')}`;

const withImages = (images: string, object: string, more = ''): Files => ({
  'kustomization.yaml': `resources: [object.yaml]\nimages: ${images}\n${more}`,
  'object.yaml': object,
});

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** What `images` makes of each way in which an image is written, and of each kind of object. */
const CASES: Readonly<Record<string, Files>> = {
  'a new tag': withImages('[{ name: nginx, newTag: "2" }]', pod('nginx', 'nginx:1', 'other:1', 'nginx-x:1')),
  'a new name': withImages(
    '[{ name: nginx, newName: registry.example:5000/nginx }]',
    pod('nginx:1', `nginx@${DIGEST}`),
  ),
  'a digest in place of a tag': withImages(`[{ name: nginx, digest: "${DIGEST}" }]`, pod('nginx:1', 'nginx')),
  'a tag and a digest': withImages(`[{ name: nginx, newTag: "2", digest: "${DIGEST}" }]`, pod('nginx:1')),
  'a suffix of the tag': withImages('[{ name: nginx, tagSuffix: -x }]', pod('nginx:1', 'nginx', `nginx:1@${DIGEST}`)),
  'a tag and a suffix': withImages('[{ name: nginx, newTag: "2", tagSuffix: -x }]', pod('nginx:1')),
  'a tag in place of a tag and a digest': withImages('[{ name: nginx, newTag: "2" }]', pod(`nginx:1@${DIGEST}`)),
  'a name with a registry and a port': withImages(
    '[{ name: "registry.example:5000/team/app", newTag: "2" }]',
    pod('registry.example:5000/team/app:1', 'registry.example:5000/team/app', 'registryXexample:5000/team/app:1'),
  ),
  'a name that is a pattern': withImages('[{ name: "(a|b)/.*", newTag: "2" }]', pod('a/x:1', 'b/y', 'c/z:1')),
  'a name that is no pattern': withImages('[{ name: "(", newTag: "2" }]', pod('a:1')),
  'no name': withImages('[{ newTag: "2" }]', pod('nginx:1', '":1"')),
  'tags as Bazel writes them': withImages('[{ name: nginx, newTag: "2" }]', pod('"nginx:{STABLE_TAG}"')),
  'quotes, which stay': withImages('[{ name: nginx, newTag: "2" }]', pod('"nginx:1"', "'nginx:1'")),
  'a name that reads as a number': withImages('[{ name: nginx, newName: "123" }]', pod('nginx', '"nginx"')),
  'a name that reads as a number with a tag': withImages(
    '[{ name: nginx, newName: "12", newTag: "30" }]',
    pod('nginx'),
  ),
  'several entries, one after the other': withImages(
    '[{ name: a, newName: b }, { name: b, newTag: "2" }]',
    pod('a:1', 'b:1'),
  ),
  'initContainers, and lists of that name anywhere': withImages(
    '[{ name: a, newTag: "2" }]',
    'apiVersion: example.org/v1\nkind: Thing\nmetadata: { name: t }\nspec:\n  deep: [{ containers: [{ image: "a:1" }, { noImage: 1 }, null] }]\n  initContainers: [{ image: a }]\n  containers: { image: a }\n',
  ),
  'volumes of images': withImages(
    '[{ name: a, newTag: "2" }]',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d }\nspec:\n  template:\n    spec:\n      containers: [{ name: c, image: "a:1" }]\n      volumes: [{ name: v, image: { reference: "a:1" } }, { name: w, emptyDir: {} }]\n',
  ),
  'a CronJob, by the lists alone': withImages(
    '[{ name: a, newTag: "2" }]',
    'apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: c }\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers: [{ name: c, image: "a:1" }]\n          volumes: [{ name: v, image: { reference: "a:1" } }]\n',
  ),
  'a CustomResourceDefinition, not': withImages(
    '[{ name: a, newTag: "2" }]',
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: c }\nspec: { containers: [{ image: "a:1" }] }\n',
  ),
  'an image that is null': withImages('[{ name: a, newTag: "2" }]', pod('a:1', '')),
  'an image that is a number': withImages('[{ name: a, newTag: "2" }]', pod('5')),
  'a container that is a text': withImages(
    '[{ name: a, newTag: "2" }]',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [a] }\n',
  ),
  'a configuration of more images': {
    ...withImages(
      '[{ name: a, newTag: "2" }]',
      'apiVersion: example.org/v1\nkind: Thing\nmetadata: { name: t }\nspec: { runner: { image: "a:1" }, other: { image: "a:1" } }\n',
      'configurations: [config.yaml]\n',
    ),
    'config.yaml':
      'images: [{ kind: Thing, path: spec/runner/image }, { kind: Thing, path: spec/missing/image, create: true }]\n',
  },
  'a component, and what is above it': {
    'kustomization.yaml': 'resources: [object.yaml]\ncomponents: [part]\nimages: [{ name: b, newTag: "3" }]\n',
    'part/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages: [{ name: a, newName: b, newTag: "2" }]\n',
    'object.yaml': pod('a:1', 'b:1'),
  },
  imageTags: {
    'kustomization.yaml':
      'resources: [o.yaml]\nimageTags: [{ name: a, newTag: "2" }]\nimages: [{ name: a, newTag: "1" }]\n',
    'o.yaml': pod('a'),
  },
  'a new tag that is a number': withImages('[{ name: a, newTag: 2 }]', pod('a:1')),
};

/** Left to the real program, and why. */
const NOT_COVERED = [
  'a name that is no pattern',
  'a name that reads as a number',
  'an image that is a number',
  'a container that is a text',
  'a new tag that is a number',
];

describeWithTool('kustomize', '`images` of a kustomization', (kustomize) => {
  test.each(Object.keys(CASES).filter((name) => !NOT_COVERED.includes(name)))('%s: as kustomize does', (name) => {
    const files = CASES[name] ?? {};
    const expected = realKustomize(kustomize, files);
    expect(expected).toBeDefined();
    expect(native(files)).toEqual({ text: expected });
  });

  test.each(NOT_COVERED)('%s: left to kustomize', (name) => {
    expect(native(CASES[name] ?? {})).toHaveProperty('notCovered');
  });
});

describeWithTool('kustomize', '`patchesJson6902` of a kustomization', (kustomize) => {
  const target = '{ version: v1, kind: Pod, name: p }';
  const withPatch = (entry: string, more: Files = {}): Files => ({
    'kustomization.yaml': `resources: [object.yaml]\npatchesJson6902: [${entry}]\n`,
    'object.yaml': pod('a:1'),
    ...more,
  });
  const patches: Readonly<Record<string, Files>> = {
    'a patch of YAML': withPatch(
      `{ target: ${target}, patch: "- { op: add, path: /metadata/labels, value: { a: b } }" }`,
    ),
    'a patch of JSON in a file': withPatch(`{ target: ${target}, path: patch.json }`, {
      'patch.json': '[{ "op": "replace", "path": "/spec/containers/0/image", "value": "b:2" }]\n',
    }),
    'after annotations and before images': {
      'kustomization.yaml': `resources: [object.yaml]\ncommonAnnotations: { a: "1" }\nimages: [{ name: b, newTag: "3" }]\npatchesJson6902: [{ target: ${target}, path: patch.yaml }]\n`,
      'patch.yaml':
        '- { op: replace, path: /spec/containers/0/image, value: "b:2" }\n- { op: replace, path: /metadata/annotations/a, value: "2" }\n',
      'object.yaml': pod('a:1'),
    },
    'a name that it changes, which references to it follow or do not': {
      'kustomization.yaml': `resources: [objects.yaml]\npatchesJson6902: [{ target: { kind: ConfigMap, name: c }, patch: "- { op: replace, path: /metadata/name, value: d }" }]\n`,
      'objects.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: a, envFrom: [{ configMapRef: { name: c } }] }] }\n`,
    },
    'a name with a prefix that it changes': {
      'kustomization.yaml': `resources: [objects.yaml]\nnamePrefix: pre-\npatchesJson6902: [{ target: { kind: ConfigMap, name: c }, patch: "- { op: replace, path: /metadata/name, value: d }" }]\n`,
      'objects.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: a, envFrom: [{ configMapRef: { name: c } }] }] }\n`,
    },
    'a target that is not there': withPatch(
      `{ target: { kind: Pod, name: q }, patch: "- { op: add, path: /metadata/labels, value: { a: b } }" }`,
    ),
    'several targets of one pattern': {
      'kustomization.yaml': `resources: [objects.yaml]\npatchesJson6902: [{ target: { kind: ConfigMap, name: "c.*" }, patch: "- { op: add, path: /data, value: { a: b } }" }]\n`,
      'objects.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c1 }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: c2 }\n`,
    },
  };
  test.each(Object.entries(patches))('%s: as kustomize does', (_name, files) => {
    const expected = realKustomize(kustomize, files);
    expect(expected).toBeDefined();
    expect(native(files)).toEqual({ text: expected });
  });

  test.each([
    ['no name in its target', `{ target: { kind: Pod }, patch: "- { op: remove, path: /spec }" }`],
    ['no target', `{ patch: "- { op: remove, path: /spec }" }`],
    ['a list that is no JSON', `{ target: ${target}, patch: "[{ op: remove, path: /spec }]" }`],
    ['no operation', `{ target: ${target}, patch: "[]" }`],
    [
      'an annotation where there is none',
      `{ target: ${target}, patch: "- { op: add, path: /metadata/annotations/a, value: b }" }`,
    ],
    ['a path that is not there', `{ target: ${target}, patch: "- { op: remove, path: /status }" }`],
  ])('%s: left to kustomize, which refuses it', (_what, entry) => {
    const files = withPatch(entry);
    expect(realKustomize(kustomize, files)).toBeUndefined();
    expect(native(files)).toHaveProperty('notCovered');
  });

  test('a list in `patches` that is no JSON is refused as well', () => {
    const files = {
      'kustomization.yaml': `resources: [object.yaml]\npatches: [{ target: { kind: Pod }, patch: "[{ op: remove, path: /spec }]" }]\n`,
      'object.yaml': pod('a:1'),
    };
    expect(realKustomize(kustomize, files)).toBeUndefined();
    expect(native(files)).toHaveProperty('notCovered');
  });
});

describe('images', () => {
  test('leave an object that they do not change as it is', () => {
    const files = withImages('[{ name: none, newTag: "2" }]', pod('a:1'));
    expect(native(files)).toEqual(native({ ...files, 'kustomization.yaml': 'resources: [object.yaml]\n' }));
  });
});
