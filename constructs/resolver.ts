import { App, type ApiObject, type IResolver, type ResolutionContext } from 'cdk8s';
import { SlipwayError } from '../src/errors.ts';
import { jsonPointer } from '../src/manifest/index.ts';
import { MAX_DEPTH, NESTED_TOO_DEEP, notData, whatIs } from './json-value.ts';

/**
 * cdk8s asks each of its resolvers about every value of every object (cdk8s: resolve.ts), most of which are texts,
 * numbers, booleans, lists and maps, and none of its own replaces those. This one asks them about the rest only, and says
 * where cdk8s would fail without a word of the place.
 */
export class ObjectsOnly implements IResolver {
  readonly #resolvers: readonly IResolver[];
  #refusal: SlipwayError | undefined;

  constructor(resolvers: readonly IResolver[]) {
    this.#resolvers = resolvers;
  }

  /** @throws SlipwayError `synth/not-data` */
  resolve(context: ResolutionContext): void {
    const { key, obj } = context;
    const value: unknown = context.value;
    if (typeof value !== 'object' || value === null) return;
    if (key.length > MAX_DEPTH) this.#refuse(notData(obj, jsonPointer(key), NESTED_TOO_DEEP));
    if (Array.isArray(value) || (isPlain(value) && typeof value.resolve !== 'function')) return;
    if (Object.hasOwn(value, 'constructor')) this.#refuse(keyConstructor(obj, jsonPointer(key)));
    for (const resolver of this.#resolvers) {
      resolver.resolve(context);
      if (context.replaced) return;
    }
    // Another one may come to replace it.
    if (App.of(obj).resolvers.at(-1) === this) this.#refuse(notData(obj, jsonPointer(key), whatIs(value)));
  }

  /** Why a value was last refused, since asked: cdk8s passes on the words of an error alone. */
  takeRefusal(): SlipwayError | undefined {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    return refusal;
  }

  #refuse(refusal: SlipwayError): never {
    this.#refusal = refusal;
    throw refusal;
  }
}

function keyConstructor(object: ApiObject, pointer: string): SlipwayError {
  return new SlipwayError({
    code: 'synth/not-data',
    message: `${pointer} has the key \`constructor\`, which cdk8s takes for the class of a value.`,
    remedy: 'Write the object by hand, and take it in with new Manifests(scope, id, { path }).',
    place: { object: `${object.kind}/${object.name}` },
  });
}

/** By name, as cdk8s tells it (cdk8s: _util.ts, `sanitizeValue`). */
function isPlain(value: object): value is { readonly resolve?: unknown } {
  return (value.constructor as { name?: unknown } | undefined)?.name === 'Object';
}
