import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';
import { OWN_IMAGES, imageOf } from '../../cluster/images.ts';
import { readFiles } from '../support/folder.ts';
import { homelabFiles, homelabObjects } from '../support/homelab.ts';
import { REPOSITORY } from '../support/project.ts';

interface RenovateConfig {
  readonly ignorePaths: readonly string[];
  readonly customManagers: readonly {
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
    readonly datasourceTemplate?: string;
  }[];
}

/** JSON5 is a part of JavaScript. */
const renovate = vm.runInNewContext(
  `(${fs.readFileSync(path.join(REPOSITORY, 'renovate.json5'), 'utf8')})`,
) as RenovateConfig;
const sources = readFiles(path.join(REPOSITORY, 'cluster'));
const objects = await homelabObjects();

/** Groups that took part in the match: the others are there, too, and hold nothing (the types do not say so). */
function definedOf(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** What Renovate's patterns find in cluster/: `datasource registryUrl depName currentValue`. */
function found(): readonly Record<string, string | undefined>[] {
  return renovate.customManagers.flatMap(({ managerFilePatterns, matchStrings, datasourceTemplate }) =>
    Object.entries(sources)
      .filter(([file]) =>
        managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(`cluster/${file}`)),
      )
      .flatMap(([, text]) =>
        matchStrings.flatMap((pattern) =>
          [...text.matchAll(new RegExp(pattern, 'g'))].map(({ groups }) => ({
            datasource: datasourceTemplate,
            ...definedOf(groups ?? {}),
          })),
        ),
      ),
  );
}

const dependencies = found();

/** The releases of the tree that name a chart of a Helm repository, with the URL of the repository. */
function helmCharts(): { url: string; chart: string; version: string }[] {
  const urls = new Map(
    objects
      .filter(({ kind }) => kind === 'HelmRepository')
      .map(({ metadata, spec }) => [metadata.name, (spec as { url: string }).url]),
  );
  return objects
    .filter(({ kind }) => kind === 'HelmRelease')
    .flatMap(({ spec }) => {
      const { chart } = spec as { chart?: { spec: { chart: string; version: string; sourceRef: { name: string } } } };
      if (chart === undefined) return [];
      const { chart: name, version, sourceRef } = chart.spec;
      return [{ url: urls.get(sourceRef.name) ?? '', chart: name, version }];
    });
}

/** Every image that an object of the tree names, in a field of its own or as charts take it. */
function imagesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesOf);
  if (typeof value !== 'object' || value === null) return [];
  const { repository, tag, image, imageName } = value as Record<string, unknown>;
  return [
    ...(typeof repository === 'string' && typeof tag === 'string' ? [`${repository}:${tag}`] : []),
    ...[image, imageName].filter((one) => typeof one === 'string').filter((one) => one.includes(':')),
    ...Object.values(value).flatMap(imagesOf),
  ];
}

describe('Renovate', () => {
  test('sees every chart of a Helm repository, with where it is from', () => {
    const charts = helmCharts();
    expect(charts.length).toBeGreaterThan(20);
    for (const { url, chart, version } of charts) {
      // The archive of Flink's operator has the version in its URL, and stands under a comment of its own.
      const dependency =
        chart === 'flink-kubernetes-operator'
          ? { datasource: 'github-tags', depName: `apache/${chart}`, currentValue: version }
          : { datasource: 'helm', registryUrl: url, depName: chart, currentValue: version };
      expect(dependencies).toContainEqual(expect.objectContaining(dependency));
    }
  });

  test('sees every chart of a registry', () => {
    const repositories = objects.filter(({ kind }) => kind === 'OCIRepository');
    expect(repositories.length).toBeGreaterThan(15);
    for (const { spec } of repositories) {
      const { url, ref } = spec as { url: string; ref: { tag: string } };
      expect(dependencies).toContainEqual(
        expect.objectContaining({
          datasource: 'docker',
          depName: url.replace('oci://', ''),
          currentValue: ref.tag,
        }),
      );
    }
  });

  test('sees every image that Flux does not move', () => {
    const own = new Set(OWN_IMAGES.map(imageOf));
    // Flux's own come with the version of this library.
    const images = new Set(
      objects
        .filter(({ kind, file }) => kind !== 'ImageRepository' && !file.startsWith('flux/system/'))
        .flatMap(imagesOf),
    );
    expect(images.size).toBeGreaterThan(25);
    const seen = new Set(dependencies.map(({ depName, currentValue }) => `${depName ?? ''}:${currentValue ?? ''}`));
    // A constant names the version of Ray for image and cluster alike; the image's tag says more than the version.
    const ofRay = (image: string): string => image.replace(/^(docker\.io\/rayproject\/ray:[\d.]+)-py312$/, '$1');
    expect([...images].filter((image) => !own.has(image) && !seen.has(ofRay(image)))).toEqual([]);
  });

  test('sees releases of other repositories and downloads', () => {
    const pipelines = objects.find(
      ({ kind, metadata }) => kind === 'GitRepository' && metadata.name === 'kubeflow-pipelines',
    );
    const { ref } = pipelines?.spec as { ref: { tag: string } };
    const datasource = 'github-releases';
    expect(dependencies).toContainEqual({ datasource, depName: 'kubeflow/pipelines', currentValue: ref.tag });
    expect(dependencies).toContainEqual(
      expect.objectContaining({ datasource, depName: 'argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi' }),
    );
  });

  test('leaves the tree alone, which synth makes', () => {
    expect(renovate.ignorePaths).toContain('kubernetes/**');
  });
});

describe("Flux's image automation", () => {
  const text = sources['images.yaml'] ?? '';
  const automation = objects.find(({ kind }) => kind === 'ImageUpdateAutomation');

  test('writes to a folder that is not the tree', async () => {
    const { update } = automation?.spec as { update: { path: string; strategy: string } };
    expect(update).toEqual({ path: './cluster', strategy: 'Setters' });
    for (const file of Object.values(await homelabFiles())) expect(file).not.toContain('"$imagepolicy"');
  });

  test.each(OWN_IMAGES)('has a policy and a marker for %s', (name) => {
    // Flux's setter matches the comment of a scalar that holds image and tag (pkg/update, setters).
    const node = parseDocument(text).get(name, true) as { value: string; comment?: string };
    expect(JSON.parse(node.comment ?? '')).toEqual({ $imagepolicy: `flux-system:${name}` });
    const policy = objects.find(({ kind, metadata }) => kind === 'ImagePolicy' && metadata.name === name);
    expect(policy?.spec).toMatchObject({ imageRepositoryRef: { name } });
    const repository = objects.find(({ kind, metadata }) => kind === 'ImageRepository' && metadata.name === name);
    expect(node.value.startsWith(`${(repository?.spec as { image: string }).image}:`)).toBe(true);
  });

  test('moves images that the tree has', () => {
    const images = new Set(objects.flatMap(imagesOf));
    expect(OWN_IMAGES.filter((name) => !images.has(imageOf(name)))).toEqual([]);
  });
});
