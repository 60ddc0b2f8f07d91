import { App, type ApiObject, type IResolver, ResolutionContext } from 'cdk8s';
import { SlipwayError } from '../src/errors.ts';
import { jsonPointer } from '../src/manifest/index.ts';
import { MAX_DEPTH, NESTED_TOO_DEEP, notData, whatIs } from './json-value.ts';

/**
 * cdk8s asks each of its resolvers about every value of every object (cdk8s: resolve.ts), most of which are texts,
 * numbers, booleans, lists and maps, and none of its own replaces those. This one asks them about the rest only, and says
 * where cdk8s would fail without a word of the place. Where it is the only resolver it walks an object by itself, since
 * the walk of cdk8s, which looks for the App anew at each value, is a tenth of a synth.
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
    if (typeof value !== 'object' || value === null || value instanceof ResolvedMap) return;
    const isWhole = key.length === 0 && isMap(value) && App.of(obj).resolvers.length === 1;
    if (isWhole) {
      context.replaceValue(Object.assign(new ResolvedMap(), this.#membersOf(value, obj, [])));
      return;
    }
    this.#resolveOne(value, context);
  }

  /** Why a value was last refused, since asked: cdk8s passes on the words of an error alone. */
  takeRefusal(): SlipwayError | undefined {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    return refusal;
  }

  /** As cdk8s does it (cdk8s: resolve.ts, `resolve`), which skips what is absent. */
  #valueOf(value: unknown, object: ApiObject, key: string[]): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (key.length > MAX_DEPTH) this.#refuse(notData(object, jsonPointer(key), NESTED_TOO_DEEP));
    if (Array.isArray(value)) return value.map((item, index) => this.#memberOf(item, object, key, String(index)));
    if (isMap(value)) return this.#membersOf(value, object, key);
    const context = new ResolutionContext(object, [...key], value);
    this.#resolveOne(value, context);
    return context.replaced ? this.#valueOf(context.replacedValue, object, key) : value;
  }

  #membersOf(map: Readonly<Record<string, unknown>>, object: ApiObject, key: string[]): Record<string, unknown> {
    const members: Record<string, unknown> = {};
    for (const name of Object.keys(map)) members[name] = this.#memberOf(map[name], object, key, name);
    return members;
  }

  #memberOf(value: unknown, object: ApiObject, key: string[], name: string): unknown {
    if (typeof value !== 'object' || value === null) return value;
    key.push(name);
    const member = this.#valueOf(value, object, key);
    key.pop();
    return member;
  }

  #resolveOne(value: object, context: ResolutionContext): void {
    const { key, obj } = context;
    if (key.length > MAX_DEPTH) this.#refuse(notData(obj, jsonPointer(key), NESTED_TOO_DEEP));
    if (Array.isArray(value) || isMap(value)) return;
    if (Object.hasOwn(value, 'constructor')) this.#refuse(keyConstructor(obj, jsonPointer(key)));
    for (const resolver of this.#resolvers) {
      resolver.resolve(context);
      if (context.replaced) return;
    }
    // Another one may come to replace it.
    if (App.of(obj).resolvers.at(-1) === this) this.#refuse(notData(obj, jsonPointer(key), whatIs(value)));
  }

  #refuse(refusal: SlipwayError): never {
    this.#refusal = refusal;
    throw refusal;
  }
}

/**
 * A map whose values are resolved. cdk8s hands it on as it is, since its class is not Object itself (resolve.ts,
 * `value.constructor == Object`), and then takes it for the map that it is by the name of its class (_util.ts,
 * `sanitizeValue`), as it does with a map of another realm.
 */
class ResolvedMap {
  static {
    Object.defineProperty(this, 'name', { value: 'Object' });
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

/** By the name of its class, as cdk8s tells it (cdk8s: _util.ts, `sanitizeValue`), and no token. */
function isMap(value: object): value is Readonly<Record<string, unknown>> {
  const { constructor, resolve } = value as {
    readonly constructor?: { readonly name?: unknown };
    readonly resolve?: unknown;
  };
  return constructor?.name === 'Object' && typeof resolve !== 'function';
}
