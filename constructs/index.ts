/**
 * The authoring library: what a cluster, a namespace, an application, a source and a release are. Every class is a
 * cdk8s construct, and any cdk8s construct fits inside of a Namespace or an Application.
 */
export { Alert, type AlertOptions } from './alert.ts';
export { allow } from './allow.ts';
export { Application, type ApplicationOptions, type PostBuild } from './application.ts';
export { ArtifactGenerator, type ArtifactGeneratorOptions } from './artifact-generator.ts';
export { type AssembleOptions, type Synthesis } from './assemble.ts';
export { Bucket, type BucketOptions } from './bucket.ts';
export { Cluster, type ClusterOptions } from './cluster.ts';
export { customKind, type CustomKind, type CustomKindOptions } from './custom-kind.ts';
export {
  DEMO_RECIPIENT,
  EncryptedConfigMap,
  EncryptedFile,
  EncryptedManifest,
  EncryptedObject,
  EncryptedSecret,
  SecretGenerator,
  checkCreationRules,
  encryptedOf,
  readCreationRules,
  refuseDifferentRules,
  writeCreationRules,
  type CreationRulesChange,
  type DeclaredKeys,
  type EncryptedConfigMapOptions,
  type EncryptedManifestOptions,
  type EncryptedSecretOptions,
  type FromSops,
  type KeyShape,
  type SecretGeneratorOptions,
} from './encrypted/index.ts';
export { exists, ready, readyWhen, type Awaited, type Dependency, type HealthExpressions } from './dependency.ts';
export { explainCluster, type Explanation } from './explain.ts';
export { ExternalArtifact } from './external-artifact.ts';
export { findProject } from './find-project.ts';
export { FluxConfig, type ClusterRepository } from './flux-config.ts';
export { FluxFolder, type FluxFolderName, type FluxScope } from './flux-folder.ts';
export { FluxObject, type FluxObjectOptions } from './flux-object.ts';
export {
  FLUX_VERSION,
  FluxSystem,
  assignShard,
  type FluxComponent,
  type FluxSize,
  type FluxSystemOptions,
  type Shard,
} from './flux-system/index.ts';
export { Folder } from './folder.ts';
export { GitRepository, type GitRepositoryOptions } from './git-repository.ts';
export { type ChartOptions, type HelmChartReference, type HelmChartSource } from './helm-chart-reference.ts';
export { HelmChart, type HelmChartOptions } from './helm-chart.ts';
export { HelmRelease, type HelmReleaseOptions, type ValuesFrom } from './helm-release.ts';
export { HelmRepository, type HelmRepositoryOptions } from './helm-repository.ts';
export { ImagePolicy, type ImagePolicyOptions } from './image-policy.ts';
export { ImageRepository, type ImageRepositoryOptions } from './image-repository.ts';
export { ImageUpdateAutomation, type ImageUpdateAutomationOptions } from './image-update-automation.ts';
export { Manifests, type ManifestsOptions } from './manifests.ts';
export { Namespace, type NamespaceOptions } from './namespace.ts';
export { type ObjectReference } from './object-reference.ts';
export {
  applyMode,
  forceReplace,
  neverDecrypt,
  neverPrune,
  neverReconcile,
  neverSubstitute,
  type ApplyMode,
} from './object-switches.ts';
export { OCIRepository, type OCIRepositoryOptions } from './oci-repository.ts';
export { authorLines } from './origin.ts';
export { Provider, type ProviderOptions } from './provider.ts';
export { Receiver, type ReceiverOptions } from './receiver.ts';
export { type DataSource, type WithReferences } from './references.ts';
export { Tenant, type TenantOptions } from './tenant.ts';
export { type SourceReference, type SourceScope } from './sources.ts';
export { locationOf, onSynth, summary, type SynthHandler } from './synthesize.ts';
export { SlipwayError, SlipwayErrors, formatError, type Place } from '../src/errors.ts';
