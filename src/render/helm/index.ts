/**
 * HelmReleases as the objects that helm-controller would apply: names and values worked out as it does, templates by the
 * real helm, without a network.
 */
export { chartFolders } from './find-chart.ts';
export { createHelmProgram, type HelmProgram } from './helm-program.ts';
export { renderReleases, type RenderedRelease, type ReleaseOptions } from './render-releases.ts';
