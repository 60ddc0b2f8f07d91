import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { fileName } from '../file-name.ts';
import { Folder } from '../folder.ts';
import { keyProblems, type KeyShape } from './declared-keys.ts';

/** Something that is wrong with what was declared. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export interface EncryptedObjectProps {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiObjectMetadata & { readonly name: string };
  readonly source: string | undefined;
  readonly file: string | undefined;
}

/**
 * An object whose values stand in one SOPS file of the project. Whatever applies it (its Application, or the cluster's
 * own Kustomizations) decrypts.
 */
export abstract class EncryptedObject extends ApiObject {
  /** The SOPS file, relative to the project. */
  readonly source: string;
  /** The maps that may hold its keys. */
  abstract readonly valueFields: readonly string[];
  abstract readonly shapes: ReadonlyMap<string, KeyShape>;
  /** Paths of what is encrypted, where that is something else than a map of keys. */
  readonly encryptedPaths: readonly string[] = [];

  /** The type of a Secret. */
  readonly secretType: string | undefined;
  readonly #file: string | undefined;

  constructor(scope: Construct, { source, file, ...object }: EncryptedObjectProps) {
    super(scope, `${object.kind}-${object.metadata.name}`, object);
    this.source = source ?? `secrets/${this.metadata.namespace ?? 'cluster'}/${object.metadata.name}.sops.yaml`;
    this.#file = file;
    folderOf(this)?.encrypted.push(this);
  }

  /** Name of its file in the folder of the tree. */
  get fileInTree(): string {
    const folder = folderOf(this);
    const owner = folder?.role === 'application' ? folder.node.id : '';
    return this.#file ?? fileName(this, owner, folder?.namespace ?? '').replace(/\.yaml$/, '.sops.yaml');
  }

  /** What can be said of the declaration alone. */
  problems(): readonly Problem[] {
    return keyProblems(this.shapes.keys());
  }

  /** Plain `instanceof`: the one that ApiObject defines says yes to every object, whatever its class. */
  static override [Symbol.hasInstance]<Class>(
    this: abstract new (...args: never) => Class,
    value: unknown,
  ): value is Class & ApiObject {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

/** The folder of the tree that an object lies in. */
export function folderOf(object: IConstruct): Folder | undefined {
  return object.node.scopes.findLast((one) => one instanceof Folder);
}
