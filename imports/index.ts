/**
 * The kinds of Flux, generated from its CustomResourceDefinitions (crds/) by `npm run import`: each class takes an
 * object as the API does, with the API's own field names, and gives it to the manifest as it is.
 * The types of the parts of a spec are in the file of its API group.
 */
export { HelmRelease } from './helm.toolkit.fluxcd.io.ts';
export { ImagePolicy, ImageRepository, ImageUpdateAutomation } from './image.toolkit.fluxcd.io.ts';
export { Kustomization } from './kustomize.toolkit.fluxcd.io.ts';
export { Alert, Provider, Receiver } from './notification.toolkit.fluxcd.io.ts';
export { ArtifactGenerator } from './source.extensions.fluxcd.io.ts';
export {
  Bucket,
  ExternalArtifact,
  GitRepository,
  HelmChart,
  HelmRepository,
  OCIRepository,
} from './source.toolkit.fluxcd.io.ts';

export type { HelmReleaseProps, HelmReleaseSpec } from './helm.toolkit.fluxcd.io.ts';
export type {
  ImagePolicyProps,
  ImagePolicySpec,
  ImageRepositoryProps,
  ImageRepositorySpec,
  ImageUpdateAutomationProps,
  ImageUpdateAutomationSpec,
} from './image.toolkit.fluxcd.io.ts';
export type { KustomizationProps, KustomizationSpec } from './kustomize.toolkit.fluxcd.io.ts';
export type {
  AlertProps,
  AlertSpec,
  ProviderProps,
  ProviderSpec,
  ReceiverProps,
  ReceiverSpec,
} from './notification.toolkit.fluxcd.io.ts';
export type { ArtifactGeneratorProps, ArtifactGeneratorSpec } from './source.extensions.fluxcd.io.ts';
export type {
  BucketProps,
  BucketSpec,
  ExternalArtifactProps,
  ExternalArtifactSpec,
  GitRepositoryProps,
  GitRepositorySpec,
  HelmChartProps,
  HelmChartSpec,
  HelmRepositoryProps,
  HelmRepositorySpec,
  OCIRepositoryProps,
  OCIRepositorySpec,
} from './source.toolkit.fluxcd.io.ts';
