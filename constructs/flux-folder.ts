import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Cluster } from './cluster.ts';
import { fileName } from './file-name.ts';
import { Folder } from './folder.ts';

/**
 * The folders of `flux/` beside `config`, where cluster-wide objects of Flux lie by what they are for, as public
 * repositories have them: who is told of what, and which images are followed.
 */
export type FluxFolderName = 'notifications' | 'images';

/** A folder of `flux/` with objects of Flux that the whole cluster shares. */
export class FluxFolder extends Folder {
  readonly role = 'flux';
  readonly folder: string;
  readonly #namespace: string;

  constructor(scope: Construct, id: string, folder: string, namespace: string) {
    super(scope, id, namespace);
    this.folder = folder;
    this.#namespace = namespace;
  }

  /** The file of an object in this folder. */
  fileOf(object: ApiObject): string {
    return fileName(object, '', this.#namespace);
  }
}

/** Where an object of Flux may be declared: on the Cluster, for all, or beside what it is about. */
export type FluxScope = Cluster | Folder;

/** What is declared on the Cluster goes into its folder of `flux/`; anything else stays where it was declared. */
export function fluxScope(scope: FluxScope, folder: FluxFolderName): Folder {
  return 'fluxFolder' in scope ? scope.fluxFolder(folder) : scope;
}
