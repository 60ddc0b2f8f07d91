/** What made each object of a repository that was rendered, down to the line. */
export { type ObjectOrigin, type OriginPart, Origins, type OriginVariable } from './origins.ts';
export { type BuildTrace, traceKustomization } from './trace.ts';
export type { Traceable } from './traceable.ts';
export type { FilePosition } from './yaml-node.ts';
