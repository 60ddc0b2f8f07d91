import path from 'node:path';
import { App } from 'cdk8s';
import { assembleTree, type AssembleOptions, type Synthesis } from './assemble.ts';
import { creationRulesOf, encryptedOf } from './encrypted/index.ts';
import { findProject } from './find-project.ts';
import { FluxConfig, type ClusterRepository } from './flux-config.ts';
import { FluxFolder, type FluxFolderName } from './flux-folder.ts';
import { recordChildren } from './origin.ts';
import { ObjectsOnly } from './resolver.ts';
import { Repositories } from './repositories.ts';
import type { RepositoryFolder } from './sources.ts';
import { synthesize } from './synthesize.ts';
import { SlipwayError } from '../src/errors.ts';
import { KUBERNETES_MINOR } from '../src/schema/index.ts';
import { whyNotATreePath, type Tree } from '../src/tree/index.ts';

export interface ClusterOptions {
  /** Where Flux finds the committed tree. */
  readonly repository: ClusterRepository;
  /** The folder of the tree, relative to the project. Default: `kubernetes`. */
  readonly directory?: string;
  /**
   * The Kubernetes release that the cluster runs, `1.34` or `1.34.2`: what it does not serve is an error. The fields of
   * an object are those of 1.35, whatever stands here. Default: `1.35`.
   */
  readonly kubernetesVersion?: string;
  /**
   * Files or folders of the project, relative to it, with CustomResourceDefinitions that the cluster has from elsewhere,
   * such as its charts. They do not go into the tree: custom resources are held to them. Default: none.
   */
  readonly customResourceDefinitions?: readonly string[];
  /**
   * Resources, such as `memory`, of which the policy of the cluster asks for a limit of each container: synth warns where
   * there is none. Gatekeeper constraints of the tree ask by themselves. Default: none.
   */
  readonly requiredLimits?: readonly string[];
  /**
   * To whom secrets are encrypted: age recipients (`age1…`), the cluster's own and those of everybody who edits them.
   * `.sops.yaml` is made of them. Default: none, and then `.sops.yaml` is written by hand.
   */
  readonly ageRecipients?: readonly string[];
  /** The project's folder. Default: the nearest one from here upward that has a cdk8s.yaml. */
  readonly project?: string;
}

/** A whole cluster: the root of all constructs, and the cdk8s app that writes the tree. */
export class Cluster extends App {
  readonly name: string;
  /** Absolute path of the project. */
  readonly project: string;
  /** The folder of the tree, relative to the project. */
  readonly directory: string;
  /** The Kubernetes release is 1.`kubernetesMinor`. */
  readonly kubernetesMinor: number;
  /** Where definitions of kinds are that the tree itself does not define. */
  readonly customResourceDefinitions: readonly string[];
  /** Resources of which each container has to have a limit. */
  readonly requiredLimits: readonly string[];
  /** @internal */
  readonly resolver: ObjectsOnly;
  /** To whom secrets are encrypted. */
  readonly ageRecipients: readonly string[];
  /** Flux's own objects. */
  readonly flux: FluxConfig;
  readonly #repositories = new Map<RepositoryFolder, Repositories>();
  readonly #fluxFolders = new Map<FluxFolderName, FluxFolder>();

  constructor(name: string, options: ClusterOptions) {
    super();
    this.resolver = new ObjectsOnly(this.resolvers.splice(0));
    this.resolvers.push(this.resolver);
    this.name = name;
    this.project = options.project === undefined ? findProject('.') : path.resolve(options.project);
    this.directory = options.directory ?? 'kubernetes';
    checkDirectory(this.directory);
    this.kubernetesMinor = minorOf(options.kubernetesVersion);
    this.customResourceDefinitions = options.customResourceDefinitions ?? [];
    this.requiredLimits = options.requiredLimits ?? [];
    this.ageRecipients = options.ageRecipients ?? [];
    recordChildren(this);
    this.flux = new FluxConfig(this, options.repository, this.directory);
  }

  /** The shared sources of one kind. */
  repositories(folder: RepositoryFolder): Repositories {
    let repositories = this.#repositories.get(folder);
    if (repositories === undefined) {
      repositories = new Repositories(this, folder, this.flux.namespace);
      this.#repositories.set(folder, repositories);
    }
    return repositories;
  }

  /** A folder of `flux/`, for objects of Flux that the whole cluster shares. */
  fluxFolder(name: FluxFolderName): FluxFolder {
    let folder = this.#fluxFolders.get(name);
    if (folder === undefined) {
      folder = new FluxFolder(this, `$flux-${name}`, `flux/${name}`, this.flux.namespace);
      this.#fluxFolders.set(name, folder);
    }
    return folder;
  }

  /** A folder of the tree as a Flux Kustomization names it. */
  pathInRepository(folder: string): string {
    return `./${this.directory}/${folder}`;
  }

  /**
   * Every file of the tree, in memory, and what is worth a warning.
   *
   * @throws SlipwayErrors with everything that is wrong
   */
  assemble(options: AssembleOptions = {}): Synthesis {
    return assembleTree(this, options);
  }

  /**
   * Every file of the tree, in memory.
   *
   * @throws SlipwayErrors with everything that is wrong
   */
  tree(): Tree {
    return this.assemble().tree;
  }

  /** The text of the project's `.sops.yaml`; `undefined` where the cluster names no recipients. */
  creationRules(): string | undefined {
    return creationRulesOf(this, encryptedOf(this));
  }

  /**
   * Writes the tree, or does what the command that loaded this program asked for instead.
   *
   * @throws SlipwayErrors with everything that is wrong, and then nothing is written
   */
  override synth(): void {
    synthesize(this);
  }
}

/** @throws SlipwayError `synth/directory` */
function checkDirectory(directory: string): void {
  const reason = whyNotATreePath(directory);
  if (reason === undefined) return;
  throw new SlipwayError({
    code: 'synth/directory',
    message: `The tree cannot lie in ${JSON.stringify(directory)}: ${reason}.`,
    remedy: 'Give the name of a folder of the project, for example `kubernetes`.',
    exitStatus: 2,
  });
}

/** @throws SlipwayError `synth/kubernetes-version` */
function minorOf(version: string | undefined): number {
  if (version === undefined) return KUBERNETES_MINOR;
  const minor = /^v?1\.(\d{1,3})(?:\.\d.*)?$/.exec(version)?.[1];
  if (minor !== undefined) return Number(minor);
  throw new SlipwayError({
    code: 'synth/kubernetes-version',
    message: `There is no Kubernetes ${JSON.stringify(version)}.`,
    remedy: 'Write the release as `kubectl version` has it, for example `1.35`.',
    exitStatus: 2,
  });
}
