import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { Application } from './application.ts';
import { SecretGenerator } from './encrypted/index.ts';
import { Folder } from './folder.ts';
import { Manifests } from './manifests.ts';

/** What an author declared in one folder of the tree, in the order in which it was declared. */
export interface Declared {
  readonly folder: Folder;
  readonly objects: ApiObject[];
  readonly manifests: Manifests[];
  readonly generators: SecretGenerator[];
}

export function applicationsOf(folders: readonly Declared[]): Application[] {
  return folders.flatMap(({ folder }) => (folder instanceof Application ? [folder] : []));
}

/** What an author declared: every folder with what is in it, and what is in none. */
export interface Declarations {
  readonly folders: readonly Declared[];
  /** In a chart of its own, for example: no folder of the tree is its place. */
  readonly outside: readonly (ApiObject | Manifests)[];
}

/** All of it, in one walk of the construct tree. */
export function declarationsOf(root: IConstruct): Declarations {
  const folders: Declared[] = [];
  const outside: (ApiObject | Manifests)[] = [];
  const collect = (construct: IConstruct, within: Declared | undefined): void => {
    let declared = within;
    if (construct instanceof Folder) {
      declared = { folder: construct, objects: [], manifests: [], generators: [] };
      folders.push(declared);
    } else if (ApiObject.isApiObject(construct)) {
      (declared?.objects ?? outside).push(construct);
    } else if (construct instanceof SecretGenerator) {
      declared?.generators.push(construct);
    } else if (construct instanceof Manifests) {
      (declared?.manifests ?? outside).push(construct);
    }
    for (const child of construct.node.children) collect(child, declared);
  };
  collect(root, undefined);
  return { folders, outside };
}
