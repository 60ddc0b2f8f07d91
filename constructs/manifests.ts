import path from 'node:path';
import { Construct } from 'constructs';
import type { Folder } from './folder.ts';

export interface ManifestsOptions {
  /**
   * A file or a folder of hand-written manifests, relative to the project. Inside of the tree it is listed where it
   * lies; anywhere else it is copied, byte for byte, beside what else the scope holds.
   */
  readonly path: string;
}

/** Hand-written manifests, taken as they are. */
export class Manifests extends Construct {
  readonly path: string;

  constructor(scope: Folder, id: string, options: ManifestsOptions) {
    super(scope, id);
    this.path = path.normalize(options.path);
  }
}
