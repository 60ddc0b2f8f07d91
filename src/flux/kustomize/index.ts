/** What kustomize builds of a folder, in the cases that are covered. */
export { buildNatively, type TracedObject, traceNatively } from './build.ts';
export { NotCovered } from './not-covered.ts';
