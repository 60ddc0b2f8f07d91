import fs from 'node:fs';
import path from 'node:path';
import { type Cluster, explainCluster, findProject } from '../../../constructs/index.ts';
import type { FluxOwner } from '../../flux/index.ts';
import { formatIdentity, type ObjectIdentity } from '../../manifest/index.ts';
import { loadProgram } from '../load-program.ts';

/** Where an object of the cluster is written down. */
export interface MadeBy {
  /** In the tree, relative to the project. */
  readonly file: string;
  /** The lines of TypeScript, innermost first; empty where a library made it. */
  readonly source: readonly string[];
}

/** What the program of the folder that a command runs in makes, if it is that of the cluster. */
export interface Origins {
  /**
   * @param owner what put the object into the cluster: what the program makes under the name of another's object is not it
   * @returns undefined where there is no program, or it does not make the object
   */
  of(identity: ObjectIdentity, owner: FluxOwner | undefined): Promise<MadeBy | undefined>;
}

/** The program is loaded when it is asked for first; one that does not load is as good as none here. */
export function createOrigins(cwd: string): Origins {
  let loaded: Promise<readonly Cluster[]> | undefined;
  return {
    of: async (identity, owner) => {
      loaded ??= fs.existsSync(path.join(findProject(cwd), 'cdk8s.yaml'))
        ? loadProgram(cwd, undefined).catch(() => [])
        : Promise.resolve([]);
      const query = formatIdentity(identity);
      const found = (await loaded).flatMap((cluster) => explainCluster(cluster, query, cwd));
      const own = found.find(({ kustomization }) => owner === undefined || isOwner(kustomization, owner));
      return own === undefined ? undefined : { file: own.file, source: own.source };
    },
  };
}

function isOwner(kustomization: string, { kind, namespace, name }: FluxOwner): boolean {
  return kind === 'Kustomization' && kustomization === `${namespace}/${name}`;
}
