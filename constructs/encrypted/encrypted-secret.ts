import type { Construct } from 'constructs';
import { shapesOf, type DeclaredKeys, type KeyShape } from './declared-keys.ts';
import { EncryptedObject, type Problem } from './encrypted-object.ts';

export interface EncryptedSecretOptions<Key extends string = string> {
  /** Exactly the keys that the Secret holds, each of them encrypted. */
  readonly keys: DeclaredKeys<Key>;
  /** Type of the Secret. Default: `Opaque`. */
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether the API server refuses changes of the values. Default: false. */
  readonly immutable?: boolean;
  /** The SOPS file that holds the values, relative to the project. Default: `secrets/<namespace>/<name>.sops.yaml`. */
  readonly source?: string;
  /** Name of its file in the tree. Default: `secret-<name>.sops.yaml`, or `secret.sops.yaml` where it bears the Application’s name. */
  readonly file?: string;
}

/**
 * A Secret whose values stand encrypted in one SOPS file of the project. Name, labels and type are those declared here,
 * whatever the file says of them; where its MAC covers them too (no `mac_only_encrypted`) they must agree.
 */
export class EncryptedSecret<const Key extends string = string> extends EncryptedObject {
  readonly shapes: ReadonlyMap<string, KeyShape>;
  // `data` is what files have that were made of a Secret as the API server has it.
  readonly valueFields = ['stringData', 'data'];
  override readonly secretType: string;
  readonly #immutable: boolean;

  constructor(scope: Construct, name: string, options: EncryptedSecretOptions<Key>) {
    const { keys, type = 'Opaque', immutable = false, source, file, ...metadata } = options;
    super(scope, { apiVersion: 'v1', kind: 'Secret', metadata: { name, ...metadata }, source, file });
    this.shapes = shapesOf(keys);
    this.secretType = type;
    this.#immutable = immutable;
  }

  /** As `secretKeyRef` takes it. */
  key(key: Key): { readonly name: string; readonly key: Key } {
    return { name: this.name, key };
  }

  /** All but the values, which nobody here knows. */
  override toJson(): object {
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: this.metadata.toJson() as object,
      type: this.secretType,
      ...(this.#immutable && { immutable: true }),
    };
  }

  override problems(): readonly Problem[] {
    const missing = (KEYS_OF_TYPE[this.secretType] ?? []).filter((key) => !this.shapes.has(key));
    if (missing.length === 0) return super.problems();
    return [
      ...super.problems(),
      {
        code: 'synth/secret-type',
        message: `A Secret of type ${this.secretType} needs ${missing.join(' and ')}, which is not declared.`,
        remedy: 'Declare it, or give another type: the API server would refuse the Secret.',
      },
    ];
  }
}

/** Keys that the API server wants of Secrets of a type (kubernetes: validation.ValidateSecret). */
const KEYS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
