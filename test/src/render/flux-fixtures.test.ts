/** Flux's own test data, and that of flux-local, with what they expect of it. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../src/errors.ts';
import {
  generateKustomization,
  ignoreFilter,
  MemoryTree,
  OverlaidTree,
  parseIgnorePatterns,
  substitute,
} from '../../../src/flux/index.ts';
import { isObject, type JsonObject, readDocument } from '../../../src/manifest/index.ts';
import { findBuiltTool } from '../../../src/programs.ts';
import {
  buildKustomization,
  createEngine,
  createHelmProgram,
  createKustomizeProgram,
  chartPlaces,
  DiskTree,
  renderReleases,
  walk,
  type Rendered,
} from '../../../src/render/index.ts';
import { composeValues } from '../../../src/render/helm/values.ts';
import { readFiles } from '../../support/folder.ts';
import { readTree } from '../../support/folder-tree.ts';
import { realKustomize } from '../../support/real-kustomize.ts';
import { describeWithShared } from '../../support/shared.ts';
import { readSnapshots } from '../../support/snapshots.ts';
import { describeWithTool } from '../../support/tools.ts';
import { byIdentity, COVERED, LEFT_OUT, objectsOf } from './flux-fixtures.ts';

const engine = createEngine(createKustomizeProgram(findBuiltTool('kustomize'), undefined));

/** A list of one folder of it, and one where a Kustomization names a source that its namespace does not have. */
const NOT_LISTED = ['test_get_ks[ks_path]', 'test_get_ks[cluster5-all]', 'test_get_ks[cluster5]'];

describeWithShared('flux-fixtures', 'all of the test data', (folder) => {
  test('is looked at here, or is left out for a reason', () => {
    const groups = fs
      .readdirSync(folder)
      .flatMap((origin) => fs.readdirSync(path.join(folder, origin)).map((name) => `${origin}/${name}`));
    const known = [...Object.keys(COVERED), ...Object.keys(LEFT_OUT)];
    expect(groups.filter((group) => !known.some((one) => group === one || one === `${path.dirname(group)}/*`))).toEqual(
      [],
    );
  });
});

describeWithShared('flux-fixtures/flux-local', 'what flux-local expects of its clusters', (root) => {
  const at = (place: string): DiskTree => new DiskTree(path.join(root, 'tests/testdata', place));
  const ENTRIES: Readonly<Record<string, string>> = {
    cluster: 'cluster/clusters/prod',
    cluster2: 'cluster2/flux',
    cluster3: 'cluster3/clusters/cluster3',
    cluster4: 'cluster4/flux',
    cluster6: 'cluster6/cluster',
    cluster7: 'cluster7/clusters/home',
    cluster8: 'cluster8/cluster',
    cluster9: 'cluster9/clusters/dev',
    cluster10: 'cluster10/clusters/dev',
    cluster11: 'cluster11/cluster',
    cluster12: 'cluster12/cluster',
  };
  const rendered = async (cluster: string): Promise<readonly Rendered[]> =>
    walk({
      tree: new DiskTree(root),
      entry: `tests/testdata/${ENTRIES[cluster] ?? ''}`,
      engine,
      // As its tests have it by `--sources`.
      sources: new Map([
        ['ExternalArtifact/flux-system/apps', at('cluster11/externalartifact')],
        ['OCIRepository/flux-system/cluster', at('cluster3')],
      ]),
    });
  const snapshots = (file: string): [string, string][] => [
    ...readSnapshots(path.join(root, 'tests/tool/__snapshots__', file)),
  ];
  const clusterOf = (name: string): string => /cluster\d*/.exec(name)?.[0] ?? 'cluster';

  test.each([...snapshots('test_build_ks.ambr'), ...snapshots('test_build_all.ambr')])(
    '%s: the objects of each Kustomization',
    async (name, text) => {
      const walked = await rendered(clusterOf(name));
      const owners = Map.groupBy(objectsOf(text), ({ metadata }) => {
        const labels = isObject(metadata) && isObject(metadata.labels) ? metadata.labels : {};
        const [namespace, own] = ['namespace', 'name'].map((key) => labels[`kustomize.toolkit.fluxcd.io/${key}`]);
        // What a chart makes has none; the chart is on a network.
        return typeof own === 'string' && typeof namespace === 'string' ? `${namespace}/${own}` : undefined;
      });
      owners.delete(undefined);
      expect(owners.size).toBeGreaterThan(0);
      for (const [owner, expected] of owners) {
        const own = walked.find((one) => `${one.namespace}/${one.name}` === owner);
        const kinds = new Set(expected.map(({ kind }) => kind));
        // flux-local leaves out Secrets and CustomResourceDefinitions unless it is told not to.
        const shown = own?.objects.filter(
          ({ kind }) => kinds.has(kind) || (kind !== 'Secret' && kind !== 'CustomResourceDefinition'),
        );
        expect(byIdentity(shown ?? [])).toEqual(byIdentity(expected));
      }
    },
  );

  const lists = snapshots('test_get_ks.ambr').filter(([name]) => !NOT_LISTED.includes(name));
  test.each(lists)('%s: its Kustomizations and their paths', async (name, text) => {
    const [head = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
    const column = head.split(/\s+/).indexOf('NAME');
    const expected = lines.map((line) => line.split(/\s+/).slice(column, column + 2));
    const folders: Readonly<Record<string, string | undefined>> = {
      cluster3: 'tests/testdata/cluster3',
      cluster11: 'tests/testdata/cluster11/externalartifact',
    };
    const cluster = clusterOf(name);
    const walked = (await rendered(cluster)).filter(({ status }) => status === 'built');
    const own = walked.map(({ name: one, path: folder, spec }): [string, string] => {
      const { kind } = isObject(spec.sourceRef) ? spec.sourceRef : {};
      const base = kind === 'GitRepository' ? '' : (folders[cluster] ?? '');
      return [one, path.join(base, folder).replace(/^\/|\/$/g, '')];
    });
    // Of cluster3 it lists only those whose source it was given.
    const listed = own.filter(([one]) => cluster !== 'cluster3' || one !== 'flux-system');
    expect(listed.sort()).toEqual(expected.sort());
  });

  describeWithTool('helm', 'with helm', (helm) => {
    test('cluster12: the release of a chart that is here', async () => {
      const { 1: expected = '' } =
        snapshots('test_build_hr.ambr').find(([name]) => name.includes('flag-fixture-include-crds')) ?? [];
      const [release] = await renderReleases(await rendered('cluster12'), {
        tree: new DiskTree(root),
        sources: new Map(),
        places: chartPlaces(undefined, {}),
        helm: createHelmProgram(helm, undefined),
        engine,
        kubernetes: undefined,
        cache: undefined,
      });
      const made = [...(release?.crds ?? []), ...(release?.objects ?? [])];
      expect(byIdentity(made)).toEqual(byIdentity(objectsOf(expected)));
    });
  });
});

describeWithShared('flux-fixtures/flux2-cli', 'what `flux build kustomization` makes', (folder) => {
  const source = path.join(folder, 'build-kustomization');
  const read = (file: string): string => fs.readFileSync(path.join(source, file), 'utf8');
  const filled = (file: string): string => read(file).replaceAll('{{ .fluxns }}', 'flux-system');
  const [ks] = objectsOf(filled('podinfo-kustomization.yaml'));
  const spec = isObject(ks?.spec) ? ks.spec : {};
  const variables = new Map([
    ['cluster_env', 'prod'],
    ['cluster_region', 'eu-central-1'],
  ]);

  /** Flux shows no value of an encrypted Secret, and never has one here. */
  function masked(object: JsonObject): JsonObject {
    const { sops, ...rest } = object;
    const mask = (map: unknown, text: (value: string) => string) =>
      Object.fromEntries(
        Object.entries(isObject(map) ? map : {}).map(([key, value]) => [
          key,
          typeof value === 'string' ? text(value) : value,
        ]),
      );
    const isDocker = object.type === 'kubernetes.io/dockerconfigjson';
    const hidden = isDocker ? '{"mask":"**SOPS**"}' : '**SOPS**';
    const isEncrypted = (value: string): boolean => Buffer.from(value, 'base64').toString().includes('"sops"');
    return {
      ...rest,
      ...(isObject(object.data) && {
        data: mask(object.data, (value) =>
          sops !== undefined || isEncrypted(value) ? Buffer.from(hidden).toString('base64') : value,
        ),
      }),
      ...(sops !== undefined &&
        isObject(object.stringData) && { stringData: mask(object.stringData, () => '**SOPS**') }),
    };
  }

  test.each([
    ['podinfo', 'podinfo-result.yaml'],
    ['delete-service', 'podinfo-without-service-result.yaml'],
    ['var-substitution', 'podinfo-with-var-substitution-result.yaml'],
    ['ignore', 'podinfo-with-ignore-result.yaml'],
  ])('of %s', async (name, result) => {
    const files = readFiles(path.join(source, name));
    // Flux's test of it names these two by --ignore-paths.
    const patterns = `${files['.sourceignore'] ?? ''}\n!configmap.yaml\n!secret.yaml\n`;
    const isIgnored = ignoreFilter('.sourceignore' in files ? parseIgnorePatterns(patterns) : []);
    const tree = new MemoryTree(Object.entries(files).filter(([file]) => !isIgnored(file, false)));
    const { objects } = await buildKustomization({ tree, spec: { ...spec, path: './' }, variables, engine });
    expect(byIdentity(objects.map(masked))).toEqual(byIdentity(objectsOf(filled(result))));
  });

  test('of one that makes another, the objects of both', async () => {
    const tree = readTree(source);
    const root = { ...spec, path: './podinfo-with-my-app' };
    const outer = await buildKustomization({ tree, spec: root, variables, engine });
    const [inner] = outer.objects;
    const own = isObject(inner?.spec) ? inner.spec : {};
    const { objects } = await buildKustomization({ tree, spec: own, variables: new Map(), engine });
    expect(byIdentity([...outer.objects, ...objects])).toEqual(
      byIdentity(objectsOf(filled('podinfo-with-my-app-result.yaml'))),
    );
  });

  test('`flux envsubst` makes', () => {
    const [object] = objectsOf(fs.readFileSync(path.join(folder, 'envsubst/file.yaml'), 'utf8'));
    const [expected] = objectsOf(fs.readFileSync(path.join(folder, 'envsubst/file.gold'), 'utf8'));
    expect(substitute(object ?? {}, new Map([['REPO_NAME', 'test']]))).toEqual(expected);
  });
});

describeWithShared('flux-fixtures/kustomize-controller', 'the folders of kustomize-controller', (folder) => {
  test.each(['invalid/plain', 'invalid/overlay'])(
    '%s has an object without apiVersion, which is not applied',
    async (name) => {
      const tree = readTree(path.join(folder, name));
      const { objects } = await buildKustomization({ tree, spec: { path: './' }, variables: undefined, engine });
      expect(Object.keys(byIdentity(objects))).toEqual(['Deployment/podinfo']);
    },
  );

  describeWithTool('kustomize', 'as kustomize builds them', (kustomize) => {
    test.each(['transformers', 'file-transformer', 'patch', 'invalid/overlay'])('%s', async (name) => {
      const tree = readTree(path.join(folder, name));
      const { file, content } = generateKustomization(tree, '', { targetNamespace: 'web' });
      const laid = new OverlaidTree(tree, new Map([[file, content]]));
      const files = { ...readFiles(path.join(folder, name)), [file]: content.toString() };
      const expected = objectsOf(realKustomize(kustomize, files) ?? 'refused');
      expect((await engine.build(laid, '')).objects).toEqual(expected);
    });
  });
});

describeWithShared('flux-fixtures/pkg-kustomize', 'the folders of Flux’s own kustomize', (root) => {
  const all = Object.entries(readFiles(root)).filter(([file]) => path.basename(file) !== 'ks.yaml');
  const folders = [...new Set(all.map(([file]) => path.dirname(file)))].filter((folder) => folder !== '.').sort();

  describeWithTool('kustomize', 'are built as kustomize builds them, or refused as it refuses them', (kustomize) => {
    test.each(folders)('%s', async (folder) => {
      const tree = new MemoryTree(all);
      const own = path.join(root, folder, 'ks.yaml');
      const [ks] = fs.existsSync(own) ? objectsOf(fs.readFileSync(own, 'utf8')) : [];
      const spec = isObject(ks?.spec) ? ks.spec : {};
      if (folder === 'nokustomization/panic') {
        // A file that is no YAML; nothing is generated, so kustomize is not asked.
        expect(() => generateKustomization(tree, folder, spec)).toThrow('cannot be read');
        return;
      }
      const { file, content } = generateKustomization(tree, folder, spec);
      const files = { ...Object.fromEntries(all), [file]: content.toString() };
      const expected = realKustomize(kustomize, files, folder);
      const build = engine.build(new OverlaidTree(tree, new Map([[file, content]])), folder);
      if (expected === undefined) await expect(build).rejects.toThrow(SlipwayError);
      else expect((await build).objects).toEqual(objectsOf(expected));
    });
  });
});

describeWithShared(
  'flux-fixtures/helm-controller/valuesfrom',
  'the values of a HelmRelease from elsewhere',
  (folder) => {
    test('are what helm-controller gives helm', () => {
      const read = (file: string): JsonObject => objectsOf(fs.readFileSync(path.join(folder, file), 'utf8'))[0] ?? {};
      const { spec } = read('helmrelease.yaml');
      const sources = { ConfigMap: read('configmap.yaml').data, Secret: read('secret.yaml').stringData };
      const { values } = composeValues(isObject(spec) ? spec : {}, ({ kind }) => {
        const map = sources[kind as keyof typeof sources];
        return new Map(
          Object.entries(isObject(map) ? map : {}).map(([key, value]) => [key, typeof value === 'string' ? value : '']),
        );
      });
      const [, golden = ''] = fs.readFileSync(path.join(folder, 'golden.txt'), 'utf8').split('USER-SUPPLIED VALUES:\n');
      expect(values).toEqual(readDocument(golden)?.value);
    });
  },
);

describe('what is left out', () => {
  test('has a reason each', () => {
    for (const reason of Object.values(LEFT_OUT)) expect(reason.length).toBeGreaterThan(20);
  });
});
