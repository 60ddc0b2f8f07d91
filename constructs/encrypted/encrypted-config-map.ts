import type { Construct } from 'constructs';
import { shapesOf, type DeclaredKeys, type KeyShape } from './declared-keys.ts';
import { EncryptedObject } from './encrypted-object.ts';
import type { EncryptedSecretOptions } from './encrypted-secret.ts';

export interface EncryptedConfigMapOptions<Key extends string = string> extends Omit<
  EncryptedSecretOptions<Key>,
  'keys' | 'type'
> {
  /** Exactly the keys that the ConfigMap holds, each of them encrypted. */
  readonly keys: DeclaredKeys<Key>;
}

/** A ConfigMap whose values are encrypted in git alone: in the cluster everybody who may read ConfigMaps reads them. */
export class EncryptedConfigMap<const Key extends string = string> extends EncryptedObject {
  readonly shapes: ReadonlyMap<string, KeyShape>;
  readonly valueFields = ['data'];
  readonly #immutable: boolean;

  constructor(scope: Construct, name: string, options: EncryptedConfigMapOptions<Key>) {
    const { keys, immutable = false, source, file, ...metadata } = options;
    super(scope, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, source, file });
    this.shapes = shapesOf(keys);
    this.#immutable = immutable;
  }

  /** As `configMapKeyRef` takes it. */
  key(key: Key): { readonly name: string; readonly key: Key } {
    return { name: this.name, key };
  }

  /** All but the values, which nobody here knows. */
  override toJson(): object {
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: this.metadata.toJson() as object,
      ...(this.#immutable && { immutable: true }),
    };
  }
}
