/** HelmReleases of a repository in memory, rendered, and what the real helm makes of a chart by itself. */
import { spawnSync } from 'node:child_process';
import { MemoryTree, type FileTree } from '../../src/flux/index.ts';
import { isObject, type JsonObject, readDocuments } from '../../src/manifest/index.ts';
import { findBuiltTool } from '../../src/programs.ts';
import {
  type BuildCache,
  chartPlaces,
  createEngine,
  createHelmProgram,
  createKustomizeProgram,
  type RenderedRelease,
  renderReleases,
  walk,
} from '../../src/render/index.ts';

export interface Surroundings {
  readonly chartDir?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly sources?: ReadonlyMap<string, FileTree>;
  readonly kubernetes?: string;
  readonly apiVersions?: readonly string[];
  readonly cache?: BuildCache;
}

/** The releases of a repository whose entry is the folder `entry`. */
export async function renderedReleases(
  helm: string,
  files: Readonly<Record<string, string | Buffer>>,
  {
    chartDir,
    env = { HELM_CACHE_HOME: '/nowhere' },
    sources = new Map(),
    kubernetes,
    apiVersions = [],
    cache,
  }: Surroundings = {},
): Promise<readonly RenderedRelease[]> {
  const tree = new MemoryTree(Object.entries(files));
  const engine = createEngine(createKustomizeProgram(findBuiltTool('kustomize'), undefined));
  const rendered = await walk({ tree, entry: 'entry', engine, sources });
  return renderReleases(rendered, {
    tree,
    sources,
    places: chartPlaces(chartDir, env),
    helm: createHelmProgram(helm, cache),
    engine,
    kubernetes,
    apiVersions,
    cache,
  });
}

/** What `helm template` prints with these arguments. */
export function helmTemplate(helm: string, home: string, ...args: readonly string[]): readonly JsonObject[] {
  const { status, stdout, stderr } = spawnSync(helm, ['template', ...args], {
    encoding: 'utf8',
    env: { HOME: home, PATH: '' },
  });
  if (status !== 0) throw new Error(stderr);
  return readDocuments(stdout)
    .map(({ value }) => value)
    .filter(isObject);
}

/** What every object of a release has besides (helm-controller: postrender.NewOriginLabels). */
export function withOrigin(objects: readonly JsonObject[], name: string, namespace: string): readonly JsonObject[] {
  const labels = { 'helm.toolkit.fluxcd.io/name': name, 'helm.toolkit.fluxcd.io/namespace': namespace };
  return objects.map((object) => {
    const metadata = isObject(object.metadata) ? object.metadata : {};
    const own = isObject(metadata.labels) ? metadata.labels : {};
    return { ...object, metadata: { ...metadata, labels: { ...own, ...labels } } };
  });
}
