import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SlipwayError } from '../../../../src/errors.ts';
import {
  buildNatively,
  type FileTree,
  generateKustomization,
  MemoryTree,
  NotCovered,
  OverlaidTree,
  writeGoYaml,
} from '../../../../src/flux/index.ts';
import { formatIdentity, identityOf, type JsonObject } from '../../../../src/manifest/index.ts';
import { readTree } from '../../../support/folder-tree.ts';
import { realKustomize } from '../../../support/real-kustomize.ts';
import { describeWithShared } from '../../../support/shared.ts';
import { describeWithTool } from '../../../support/tools.ts';
import { folders } from './folders.ts';

/** `npm run campaign:kustomize` looks at many more. */
const RUNS = Number(process.env.SLIPWAY_KUSTOMIZE_RUNS ?? 40);

/** What the builder prints, or why it leaves the folder to the real program; no text is what cannot be read. */
function build(tree: FileTree, folder: string): { text: string | undefined } | { notCovered: string } {
  try {
    const objects = buildNatively(tree, folder);
    return { text: objects.map(writeGoYaml).join('---\n') };
  } catch (error) {
    if (error instanceof NotCovered) return { notCovered: error.message };
    if (error instanceof SlipwayError) return { text: undefined };
    throw error;
  }
}

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
      const outcome = build(new OverlaidTree(tree, new Map([[generated.file, generated.content]])), at);
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
  interface Case {
    readonly name: string;
    readonly files: Readonly<Record<string, string>>;
    readonly run: string;
    readonly expected?: string;
  }
  const cases = JSON.parse(readFileSync(join(fixtures, 'krusty-cases.json'), 'utf8')) as readonly Case[];
  const within = (path: string): string => posix.join('/', path).slice(1).replace(/\/$/, '');
  const outcomes = cases.map(({ files, run, ...rest }) => {
    const laid = Object.fromEntries(Object.entries(files).map(([path, text]) => [within(path), text]));
    return { ...rest, files: laid, run: within(run), ...build(new MemoryTree(Object.entries(laid)), within(run)) };
  });

  test('is built as it says, where it is built natively', () => {
    const wrong = outcomes.filter((one) => 'text' in one && one.text?.trim() !== one.expected?.trim());
    expect(wrong.map(({ name }) => name)).toEqual(LATER_THAN_5_8);
  });

  test('is left to the real program for these reasons alone', () => {
    const reasons: Record<string, number> = {};
    for (const one of outcomes) if ('notCovered' in one) reasons[one.notCovered] = (reasons[one.notCovered] ?? 0) + 1;
    expect(reasons).toEqual(LEFT_TO_KUSTOMIZE);
  });

  describeWithTool('kustomize', 'and kustomize itself', (kustomize) => {
    test('prints the same for each case that is built natively', () => {
      const wrong = outcomes.filter(
        (one) => 'text' in one && one.text !== realKustomize(kustomize, one.files, one.run),
      );
      expect(wrong.map(({ name }) => name)).toEqual([]);
    });
  });
});

/** The table is of a commit after kustomize 5.8, which Flux 2.9 holds: 5.8 still gives these a namespace. */
const LATER_THAN_5_8 = ['TestNamespaceNotAddedToValidatingAdmissionPolicies'];

const LEFT_TO_KUSTOMIZE = {
  // Deprecated since kustomize 5, or plugins, which Flux does not run.
  vars: 13,
  patchesJson6902: 4,
  generators: 14,
  transformers: 9,
  // Schemas of other kinds, which change how lists are merged.
  openapi: 10,
  crds: 2,
  images: 8,
  buildMetadata: 1,
  // Forms of replacements and labels that are rare.
  'a configuration of names, variables, images or replicas': 1,
  'a field that is not there': 1,
  'a label that is set once more': 2,
  'a source through a list': 5,
  'the step [name=APP1_SERVICE]': 1,
  // What kustomize refuses: its own words are the answer.
  'a folder with no or several kustomization files': 1,
  'the path "../ov1", which leads out': 1,
  'unknown or ill-typed fields in app/kustomization.yaml': 5,
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
    expect(build(new MemoryTree(Object.entries(files)), '')).toEqual({ text: expected });
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
    expect(build(new MemoryTree(Object.entries(files)), '')).toEqual({ notCovered: 'two resources of one name' });
  });
});

describeWithTool('kustomize', 'a folder made at random', (kustomize) => {
  test('is built natively as kustomize builds it, or left to it', () => {
    let compared = 0;
    fc.assert(
      fc.property(folders, (files) => {
        const outcome = build(new MemoryTree(files), '');
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
    const outcome = build(new MemoryTree([['kustomization.yaml', kustomization]]), '');
    expect('notCovered' in outcome ? outcome.notCovered : outcome).toContain(reason);
  });
});
