/**
 * HelmReleases as the objects that helm-controller would apply: names and values worked out as it does, templates by the
 * real helm, without a network.
 */
export { createHelmProgram, type HelmProgram } from './helm-program.ts';
export { releaseSnapshots, type ReleaseSide } from './release-snapshots.ts';
export { CHARTS_HINT, chartPlaces } from './packaged-charts.ts';
export type { ReleaseOptions } from './prepare-releases.ts';
export { inInstallOrder, type RenderedRelease, renderReleases } from './render-releases.ts';
export { inNamespace, scopesOf } from './scopes.ts';
