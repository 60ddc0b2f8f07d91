import { ApiObject } from 'cdk8s';
import { SlipwayError } from '../src/errors.ts';
import type { IConstruct } from 'constructs';
import { Application } from './application.ts';
import { Folder } from './folder.ts';
import { Manifests } from './manifests.ts';

/** What an author declared in one folder of the tree, in the order in which it was declared. */
export interface Declared {
  readonly folder: Folder;
  readonly objects: ApiObject[];
  readonly manifests: Manifests[];
}

export function applicationsOf(folders: readonly Declared[]): Application[] {
  return folders.flatMap(({ folder }) => (folder instanceof Application ? [folder] : []));
}

/** Every folder with what is in it, in one walk of the construct tree. */
export function declaredFolders(root: IConstruct): Declared[] {
  const found: Declared[] = [];
  collect(root, undefined, found);
  return found;
}

function collect(construct: IConstruct, within: Declared | undefined, found: Declared[]): void {
  let declared = within;
  if (construct instanceof Folder) {
    declared = { folder: construct, objects: [], manifests: [] };
    found.push(declared);
  } else if (ApiObject.isApiObject(construct)) {
    if (declared === undefined) throw outside(construct);
    declared.objects.push(construct);
  } else if (construct instanceof Manifests) {
    declared?.manifests.push(construct);
  }
  for (const child of construct.node.children) collect(child, declared, found);
}

/** In a chart of its own, for example: no folder of the tree is its place, and it would be left out without a word. */
function outside(object: ApiObject): SlipwayError {
  return new SlipwayError({
    code: 'synth/outside',
    message: `${object.kind} ${object.name} is declared outside of every Namespace and Application.`,
    remedy: 'Declare it in one of them.',
    place: { object: object.node.path },
  });
}
