import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../src/errors.ts';
import {
  generateKustomization,
  loadVariables,
  MemoryTree,
  OverlaidTree,
  parsePostBuild,
  substitute,
  writeGoYaml,
} from '../../../src/flux/index.ts';
import { buildNatively } from '../../../src/flux/kustomize/index.ts';
import { isObject, type JsonObject, readDocument, readDocuments } from '../../../src/manifest/index.ts';
import { readTree } from '../../support/folder-tree.ts';
import { describeWithShared } from '../../support/shared.ts';

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

function generated(files: Readonly<Record<string, string>>, spec: JsonObject = {}, folder = 'app'): JsonObject {
  const { content } = generateKustomization(new MemoryTree(Object.entries(files)), folder, spec);
  const value = readDocument(content, { dialect: 'sigs' })?.value;
  if (!isObject(value)) throw new Error('no map');
  return value;
}

function errorOf(work: () => unknown): SlipwayError {
  try {
    work();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('the kustomization.yaml that Flux builds', () => {
  test('lists every manifest below a folder that has none, and folders that have one as a whole', () => {
    const { resources } = generated({
      'app/b.yaml': configMap('b'),
      'app/a/c.yml': configMap('c'),
      'app/base/kustomization.yaml': 'resources: [x.yaml]\n',
      'app/base/x.yaml': configMap('x'),
      'app/README.md': 'no manifest\n',
    });
    expect(resources).toEqual(['./a/c.yml', './b.yaml', './base']);
  });

  test('builds nothing from a folder without manifests', () => {
    expect(generated({ 'app/README.md': 'x\n' })).toMatchObject({ namespace: '_placeholder' });
  });

  test('is refused where a YAML file of such a folder cannot be read', () => {
    const error = errorOf(() => generated({ 'app/values.yaml': 'replicas: [1\n' }));
    expect([error.code, error.place.file]).toEqual(['flux/not-kubernetes-yaml', 'app/values.yaml']);
  });

  test('takes the fields of the spec, and keeps what it had', () => {
    const spec = {
      targetNamespace: 'web',
      namePrefix: 'a-',
      nameSuffix: '-z',
      patches: [{ patch: 'x', target: { kind: 'Deployment' } }],
      components: ['../part'],
      images: [{ name: 'nginx', newTag: '1.2' }],
    };
    const files = {
      'app/kustomization.yaml':
        'namespace: old\nresources: [a.yaml]\nimages: [{name: nginx, newName: mirror, digest: sha256:1}]\n',
      'app/a.yaml': configMap('a'),
      'part/kustomization.yaml': 'kind: Component\n',
    };
    expect(generated(files, spec)).toMatchObject({
      namespace: 'web',
      namePrefix: 'a-',
      nameSuffix: '-z',
      resources: ['a.yaml'],
      patches: [{ patch: 'x', target: { kind: 'Deployment' } }],
      components: ['../part'],
      images: [{ name: 'nginx', newName: 'mirror', newTag: '1.2' }],
    });
    expect(generated(files, spec).images).toEqual([{ name: 'nginx', newName: 'mirror', newTag: '1.2' }]);
  });

  test('asks for origins where it has no resources of its own', () => {
    const file = { 'app/kustomization.yaml': 'configMapGenerator: [{name: a, literals: [A=1]}]\n' };
    expect(generated(file).buildMetadata).toEqual(['originAnnotations']);
  });

  test('takes no component from elsewhere', () => {
    const file = { 'app/kustomization.yaml': 'resources: [a.yaml]\n', 'app/a.yaml': configMap('a') };
    for (const component of ['https://example.org/x', '/etc']) {
      expect(errorOf(() => generated(file, { components: [component] })).code).toBe('flux/bad-component');
    }
  });
});

describeWithShared('flux-fixtures/pkg-kustomize', 'Flux’s own example', (folder) => {
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const specOf = (file: string): { object: JsonObject; spec: JsonObject } => {
    const object = readDocument(read(file))?.value;
    if (!isObject(object) || !isObject(object.spec)) throw new Error(file);
    return { object, spec: object.spec };
  };
  const built = (file: string): readonly JsonObject[] => {
    const tree = readTree(join(folder, 'resources'));
    const { file: path, content } = generateKustomization(tree, '', specOf(file).spec);
    return buildNatively(new OverlaidTree(tree, new Map([[path, content]])), '');
  };
  const documents = (file: string): unknown => readDocuments(read(file)).map(({ value }) => value);

  test('is built with its patch as Flux’s test expects', () => {
    expect(built('kustomization.yaml')).toEqual(documents('kustomization_expected.yaml'));
  });

  test('has its variables replaced as Flux’s test expects', () => {
    const postBuild = parsePostBuild(specOf('kustomization_varsub.yaml').object);
    if (postBuild === undefined) throw new Error('no postBuild');
    const source = new Map([
      ['image', 'nginx:1.21.4'],
      ['prometheus_port', '"9797"'],
      ['prometheus_scrape', '"true"'],
    ]);
    const variables = loadVariables(postBuild, () => source);
    const objects = built('kustomization.yaml').map((object) => {
      return readDocument(writeGoYaml(substitute(object, variables)))?.value;
    });
    const [expected] = documents('kustomization_varsub_expected.yaml') as [JsonObject];
    expect(objects[0]).toMatchObject({ metadata: expected.metadata as JsonObject });
  });
});
