import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { FluxFolder } from './flux-folder.ts';
import type { RepositoryFolder } from './sources.ts';

/** One folder of `flux/repositories/`: the sources of one kind that the whole cluster shares. */
export class Repositories extends FluxFolder {
  constructor(scope: Construct, folder: RepositoryFolder, namespace: string) {
    super(scope, `$${folder}-repositories`, `flux/repositories/${folder}`, namespace);
  }

  /** All are of one kind: the name says enough. */
  override fileOf(object: ApiObject): string {
    return `${object.name}.yaml`;
  }
}
