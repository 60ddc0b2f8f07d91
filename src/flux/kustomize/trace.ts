import { posix } from 'node:path';
import { differences, type JsonObject } from '../../manifest/index.ts';
import { resolvePath } from '../file-tree.ts';
import { strings, text } from './kustomization.ts';

/** A value in a file of the tree that is built. */
export interface TreePlace {
  readonly file: string;
  /** Which document of the file, counted from 0 as readDocuments gives them. Default: the first. */
  readonly document?: number;
  /** JSON pointer within the document; undefined where only the file is known. */
  readonly pointer: string | undefined;
}

export type PartKind =
  | 'resource'
  | 'generator'
  | 'patch'
  | 'namespace'
  | 'namePrefix'
  | 'nameSuffix'
  | 'labels'
  | 'annotations'
  | 'images'
  | 'replacement'
  | 'transformer';

/** One step of a build, by where it is written. */
export interface BuildStep {
  readonly kind: PartKind;
  readonly place: TreePlace;
  /** The entries of kustomization files that lead to it, its own first. */
  readonly through: readonly TreePlace[];
  /** Of a generator: where the value of each key is from; one without a key gives several. */
  readonly sources?: readonly GeneratorSource[] | undefined;
}

/** A step that had a hand in an object. */
export interface BuildPart extends BuildStep {
  /** JSON pointers to what it set or took away; `''` is the whole object. Undefined where that is not known. */
  readonly fields: readonly string[] | undefined;
}

export interface GeneratorSource {
  readonly key: string | undefined;
  readonly place: TreePlace;
}

/** What is noted of an object on its way through a build. */
export interface Trail {
  readonly parts: readonly BuildPart[];
  /** The object as the last of the parts left it. */
  readonly object: JsonObject;
}

export function startTrail(object: JsonObject, step: BuildStep): Trail {
  return { parts: [{ ...step, fields: [''] }], object };
}

/** With one more part, if the step has changed the object. */
export function continueTrail(trail: Trail, object: JsonObject, step: BuildStep): Trail {
  if (object === trail.object) return trail;
  const fields = differences(trail.object, object).map(({ pointer }) => pointer);
  return { parts: fields.length === 0 ? trail.parts : [...trail.parts, { ...step, fields }], object };
}

/** Where an entry of configMapGenerator or secretGenerator takes its values from. */
export function generatorSources(args: JsonObject, folder: string, entry: TreePlace): readonly GeneratorSource[] {
  const file = (path: string): TreePlace => ({ file: resolvePath(folder, path) ?? path, pointer: undefined });
  const envs = [...strings(args.envs), ...(text(args.env) === '' ? [] : [text(args.env)])];
  return [
    ...envs.map((path) => ({ key: undefined, place: file(path) })),
    ...strings(args.literals).map((literal, at) => ({
      key: literal.slice(0, literal.indexOf('=')),
      place: { ...entry, pointer: `${entry.pointer ?? ''}/literals/${at}` },
    })),
    ...strings(args.files).map((source) => {
      const equals = source.indexOf('=');
      const key = equals === -1 ? posix.basename(source) : source.slice(0, equals);
      return { key, place: file(source.slice(equals + 1)) };
    }),
  ];
}
