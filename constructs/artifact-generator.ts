import { SlipwayError } from '../src/errors.ts';
import type { ArtifactGeneratorSpec, ArtifactGeneratorSpecSources } from '../imports/source.extensions.fluxcd.io.ts';
import { Source, sourceFields, sourceScope, type SourceReference, type SourceScope } from './sources.ts';

export interface ArtifactGeneratorOptions extends Omit<ArtifactGeneratorSpec, 'sources'> {
  /** What is copied from, each under the alias by which `copy.from` names it (`@alias/path`). */
  readonly sources: Readonly<Record<string, SourceReference<ArtifactGeneratorSpecSources['kind']>>>;
  /**
   * The artifacts, each put together by copying; `to` begins with `@artifact/`. An artifact gets a new revision only
   * when a file in it changed, so that a commit elsewhere in a large repository leaves its users alone.
   */
  readonly artifacts: ArtifactGeneratorSpec['artifacts'];
}

/**
 * Splits sources into artifacts, or puts them together from several. The work of source-watcher, a component of Flux;
 * kustomize- and helm-controller take the artifacts only with the feature gate `ExternalArtifact`. Declared on the
 * Cluster, it lies in `flux/repositories/generator/`.
 */
export class ArtifactGenerator extends Source<ArtifactGeneratorSpec, 'ArtifactGenerator'> {
  readonly #artifacts: readonly string[];
  readonly #isPattern: boolean;

  constructor(scope: SourceScope, name: string, options: ArtifactGeneratorOptions) {
    const { sources, ...rest } = options;
    const folder = sourceScope(scope, 'generator');
    const spec = (): ArtifactGeneratorSpec => ({
      sources: Object.entries(sources).map(([alias, source]) => ({ alias, ...sourceFields(source, folder.namespace) })),
      ...rest,
    });
    super(folder, 'ArtifactGenerator', name, spec, 'source.extensions.fluxcd.io/v1beta1');
    this.#artifacts = options.artifacts.map((artifact) => artifact.name);
    this.#isPattern = options.pathPattern !== undefined;
  }

  /**
   * One of the artifacts, to be an Application's source or a HelmRelease's chart.
   *
   * @throws SlipwayError `synth/no-artifact` if the generator makes none of that name
   */
  artifact(name: string): SourceReference<'ExternalArtifact'> {
    // With a pattern the names are templates that source-watcher fills in.
    if (!this.#isPattern && !this.#artifacts.includes(name)) {
      throw new SlipwayError({
        code: 'synth/no-artifact',
        message: `ArtifactGenerator ${this.name} makes no artifact '${name}'; it makes ${this.#artifacts.join(', ')}.`,
        remedy: 'Give the name of one of its `artifacts`.',
        place: { object: `ArtifactGenerator/${this.namespace}/${this.name}` },
      });
    }
    return { kind: 'ExternalArtifact', name, namespace: this.namespace };
  }
}
