import path from 'node:path';
import { Construct } from 'constructs';
import type { JsonObject } from '../../src/manifest/index.ts';
import type { Application } from '../application.ts';
import { keyProblems, shapesOf, type DeclaredKeys, type KeyShape } from './declared-keys.ts';
import type { Problem } from './encrypted-object.ts';

export interface SecretGeneratorOptions {
  /** A dotenv file: each of its lines becomes a key of the Secret. */
  readonly env?: {
    /** Exactly the keys that it holds. */
    readonly keys: DeclaredKeys;
    /** The SOPS file, relative to the project. Default: `secrets/<namespace>/<name>.sops.env`. */
    readonly source?: string;
  };
  /**
   * Whole files, each a SOPS file of the project, by the key of the Secret that it becomes. Flux decrypts it in the format
   * that the key's name ends in (`config.yaml`, `app.ini`; anything else as a binary file), so the file's name must say the same.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** Type of the Secret. Default: `Opaque`. */
  readonly type?: string;
  /**
   * Whether kustomize appends a digest of the content to the Secret's name, so that workloads which refer to it by its plain
   * name restart when it changes. Only kinds of Kubernetes itself are followed, no HelmRelease. Default: true, as kustomize has it.
   */
  readonly nameSuffixHash?: boolean;
}

/**
 * A Secret that kustomize makes of SOPS files (`secretGenerator`), which Flux decrypts before. The files go into the tree
 * byte for byte.
 */
export class SecretGenerator extends Construct {
  readonly name: string;
  readonly files: readonly EncryptedFile[];
  readonly #namespace: string;
  readonly #options: SecretGeneratorOptions;

  constructor(scope: Application, name: string, options: SecretGeneratorOptions) {
    super(scope, `secretGenerator-${name}`);
    const { env, files = {} } = options;
    this.name = name;
    this.#namespace = scope.namespace;
    this.#options = options;
    this.files = [
      ...(env === undefined
        ? []
        : [new EncryptedFile(this, env.source ?? `secrets/${scope.namespace}/${name}.sops.env`, shapesOf(env.keys))]),
      ...Object.entries(files).map(([key, source]) => new EncryptedFile(this, source, undefined, key)),
    ];
    scope.encrypted.push(this);
  }

  /** As a kustomization.yaml has it. */
  toKustomize(): JsonObject {
    const { type, nameSuffixHash } = this.#options;
    const files = this.files.flatMap(({ key, fileInTree }) => (key === undefined ? [] : [`${key}=${fileInTree}`]));
    const envs = this.files.flatMap(({ key, fileInTree }) => (key === undefined ? [fileInTree] : []));
    return {
      name: this.name,
      namespace: this.#namespace,
      ...(type !== undefined && { type }),
      ...(files.length > 0 && { files }),
      ...(envs.length > 0 && { envs }),
      ...(nameSuffixHash === false && { options: { disableNameSuffixHash: true } }),
    };
  }
}

/** One SOPS file of a generator, taken as it is. */
export class EncryptedFile extends Construct {
  readonly source: string;
  /** The key that it becomes; `undefined` for a dotenv file. */
  readonly key: string | undefined;
  /** Of a dotenv file. */
  readonly shapes: ReadonlyMap<string, KeyShape>;
  /** Of a dotenv file the top holds the keys. */
  readonly valueFields: readonly string[] = [];

  constructor(scope: SecretGenerator, source: string, shapes: ReadonlyMap<string, KeyShape> = new Map(), key?: string) {
    super(scope, key ?? 'env');
    this.source = source;
    this.key = key;
    this.shapes = shapes;
  }

  get fileInTree(): string {
    return path.posix.basename(this.source);
  }

  problems(): readonly Problem[] {
    if (this.key === undefined) {
      const isDotenv = this.source.endsWith('.env');
      return [...keyProblems(this.shapes.keys()), ...(isDotenv ? [] : [wrongFormat(this.source, '.env')])];
    }
    const wanted = formatEnding(this.key);
    return [
      ...keyProblems([this.key]),
      ...(formatEnding(this.source) === wanted ? [] : [wrongFormat(this.source, wanted, this.key)]),
    ];
  }
}

/** What Flux tells a format by (kustomize-controller: formats.FormatForPath and `.dockerconfigjson`); '' is binary. */
function formatEnding(name: string): string {
  if (name.endsWith('.dockerconfigjson')) return '.json';
  const ending = path.posix.extname(name);
  if (ending === '.yml') return '.yaml';
  return ['.yaml', '.json', '.env', '.ini'].includes(ending) || name.endsWith('.env') ? ending || '.env' : '';
}

function wrongFormat(source: string, wanted: string, key?: string): Problem {
  const named = wanted === '' ? 'none of .yaml, .json, .env and .ini' : wanted;
  const because = key === undefined ? 'a dotenv file is wanted' : `Flux decrypts the key ${key} in that format`;
  return {
    code: 'synth/secret-format',
    message: `The name ${source} should end in ${named}: ${because}.`,
    remedy: 'Rename the file, or the key.',
  };
}
