import { describe, expect, test } from '@jest/globals';
import { MemoryTree } from '../../../../src/flux/index.ts';
import { identityOf, type ObjectIdentity } from '../../../../src/manifest/index.ts';
import {
  createEngine,
  createKustomizeProgram,
  type Engine,
  type Rendered,
  walk,
} from '../../../../src/render/index.ts';
import { type FilePosition, Origins } from '../../../../src/render/origin/index.ts';
import { describeWithTool } from '../../../support/tools.ts';

const native = createEngine(createKustomizeProgram(undefined, undefined));

const FILES = {
  'clusters/home/apps.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  path: ./apps
  sourceRef: { kind: GitRepository, name: flux-system }
  patches:
    - target: { kind: Kustomization }
      patch: |
        # for all apps
        - op: add
          path: /spec/patches
          value:
            - target: { kind: Deployment }
              patch: |
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: _ }
                spec:
                  revisionHistoryLimit: 3
`,
  'apps/kustomization.yaml': 'resources:\n  - site/ks.yaml\n  - settings.yaml\n',
  'apps/settings.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: flux-system }\ndata:\n  HOST: example.org\n',
  'apps/site/ks.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: site
  namespace: flux-system
spec:
  path: ./apps/site/app
  sourceRef: { kind: GitRepository, name: flux-system }
  targetNamespace: web
  postBuild:
    substitute:
      APP: site
    substituteFrom:
      - { kind: ConfigMap, name: settings }
      - { kind: Secret, name: only-in-the-cluster }
`,
  'apps/site/app/kustomization.yaml': `resources:
  - ../../base
components:
  - ../../../components/ha
configMapGenerator:
  - name: config
    files:
      - page=page.html
    literals:
      - mode=quiet
patches:
  - path: patch.yaml
  - target: { kind: Service }
    patch: |-
      - op: add
        path: /spec/ports/-
        value: { name: metrics, port: 9090 }
replacements:
  - source: { kind: Service, name: site, fieldPath: metadata.name }
    targets:
      - select: { kind: Deployment }
        fieldPaths: [spec.template.metadata.labels.app]
labels:
  - pairs: { team: web }
`,
  'apps/site/app/page.html': '<p>\n',
  'apps/site/app/patch.yaml':
    '# more memory\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: site }\nspec:\n  template:\n    spec:\n      containers:\n        - name: site\n          image: site:2\n',
  'apps/base/kustomization.yaml': 'resources: [all.yaml]\n',
  'apps/base/all.yaml': `apiVersion: v1
kind: Service
metadata:
  name: site
spec:
  ports: [{ name: http, port: 80 }]
  externalName: \${HOST}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: site
  annotations: { app: "\${APP}", unset: "\${UNSET}", no: "$\${VARIABLE}" }
spec:
  replicas: 1
  template:
    metadata: { labels: { app: other } }
    spec:
      containers: [{ name: site, image: site:1 }]
`,
  'components/ha/kustomization.yaml': `kind: Component
apiVersion: kustomize.config.k8s.io/v1alpha1
patches:
  - target: { kind: Deployment }
    patch: |
      - op: replace
        path: /spec/replicas
        value: 2
`,
};

async function render(files: Readonly<Record<string, string>> = FILES, engine: Engine = native) {
  return walk({ tree: new MemoryTree(Object.entries(files)), entry: 'clusters/home', engine });
}

function find(rendered: readonly Rendered[], kind: string, kustomization = 'site'): ObjectIdentity {
  const owner = rendered.find(({ name }) => name === kustomization);
  const object = owner?.objects.find((one) => one.kind === kind);
  if (object === undefined) throw new Error(`no ${kind}: ${String(owner?.error?.message)}`);
  return identityOf(object);
}

const at = (position: FilePosition | undefined): string | undefined =>
  position === undefined
    ? undefined
    : [position.file, position.line, position.column].filter((part) => part !== undefined).join(':');

describe('what made an object', () => {
  test('holds the entry of `images` that set one, in the kustomization or in the spec', async () => {
    const rendered = await render({
      'clusters/home/site.yaml':
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: site, namespace: flux-system }\n' +
        'spec:\n  path: ./site\n  sourceRef: { kind: GitRepository, name: flux-system }\n' +
        '  images:\n    - { name: site, newTag: "3" }\n',
      'site/kustomization.yaml': 'resources: [pod.yaml]\nimages:\n  - { name: old, newName: site }\n',
      'site/pod.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: c, image: "old:1" }] }\n',
    });
    const origins = new Origins(rendered);
    const origin = await origins.of('flux-system/site', find(rendered, 'Pod'));
    expect(origin?.parts.slice(1).map(({ kind, position, fields }) => [kind, at(position), fields])).toEqual([
      ['images', 'site/kustomization.yaml:3:5', ['/spec/containers/0/image']],
      ['images', 'clusters/home/site.yaml:8:7', ['/spec/containers/0/image']],
    ]);
  });

  test('is told part by part, with the line of each, the way to it, and what it set', async () => {
    const rendered = await render();
    const origin = await new Origins(rendered).of('flux-system/site', find(rendered, 'Deployment'));
    expect(origin?.tracedBy).toBe('native');
    expect(
      origin?.parts.map(({ kind, position, through, fields }) => [kind, at(position), through.map(at), fields]),
    ).toEqual([
      [
        'resource',
        'apps/base/all.yaml:9:1',
        ['apps/base/kustomization.yaml:1:13', 'apps/site/app/kustomization.yaml:2:5'],
        [''],
      ],
      ['patch', 'components/ha/kustomization.yaml:6:7', ['apps/site/app/kustomization.yaml:4:5'], ['/spec/replicas']],
      [
        'patch',
        'apps/site/app/patch.yaml:2:1',
        ['apps/site/app/kustomization.yaml:12:5'],
        ['/spec/template/spec/containers/0/image'],
      ],
      ['patch', 'clusters/home/apps.yaml:18:17', [], ['/spec/revisionHistoryLimit']],
      ['namespace', 'apps/site/ks.yaml:9:20', [], ['/metadata/namespace']],
      ['labels', 'apps/site/app/kustomization.yaml:24:3', [], ['/metadata/labels']],
      ['replacement', 'apps/site/app/kustomization.yaml:19:5', [], ['/spec/template/metadata/labels/app']],
    ]);
  });

  test('is, for a variable, where its value is written: in line, in a ConfigMap, or nowhere in the repository', async () => {
    const rendered = await render();
    const origins = new Origins(rendered);
    const ofDeployment = await origins.of('flux-system/site', find(rendered, 'Deployment'));
    const ofService = await origins.of('flux-system/site', find(rendered, 'Service'));
    expect(ofDeployment?.variables).toEqual([
      {
        name: 'APP',
        from: 'spec.postBuild.substitute',
        position: { file: 'apps/site/ks.yaml', line: 12, column: 12 },
      },
      { name: 'UNSET', from: 'no source in this repository', position: undefined },
    ]);
    expect(ofService?.variables).toEqual([
      {
        name: 'HOST',
        from: 'ConfigMap/flux-system/settings',
        position: { file: 'apps/settings.yaml', line: 5, column: 9 },
      },
    ]);
  });

  test('is, for a generated ConfigMap, its generator and the files that it reads', async () => {
    const rendered = await render();
    const origin = await new Origins(rendered).of('flux-system/site', find(rendered, 'ConfigMap'));
    expect(origin?.parts[0]).toMatchObject({
      kind: 'generator',
      position: { file: 'apps/site/app/kustomization.yaml', line: 6, column: 5 },
      sources: [{ file: 'apps/site/app/page.html' }],
    });
  });

  test('is the parent of a Kustomization too', async () => {
    const rendered = await render();
    const origin = await new Origins(rendered).of('flux-system/apps', find(rendered, 'Kustomization', 'apps'));
    expect(origin?.parts.map(({ kind, position, fields }) => [kind, at(position), fields])).toEqual([
      ['resource', 'apps/site/ks.yaml:1:1', ['']],
      ['patch', 'clusters/home/apps.yaml:13:9', ['/spec/patches']],
    ]);
  });

  test('is no line where Flux lists what lies in a folder by itself', async () => {
    const rendered = await render({
      'clusters/home/apps.yaml': FILES['clusters/home/apps.yaml'],
      'apps/settings.yaml': FILES['apps/settings.yaml'],
    });
    const origin = await new Origins(rendered).of('flux-system/apps', find(rendered, 'ConfigMap', 'apps'));
    expect(origin?.parts).toEqual([
      {
        kind: 'resource',
        position: { file: 'apps/settings.yaml', line: 1, column: 1 },
        through: [],
        sources: [],
        fields: [''],
      },
    ]);
  });
});

describe('where a field is written', () => {
  test.each([
    ['Deployment', '', 'apps/base/all.yaml:9:1'],
    ['Deployment', '/spec/replicas', 'components/ha/kustomization.yaml:8:16'],
    ['Deployment', '/spec/revisionHistoryLimit', 'clusters/home/apps.yaml:22:41'],
    ['Deployment', '/spec/template/spec/containers/0/image', 'apps/site/app/patch.yaml:10:18'],
    ['Deployment', '/spec/template/spec/containers/0/name', 'apps/base/all.yaml:19:28'],
    ['Deployment', '/spec/nothing', 'apps/base/all.yaml:15:3'],
    ['Deployment', '/metadata/labels/team', 'apps/site/app/kustomization.yaml:24:3'],
    ['Service', '/spec/ports/1/port', 'apps/site/app/kustomization.yaml:17:39'],
    ['ConfigMap', '/data/page', 'apps/site/app/page.html'],
    ['ConfigMap', '/data/mode', 'apps/site/app/kustomization.yaml:10:9'],
  ])('of %s, %s', async (kind, pointer, expected) => {
    const rendered = await render();
    const origins = new Origins(rendered);
    expect(at(await origins.placeOf('flux-system/site', find(rendered, kind), pointer))).toBe(expected);
  });

  test('is not known of what another source holds, and its name is told', async () => {
    const source = { kind: 'GitRepository', namespace: 'flux-system', name: 'other' };
    const files = {
      ...FILES,
      'clusters/home/apps.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: other, namespace: flux-system }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: site, namespace: flux-system }
spec: { path: ./deploy, sourceRef: { kind: GitRepository, name: other } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: first, namespace: flux-system }
spec: { path: ./none, sourceRef: { kind: GitRepository, name: flux-system } }
`,
    };
    const other = new MemoryTree([['deploy/a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n']]);
    const rendered = await walk({
      tree: new MemoryTree(Object.entries(files)),
      entry: 'clusters/home',
      engine: native,
      sources: new Map([[`${source.kind}/${source.namespace}/${source.name}`, other]]),
    });
    expect(await new Origins(rendered).placeOf('flux-system/site', find(rendered, 'ConfigMap'), '')).toEqual({
      file: 'deploy/a.yaml',
      source: 'GitRepository/flux-system/other',
      line: 1,
      column: 1,
    });
  });

  test('has an end where a Kustomization patches itself', async () => {
    const files = {
      'clusters/home/self.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: self, namespace: flux-system }
spec:
  path: ./clusters/home
  sourceRef: { kind: GitRepository, name: flux-system }
  patches:
    - target: { kind: Kustomization }
      patch: |
        - { op: add, path: /spec/patches/0/patch, value: "- { op: add, path: /spec/wait, value: true }" }
`,
    };
    const rendered = await render(files);
    const place = await new Origins(rendered).placeOf(
      'flux-system/self',
      find(rendered, 'Kustomization', 'self'),
      '/spec/patches/0/patch',
    );
    expect(place?.file ?? 'clusters/home/self.yaml').toBe('clusters/home/self.yaml');
  });
});

describeWithTool('kustomize', 'what made an object of a folder that kustomize builds', (program) => {
  test('is told by file, and by what ran over it', async () => {
    const real = createEngine(createKustomizeProgram(program, undefined), true);
    const rendered = await render(FILES, real);
    const origin = await new Origins(rendered).of('flux-system/site', find(rendered, 'Deployment'));
    expect(origin?.tracedBy).toBe('kustomize');
    expect(origin?.parts.map(({ kind, position, fields }) => [kind, at(position), fields])).toEqual([
      ['resource', 'apps/base/all.yaml:9:1', ['']],
      ['patch', 'components/ha/kustomization.yaml', undefined],
      ['patch', 'apps/site/app/kustomization.yaml', undefined],
      ['namespace', 'apps/site/app/kustomization.yaml', undefined],
      ['labels', 'apps/site/app/kustomization.yaml', undefined],
      ['replacement', 'apps/site/app/kustomization.yaml', undefined],
    ]);
  });

  test('begins in the same file as the native trace has it, for every object', async () => {
    const real = createEngine(createKustomizeProgram(program, undefined), true);
    const first = async (engine: Engine): Promise<unknown> => {
      const rendered = await render(FILES, engine);
      const origins = new Origins(rendered);
      const all = rendered.flatMap(({ namespace, name, objects }) =>
        objects.map((object) => ({ owner: `${namespace}/${name}`, identity: identityOf(object) })),
      );
      return Promise.all(
        all.map(async ({ owner, identity }) => [
          identity,
          (await origins.of(owner, identity))?.parts[0]?.position?.file,
        ]),
      );
    };
    expect(await first(native)).toEqual(await first(real));
  });
});
