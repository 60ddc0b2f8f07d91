import type { IResolver, ResolutionContext } from 'cdk8s';

/**
 * cdk8s asks each of its resolvers about every value of every object (cdk8s: resolve.ts), most of which are texts,
 * numbers and booleans, and none of its own replaces those. This one asks them about the rest only.
 */
export class ObjectsOnly implements IResolver {
  readonly #resolvers: readonly IResolver[];

  constructor(resolvers: readonly IResolver[]) {
    this.#resolvers = resolvers;
  }

  resolve(context: ResolutionContext): void {
    if (typeof context.value !== 'object') return;
    for (const resolver of this.#resolvers) {
      resolver.resolve(context);
      if (context.replaced) return;
    }
  }
}
