/** What can be found wrong with a repository that was rendered. Stands on src/schema, which is much to load. */
export { checkRepository, type CheckOptions } from './check-repository.ts';
export type { Finding } from './finding.ts';
