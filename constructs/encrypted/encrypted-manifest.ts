import type { Construct } from 'constructs';
import { EncryptedObject, type Problem } from './encrypted-object.ts';

export interface EncryptedManifestOptions {
  readonly apiVersion: string;
  readonly kind: string;
  /** The fields that are encrypted, all of them, for example `spec.values.password`; every item where one is a list. */
  readonly encrypted: readonly string[];
  /** The SOPS file, relative to the project. Default: `secrets/<namespace>/<name>.sops.yaml`. */
  readonly source?: string;
  /** Name of its file in the tree. Default: `<kind>-<name>.sops.yaml`. */
  readonly file?: string;
}

/**
 * An object of any kind that stands in a SOPS file as a whole, some of its fields encrypted. The file goes into the tree
 * byte for byte: it is written by hand and encrypted with `slipway secrets encrypt`.
 */
export class EncryptedManifest extends EncryptedObject {
  readonly shapes = new Map<string, never>();
  readonly valueFields = [];
  override readonly encryptedPaths: readonly string[];

  constructor(scope: Construct, name: string, options: EncryptedManifestOptions) {
    const { apiVersion, kind, encrypted, source, file } = options;
    super(scope, { apiVersion, kind, metadata: { name }, source, file });
    this.encryptedPaths = encrypted;
  }

  override problems(): readonly Problem[] {
    if (this.encryptedPaths.length > 0) return [];
    const message = 'No field is declared as encrypted.';
    return [{ code: 'synth/secret-key', message, remedy: 'Name at least one in `encrypted`.' }];
  }

  /** What is known of it here: the file has the rest. */
  override toJson(): object {
    return { apiVersion: this.apiVersion, kind: this.kind, metadata: this.metadata.toJson() as object };
  }
}
