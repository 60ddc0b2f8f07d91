import { ApiObject, JsonPatch, type ApiObjectMetadata } from 'cdk8s';
import type { Construct } from 'constructs';
import { toJsonValue } from './json-value.ts';
import type { JsonObject } from '../src/manifest/index.ts';

export interface FluxObjectOptions<Spec extends object> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiObjectMetadata & { readonly name: string };
  /** Called at synth, when everything that the spec refers to has been declared. */
  readonly spec: () => Spec;
}

/**
 * An object of one of Flux's own kinds. Field names go into the tree as they are, in the order in which they are
 * given: nothing is renamed, sorted or dropped but `undefined`.
 */
export class FluxObject<Spec extends object = object> extends ApiObject {
  readonly #spec: () => Spec;
  readonly #patches: JsonPatch[] = [];

  constructor(scope: Construct, options: FluxObjectOptions<Spec>) {
    // By kind and name, so that a release and the source of its chart may bear one name.
    super(scope, `${options.kind}-${options.metadata.name}`, {
      apiVersion: options.apiVersion,
      kind: options.kind,
      metadata: options.metadata,
    });
    this.#spec = options.spec;
  }

  /** Plain `instanceof`: the one that ApiObject defines says yes to every object, whatever its class. */
  static override [Symbol.hasInstance]<Class>(
    this: abstract new (...args: never) => Class,
    value: unknown,
  ): value is Class & ApiObject {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** The spec as it stands now; at synth it is asked for once everything is declared. */
  spec(): Spec {
    return this.#spec();
  }

  override addJsonPatch(...operations: JsonPatch[]): void {
    this.#patches.push(...operations);
  }

  override toJson(): JsonObject {
    const object = {
      apiVersion: this.apiVersion,
      kind: this.kind,
      metadata: this.metadata.toJson() as JsonObject,
      spec: toJsonValue(this.#spec(), this),
    };
    return this.#patches.length === 0 ? object : (JsonPatch.apply(object, ...this.#patches) as JsonObject);
  }
}
