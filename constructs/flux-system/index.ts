/**
 * Flux itself, as constructs: what its release installs, object for object, with the options that its own installers
 * have. The folder `flux/system/` of the tree.
 */
export { type FluxComponent, FLUX_VERSION } from './components.ts';
export { FluxSystem, type FluxSystemOptions } from './flux-system.ts';
export { assignShard, type Shard } from './shard.ts';
export { type FluxSize } from './sizes.ts';
