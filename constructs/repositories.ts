import type { Construct } from 'constructs';
import { Folder } from './folder.ts';
import type { RepositoryFolder } from './sources.ts';

/** One folder of `flux/repositories/`: the sources of one kind that the whole cluster shares. */
export class Repositories extends Folder {
  readonly role = 'repositories';
  readonly folder: string;

  constructor(scope: Construct, folder: RepositoryFolder, namespace: string) {
    super(scope, `${folder}-repositories`, namespace);
    this.folder = `flux/repositories/${folder}`;
  }
}
