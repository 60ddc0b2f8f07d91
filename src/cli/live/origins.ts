import fs from 'node:fs';
import path from 'node:path';
import { type Cluster, explainCluster, findProject } from '../../../constructs/index.ts';
import type { FluxOwner } from '../../flux/index.ts';
import { formatIdentity, type ObjectIdentity } from '../../manifest/index.ts';
import { loadProgram } from '../load-program.ts';
import type { Checkout } from './checkout.ts';

/** Where an object of the cluster is written down. */
export interface MadeBy {
  /** In the tree, relative to the project, or to the root of the repository. */
  readonly file: string;
  /** Of the object in it, from 1; undefined where a program made the file. */
  readonly line?: number | undefined;
  /** The lines of TypeScript, innermost first; empty where a library made it. */
  readonly source: readonly string[];
}

/** What the program of the folder that a command runs in makes, if it is that of the cluster; else what a checkout has. */
export interface Origins {
  /**
   * @param owner what put the object into the cluster: what the program makes under the name of another's object is not it
   * @returns undefined where neither has the object
   */
  of(identity: ObjectIdentity, owner: FluxOwner | undefined): Promise<MadeBy | undefined>;
}

/** The program is loaded when it is asked for first; one that does not load is as good as none here. */
export function createOrigins(cwd: string, checkout: Checkout): Origins {
  let loaded: Promise<readonly Cluster[]> | undefined;
  return {
    of: async (identity, owner) => {
      loaded ??= fs.existsSync(path.join(findProject(cwd), 'cdk8s.yaml'))
        ? loadProgram(cwd, undefined).catch(() => [])
        : Promise.resolve([]);
      const query = formatIdentity(identity);
      const found = (await loaded).flatMap((cluster) => explainCluster(cluster, query, cwd));
      const own = found.find(({ kustomization }) => owner === undefined || isOwner(kustomization, owner));
      if (own !== undefined) return { file: own.file, source: own.source };
      const place = await checkout.placeOf(identity, owner);
      return place === undefined ? undefined : { file: place.file, line: place.line, source: [] };
    },
  };
}

function isOwner(kustomization: string, { kind, namespace, name }: FluxOwner): boolean {
  return kind === 'Kustomization' && kustomization === `${namespace}/${name}`;
}

/** `apps/web.yaml:7`. */
export function fileText({ file, line }: MadeBy): string {
  return line === undefined ? file : `${file}:${line}`;
}
