import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generateKustomization, MemoryTree, OverlaidTree } from '../../../../src/flux/index.ts';
import { buildNatively } from '../../../../src/flux/kustomize/index.ts';
import { formatIdentity, identityOf, type JsonObject } from '../../../../src/manifest/index.ts';
import { createEngine, createKustomizeProgram } from '../../../../src/render/index.ts';
import { readTree } from '../../../support/folder-tree.ts';
import { buildCase, buildText, krustyCases, OTHER_THAN_THE_TABLE } from '../../../support/krusty.ts';
import { realKustomize } from '../../../support/real-kustomize.ts';
import { describeWithShared } from '../../../support/shared.ts';
import { describeWithTool } from '../../../support/tools.ts';
import { folders } from './folders.ts';

/** `npm run campaign:kustomize` looks at many more. */
const RUNS = Number(process.env.SLIPWAY_KUSTOMIZE_RUNS ?? 40);

describeWithShared('golden', 'every Kustomization of eight real repositories', (golden) => {
  const repositories = readdirSync(golden).filter((name) => name !== 'fixtures');
  test.each(repositories)('%s is built natively to what kustomize makes of it', (repository) => {
    const index = JSON.parse(readFileSync(join(golden, repository, 'index.json'), 'utf8')) as {
      entries: { root: string; path: string; result: string; file: string; effective_spec: JsonObject }[];
    };
    const trees = new Map<string, MemoryTree>();
    const wrong: string[] = [];
    let built = 0;
    for (const { root, path, result, file, effective_spec: spec } of index.entries) {
      if (result !== 'ok') continue;
      const folder = join(golden, '../corpus', repository, root);
      const tree = trees.get(folder) ?? readTree(folder.replace(/\/$/, ''));
      trees.set(folder, tree);
      const at = posix.join('/', path).slice(1).replace(/\/$/, '');
      const generated = generateKustomization(tree, at, spec);
      const outcome = buildText(new OverlaidTree(tree, new Map([[generated.file, generated.content]])), at);
      const expected = readFileSync(join(golden, repository, file), 'utf8');
      if (!('text' in outcome) || outcome.text !== expected)
        wrong.push(`${file}: ${JSON.stringify(outcome).slice(0, 200)}`);
      built += 1;
    }
    expect(wrong).toEqual([]);
    expect(built).toBeGreaterThan(0);
  });
});

describeWithShared('golden/fixtures', 'kustomize’s own table of cases', (fixtures) => {
  const cases = krustyCases(fixtures).map((one) => {
    const outcome = buildText(new MemoryTree(Object.entries(one.files)), one.folder);
    return { ...one, outcome };
  });
  const names = (wrong: readonly { readonly name: string }[]): string[] => wrong.map(({ name }) => name).sort();

  test('is built natively as it says, but for what stands in the list', () => {
    const wrong = cases.filter(({ outcome, expected }) => 'text' in outcome && outcome.text?.trim() !== expected);
    expect(names(wrong)).toEqual(['TestNamespaceNotAddedToValidatingAdmissionPolicies']);
  });

  test('is left to the real program for these reasons alone', () => {
    const reasons: Record<string, number> = {};
    for (const { outcome } of cases)
      if ('notCovered' in outcome) reasons[outcome.notCovered] = (reasons[outcome.notCovered] ?? 0) + 1;
    expect(reasons).toEqual(
      Object.fromEntries(Object.entries(LEFT_TO_KUSTOMIZE).flatMap(([, group]) => Object.entries(group))),
    );
  });

  describeWithTool('kustomize', 'and kustomize itself', (kustomize) => {
    const engine = createEngine(createKustomizeProgram(kustomize, undefined));

    test('prints the same for each case that is built natively', () => {
      const wrong = cases.filter(
        ({ outcome, files, folder }) => 'text' in outcome && outcome.text !== realKustomize(kustomize, files, folder),
      );
      expect(names(wrong)).toEqual([]);
    });

    test('is built by the one or the other as it says, but for what stands in the list', async () => {
      const built = await Promise.all(cases.map((one) => buildCase(one, engine)));
      const wrong = cases.filter(({ expected }, at) => built[at] !== expected);
      expect(names(wrong)).toEqual(Object.values(OTHER_THAN_THE_TABLE).flat().sort());
    });

    test('does not make what the table says of those in the list', () => {
      const listed = Object.values(OTHER_THAN_THE_TABLE).flat();
      const made = cases.filter(
        ({ name, files, folder, expected }) =>
          listed.includes(name) && realKustomize(kustomize, files, folder)?.trim() === expected,
      );
      expect(names(made)).toEqual([]);
    });
  });
});

/** How many cases of the table the native builder leaves to the real program, by what they have, and why. */
const LEFT_TO_KUSTOMIZE = {
  'deprecated since kustomize 5, or plugins': {
    vars: 13,
    generators: 14,
    transformers: 9,
  },
  'schemas of other kinds, which change how lists are merged; what repositories of Flux leave to its own fields': {
    openapi: 10,
    crds: 2,
    buildMetadata: 1,
  },
  'rare forms of configurations, replacements and labels': {
    'a configuration of names, variables or replicas': 1,
    'a field that is not there': 1,
    'a label that is set once more': 2,
    'a source through a list': 5,
    'the step [name=APP1_SERVICE]': 1,
  },
  'what kustomize refuses: its own words are the answer': {
    'a folder with no or several kustomization files': 1,
    'a pattern that cannot be read': 1,
    'the path "../ov1", which leads out': 1,
    'unknown or ill-typed fields in app/kustomization.yaml': 5,
  },
};

describeWithTool('kustomize', 'an Ingress whose Secret several folders generate', (kustomize) => {
  test('refers to the one that kustomize finds at its second look', () => {
    const files = {
      'kustomization.yaml':
        'namespace: web\nnameSuffix: -suf\nresources: [ingress.yaml, base]\nsecretGenerator: [{name: cred, literals: [a=1]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n',
      'ingress.yaml':
        'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: site}\nspec: {tls: [{secretName: cred}]}\n',
      'base/kustomization.yaml':
        'namePrefix: pre-\ncomponents: [part]\nsecretGenerator: [{name: cred, namespace: one, literals: [a=2]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n',
      'base/part/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamespace: web\nnameSuffix: -suf\n',
    };
    const expected = realKustomize(kustomize, files);
    expect(expected).toContain('secretName: pre-cred-suf-suf\n');
    expect(buildText(new MemoryTree(Object.entries(files)), '')).toEqual({ text: expected });
  });
});

describeWithTool('kustomize', 'two Secrets that a patch gives one name', (kustomize) => {
  test('are left to kustomize, which refuses them', () => {
    const rename = '[{"op":"replace","path":"/metadata/name","value":"renamed"}]';
    const files = {
      'kustomization.yaml': `resources: [a.yaml]\npatches: [{target: {kind: Secret}, patch: '${rename}'}]\n`,
      'a.yaml': ['a', 'b'].map((name) => `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}}\n`).join('---\n'),
    };
    expect(realKustomize(kustomize, files)).toBeUndefined();
    expect(buildText(new MemoryTree(Object.entries(files)), '')).toEqual({ notCovered: 'two resources of one name' });
  });

  test('are left to kustomize where a component does it, though a hash would tell them apart later', () => {
    const rename = '[{"op":"replace","path":"/metadata/name","value":"renamed"}]';
    const files = {
      'kustomization.yaml': 'components: [part]\n',
      'part/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n' +
        'secretGenerator: [{name: a, literals: [a=1]}, {name: b, literals: [b=1]}]\n' +
        `patches: [{target: {kind: Secret}, patch: '${rename}'}]\n`,
    };
    expect(realKustomize(kustomize, files)).toBeUndefined();
    expect(buildText(new MemoryTree(Object.entries(files)), '')).toEqual({ notCovered: 'two resources of one name' });
  });
});

describeWithTool('kustomize', 'an empty value that a JSON patch has rewritten', (kustomize) => {
  test('is left to kustomize where the object is patched again', () => {
    const patch = '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"any"},"spec":{"replicas":1}}';
    const files = {
      'kustomization.yaml': `resources: [base]\npatches: [{target: {kind: Deployment}, patch: '${patch}'}]\n`,
      'base/kustomization.yaml':
        'resources: [d.yaml]\npatches: [{target: {kind: Deployment}, patch: \'[{"op":"test","path":"/kind","value":"Deployment"}]\'}]\n',
      'base/d.yaml':
        '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"initContainers":[{"name":"init","resources": }]}}}}',
    };
    expect(realKustomize(kustomize, files, 'base')).toContain('resources: ""\n');
    const withoutOperation = {
      ...files,
      'base/kustomization.yaml': "resources: [d.yaml]\npatches: [{target: {kind: Deployment}, patch: '[]'}]\n",
    };
    expect(realKustomize(kustomize, files)).toContain('resources: ""\n');
    expect(realKustomize(kustomize, withoutOperation)).not.toContain('resources');
    for (const either of [files, withoutOperation]) {
      expect(buildText(new MemoryTree(Object.entries(either)), '')).toHaveProperty('notCovered');
    }
  });
});

describeWithTool('kustomize', 'a JSON patch without operations', (kustomize) => {
  test('leaves a label one that was set in two places at once', () => {
    const files = {
      'kustomization.yaml':
        "resources: [base]\npatches: [{target: {kind: Service}, patch: '[]'}]\nnamespace: one\ncommonAnnotations: {a: b}\n",
      'base/kustomization.yaml':
        'resources: [s.yaml]\nlabels: [{pairs: {tier: back}, includeSelectors: true}]\npatches: [{target: {kind: Service}, patch: "[]"}]\n',
      'base/s.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: x}}\n',
    };
    expect(buildText(new MemoryTree(Object.entries(files)), '')).toEqual({ text: realKustomize(kustomize, files) });
    const again = {
      ...files,
      'kustomization.yaml': `${files['kustomization.yaml']}labels: [{pairs: {tier: front}}]\n`,
    };
    expect(realKustomize(kustomize, again)?.match(/tier: front/g)).toHaveLength(2);
    expect(buildText(new MemoryTree(Object.entries(again)), '')).toHaveProperty('notCovered');
  });
});

describeWithTool('kustomize', 'a folder made at random', (kustomize) => {
  test('is built natively as kustomize builds it, or left to it', () => {
    let compared = 0;
    fc.assert(
      fc.property(folders, (files) => {
        const outcome = buildText(new MemoryTree(files), '');
        if ('notCovered' in outcome) return;
        compared += 1;
        expect(outcome.text).toBe(realKustomize(kustomize, Object.fromEntries(files)));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(RUNS / 3);
  }, 600_000);
});

describe('a build', () => {
  const objectsOf = (files: Readonly<Record<string, string>>, folder = ''): readonly JsonObject[] =>
    buildNatively(new MemoryTree(Object.entries(files)), folder);
  const names = (objects: readonly JsonObject[]): string[] =>
    objects.map((object) => formatIdentity(identityOf(object)));

  test('reads resources in their order, files and folders alike, those outside of the folder too', () => {
    const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
    const objects = objectsOf(
      {
        'app/kustomization.yaml': 'resources: [../shared.yaml, base, own.yaml]\n',
        'app/base/kustomization.yaml': 'resources: [b.yaml]\n',
        'app/base/b.yaml': configMap('b'),
        'app/own.yaml': `${configMap('own')}---\n${configMap('second')}`,
        'shared.yaml': configMap('shared'),
      },
      'app',
    );
    expect(names(objects)).toEqual(['ConfigMap/shared', 'ConfigMap/b', 'ConfigMap/own', 'ConfigMap/second']);
  });

  test('generates ConfigMaps whose names hold a hash of their content, and follows the names', () => {
    const [, deployment] = objectsOf({
      'kustomization.yaml': [
        'namespace: web',
        'resources: [deployment.yaml]',
        'configMapGenerator:',
        '  - name: settings',
        '    literals: [A=1]',
        '',
      ].join('\n'),
      'deployment.yaml': JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          template: { spec: { containers: [{ name: 'web', envFrom: [{ configMapRef: { name: 'settings' } }] }] } },
        },
      }),
    }).toReversed();
    expect(JSON.stringify(deployment)).toContain('"namespace":"web"');
    expect(JSON.stringify(deployment)).toMatch(/"configMapRef":\{"name":"settings-[0-9a-z]{10}"\}/);
  });

  test.each([
    ['helmCharts:\n  - name: podinfo\n', 'helmCharts'],
    ['generators: [plugin.yaml]\n', 'generators'],
    ['resources: [https://example.org/x.yaml]\n', 'https://example.org/x.yaml'],
    ['resources: [../../etc/passwd]\n', 'leads out'],
  ])('does not take %j upon itself', (kustomization, reason) => {
    const outcome = buildText(new MemoryTree([['kustomization.yaml', kustomization]]), '');
    expect('notCovered' in outcome ? outcome.notCovered : outcome).toContain(reason);
  });
});
