/**
 * The authoring library: what a cluster, a namespace, an application, a source and a release are. Every class is a
 * cdk8s construct, and any cdk8s construct fits inside of a Namespace or an Application.
 */
export { Application, type ApplicationOptions } from './application.ts';
export { Cluster, type ClusterOptions } from './cluster.ts';
export { explainCluster, type Explanation } from './explain.ts';
export { FluxConfig, type ClusterRepository } from './flux-config.ts';
export { FluxObject, type FluxObjectOptions } from './flux-object.ts';
export { Folder } from './folder.ts';
export { GitRepository, type GitRepositoryOptions } from './git-repository.ts';
export { type HelmChartReference, type HelmChartSource } from './helm-chart.ts';
export { HelmRelease, type HelmReleaseOptions, type ValuesFrom } from './helm-release.ts';
export { HelmRepository, type HelmRepositoryOptions } from './helm-repository.ts';
export { Manifests, type ManifestsOptions } from './manifests.ts';
export { Namespace, type NamespaceOptions } from './namespace.ts';
export { type ObjectReference } from './object-reference.ts';
export { OCIRepository, type OCIRepositoryOptions } from './oci-repository.ts';
export { type SourceScope } from './sources.ts';
export { locationOf, onSynth, summary, type SynthHandler } from './synthesize.ts';
