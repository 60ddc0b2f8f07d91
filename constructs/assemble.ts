import type { ApiObject } from 'cdk8s';
import type { Applied } from './rules/index.ts';
import { Application } from './application.ts';
import type { Cluster } from './cluster.ts';
import { copyManifests } from './copy-manifests.ts';
import { applicationsOf, declarationsOf, type Declared } from './declared.ts';
import { EncryptedObject, Seals } from './encrypted/index.ts';
import { fileName } from './file-name.ts';
import { FluxFolder } from './flux-folder.ts';
import { FluxSystem } from './flux-system/index.ts';
import type { Judged } from './judged.ts';
import { lowerDependencies, type Report } from './lower-dependencies.ts';
import { Namespace } from './namespace.ts';
import { Repositories } from './repositories.ts';
import { checkTenant } from './tenant-rules.ts';
import { Tenant } from './tenant.ts';
import { TreeBuilder } from './tree-builder.ts';
import { validateCluster } from './validate.ts';
import type { SlipwayError } from '../src/errors.ts';
import type { Tree } from '../src/tree/index.ts';

/** What a cluster comes to. */
export interface Synthesis {
  readonly tree: Tree;
  /** What is legal but likely to hurt, and that no author silenced. */
  readonly warnings: readonly SlipwayError[];
  /** To be saved once the tree is written. */
  readonly judged: Judged;
  /** The text of the project's `.sops.yaml`; `undefined` where it is the author's own. */
  readonly creationRules: string | undefined;
}

export interface AssembleOptions {
  /** Whether secrets whose SOPS files are missing are left out of the tree, with a warning. Default: false. */
  readonly allowMissing?: boolean;
}

const REMOTE_WITH_OBJECTS = {
  code: 'synth/remote-application',
  message: 'An Application that takes its manifests from another source cannot also hold objects of its own.',
  remedy: 'Declare the objects in a second Application, and let one depend on the other.',
};

const OUTSIDE = {
  code: 'synth/outside',
  message: 'It is declared outside of every Namespace and Application, so no file of the tree would hold it.',
  remedy: 'Declare it in one of them.',
};

const ENCRYPTED_FLUX = {
  code: 'synth/outside',
  message: 'The folder of Flux itself holds what Flux is made of, and no secrets.',
  remedy: 'Declare it on the `flux` of the Cluster.',
};

const EMPTY_APPLICATION = {
  code: 'synth/empty-application',
  message: 'The Application holds nothing: Flux would apply nothing, and delete all that it once applied.',
  remedy: 'Declare an object in it, or give it a `source` to take its manifests from.',
};

/**
 * Every file of a cluster's tree, validated as a whole.
 *
 * @throws SlipwayErrors with everything that is wrong
 */
export function assembleTree(cluster: Cluster, options: AssembleOptions = {}): Synthesis {
  const { builder, creationRules } = inAuthorOrder(() => layFolders(cluster, options));
  return { tree: builder.build(), warnings: builder.warnings, judged: builder.judged, creationRules };
}

/** Lays every declared object into its file, and lists every file in the kustomization.yaml of its folder. */
export function layTree(cluster: Cluster): TreeBuilder {
  return inAuthorOrder(() => layFolders(cluster, {}).builder);
}

/**
 * cdk8s sorts the keys of every object by the alphabet unless this variable is set (cdk8s: api-object.ts, `toJson`);
 * set for the while, a manifest reads as its author wrote it, whatever the environment holds.
 */
function inAuthorOrder<Result>(work: () => Result): Result {
  const before = process.env.CDK8S_DISABLE_SORT;
  process.env.CDK8S_DISABLE_SORT = '1';
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env.CDK8S_DISABLE_SORT;
    else process.env.CDK8S_DISABLE_SORT = before;
  }
}

function layFolders(cluster: Cluster, { allowMissing = false }: AssembleOptions) {
  const { folders, outside } = declarationsOf(cluster);
  const builder = new TreeBuilder(cluster, namespacesOf(folders), tenantsOf(folders));
  const seals = new Seals(builder, allowMissing);
  const report: Report = (construct, error) => {
    builder.report(construct, error);
  };
  for (const construct of outside) report(construct, OUTSIDE);
  lowerDependencies(applicationsOf(folders), report);
  layConfig(
    cluster,
    folders.find(({ folder }) => folder === cluster.flux),
    seals,
  );
  const repositories: string[] = [];
  const fluxFolders: string[] = [];
  const namespaces: string[] = [];
  const applications = new Map<Namespace, string[]>();

  for (const declared of folders) {
    const { folder } = declared;
    if (folder instanceof FluxFolder) {
      (folder instanceof Repositories ? repositories : fluxFolders).push(lastPart(folder.folder));
      const listed = layObjects(declared, seals, (object) => folder.fileOf(object));
      builder.list(folder.folder, listed.sort(), folder);
    } else if (folder instanceof FluxSystem) {
      layFluxSystem(folder, declared, builder);
    } else if (folder instanceof Namespace) {
      namespaces.push(folder.namespace);
      if (folder instanceof Tenant) checkTenant(folder, declared, report);
    } else if (folder instanceof Application) {
      layApplication(folder, declared, seals);
      const siblings = applications.get(folder.parent);
      if (siblings) siblings.push(`./${folder.node.id}/ks.yaml`);
      else applications.set(folder.parent, [`./${folder.node.id}/ks.yaml`]);
    }
  }
  for (const declared of folders) {
    if (declared.folder instanceof Namespace) layNamespace(declared.folder, declared, applications, seals);
  }
  if (repositories.length > 0) fluxFolders.push('repositories');
  builder.list('flux', [
    './apps.yaml',
    './config',
    ...fluxFolders.map((name) => `./${name}`).sort(),
    ...(cluster.flux.system === undefined ? [] : ['./system.yaml']),
  ]);
  if (repositories.length > 0) builder.list('flux/repositories', repositories.map((name) => `./${name}`).sort());
  builder.list('apps', namespaces.map((name) => `./${name}`).sort());
  builder.finish();
  validateCluster(folders, builder);
  seals.warnOfDemoRecipient();
  return { builder, creationRules: seals.creationRules };
}

function layConfig({ flux }: Cluster, declared: Declared | undefined, seals: Seals): void {
  const { builder } = seals;
  const own = [flux.repository.object, flux.cluster];
  builder.objects('flux/config/cluster.yaml', own);
  builder.objects('flux/apps.yaml', [flux.apps]);
  const made: readonly (ApiObject | undefined)[] = [...own, flux.apps, flux.system?.kustomization];
  const others = {
    folder: flux,
    manifests: declared?.manifests ?? [],
    generators: [],
    objects: declared?.objects.filter((object) => !made.includes(object)) ?? [],
  };
  const listed = layObjects(others, seals, (object) => fileName(object, '', flux.namespace));
  builder.list('flux/config', ['./cluster.yaml', ...listed].sort());
}

/** Flux itself: not listed by `flux/`, but applied by a Kustomization of its own. */
function layFluxSystem(system: FluxSystem, declared: Declared, builder: TreeBuilder): void {
  const { folder } = system;
  const kustomization = builder.cluster.flux.system?.kustomization;
  if (kustomization !== undefined) builder.objects('flux/system.yaml', [kustomization]);
  const files = new Map<string, ApiObject[]>();
  for (const object of declared.objects) {
    if (object instanceof EncryptedObject) {
      builder.report(object, ENCRYPTED_FLUX);
      continue;
    }
    const file = system.fileOf(object);
    const others = files.get(file);
    if (others) others.push(object);
    else files.set(file, [object]);
  }
  for (const [file, objects] of files) builder.objects(`${folder}/${file}`, objects);
  const crds = system.crds();
  const kind = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', namespace: '' };
  for (const { name, text } of crds) builder.text(`${folder}/crds/${name}.yaml`, text, { ...kind, name }, system);
  builder.list(`${folder}/crds`, crds.map(({ name }) => `./${name}.yaml`).sort());
  builder.list(folder, ['./crds', ...[...files.keys()].map((file) => `./${file}`).sort()]);
}

function layNamespace(
  namespace: Namespace,
  declared: Declared,
  applications: ReadonlyMap<Namespace, readonly string[]>,
  seals: Seals,
): void {
  const own = layObjects(declared, seals, (object) =>
    object === namespace.object ? 'namespace.yaml' : fileName(object, '', namespace.namespace),
  );
  const [first = './namespace.yaml', ...others] = own;
  seals.builder.list(
    namespace.folder,
    [first, ...others.sort(), ...sortedByFolder(applications.get(namespace) ?? [])],
    namespace,
  );
}

function layApplication(application: Application, declared: Declared, seals: Seals): void {
  const { builder } = seals;
  builder.objects(application.file, [application.kustomization]);
  const own = { ...declared, objects: declared.objects.filter((object) => object !== application.kustomization) };
  if (application.isRemote) {
    if (!isEmpty(own)) builder.report(application, REMOTE_WITH_OBJECTS);
    return;
  }
  if (isEmpty(own)) builder.report(application, EMPTY_APPLICATION);
  const listed = layObjects(own, seals, (object) => fileName(object, application.node.id, application.namespace));
  const generators = own.generators.filter((generator) => seals.layFiles(generator, application.folder));
  const secretGenerator = generators.map((generator) => generator.toKustomize());
  builder.list(application.folder, listed.sort(), application, generators.length === 0 ? {} : { secretGenerator });
}

function isEmpty({ objects, manifests, generators }: Declared): boolean {
  return objects.length === 0 && manifests.length === 0 && generators.length === 0;
}

function layObjects(declared: Declared, seals: Seals, nameOf: (object: ApiObject) => string): string[] {
  const { builder } = seals;
  const { folder } = declared.folder;
  const kustomization = declared.folder instanceof Application ? specOf(declared.folder) : undefined;
  const listed: string[] = [];
  for (const object of declared.objects) {
    if (object instanceof EncryptedObject) {
      if (seals.lay(object, folder, kustomization)) listed.push(`./${object.fileInTree}`);
      continue;
    }
    const name = builder.attempt(object, () => nameOf(object));
    if (name === undefined) continue;
    builder.objects(`${folder}/${name}`, [object], kustomization);
    listed.push(`./${name}`);
  }
  for (const manifests of declared.manifests) listed.push(...copyManifests(manifests, folder, builder, kustomization));
  return listed;
}

/** `undefined` where the spec is in error, which is reported where its own file is made. */
function specOf(application: Application): Applied | undefined {
  try {
    return application.kustomization.spec();
  } catch {
    return undefined;
  }
}

function namespacesOf(folders: readonly Declared[]): string[] {
  return folders.flatMap(({ folder }) => (folder instanceof Namespace ? [folder.namespace] : []));
}

function tenantsOf(folders: readonly Declared[]): string[] {
  return folders.flatMap(({ folder }) => (folder instanceof Tenant ? [folder.namespace] : []));
}

/** By the names of the folders: `./app/ks.yaml` before `./app-more/ks.yaml`, as people and `ls` have it. */
function sortedByFolder(entries: readonly string[]): string[] {
  const folderOf = (entry: string): string => entry.slice(0, entry.lastIndexOf('/'));
  return entries.toSorted((left, right) => (folderOf(left) < folderOf(right) ? -1 : 1));
}

function lastPart(folder: string): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}
