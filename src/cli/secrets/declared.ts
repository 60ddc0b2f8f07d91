/** What the project's program declares of the files that `add` makes. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  encryptedOf,
  findProject,
  readCreationRules,
  refuseDifferentRules,
  writeCreationRules,
  type Cluster,
  EncryptedObject,
  type FromSops,
  type KeyShape,
} from '../../../constructs/index.ts';
import { SlipwayError } from '../../errors.ts';
import type { Io } from '../command.ts';
import { loadProgram } from '../load-program.ts';
import { wrongUse } from './files.ts';
import type { ObjectIdentity } from './secret-manifest.ts';

export interface DeclaredFile {
  /** Absolute. */
  readonly path: string;
  /** As it is to be named to the user. */
  readonly name: string;
  /** `undefined` where it is a dotenv file. */
  readonly identity: ObjectIdentity | undefined;
  readonly shapes: ReadonlyMap<string, KeyShape>;
}

/**
 * Runs the program and finds what it declares of a file. `.sops.yaml` is brought up to date on the way, so that the file is
 * encrypted to the recipients that the program names.
 *
 * @param file as the user named it; `undefined` for all
 * @throws SlipwayError `cli/usage` where nobody declares it, and what running the program throws
 */
export async function declaredFiles(io: Io, file: string | undefined): Promise<readonly DeclaredFile[]> {
  const clusters = await loadProgram(io.cwd, undefined);
  const all = clusters.flatMap((cluster) =>
    encryptedOf(cluster).map((object) => ({ cluster, object, path: join(cluster.project, object.source) })),
  );
  const meant = file === undefined ? all : all.filter(({ path }) => path === resolve(io.cwd, file));
  if (file !== undefined && meant.length === 0) {
    throw wrongUse(
      `The program declares no secret whose file is ${file}.`,
      'Declare one (`new EncryptedSecret(…)`), or name its keys with --key or --generate.',
    );
  }
  writeRulesOf(
    meant.map((one) => one.cluster),
    io,
  );
  return meant.flatMap(({ object, path }) => {
    if (object.shapes.size === 0) {
      if (file === undefined) return [];
      throw wrongUse(
        `${file} has no keys that are declared: only its author can write it.`,
        `Write it, then: slipway secrets encrypt -i ${file}`,
      );
    }
    return [declaredFile(object, path, file ?? object.source)];
  });
}

/** Brings `.sops.yaml` in line with the program, where there is one and no person wrote the file. */
export async function refreshCreationRules(io: Io): Promise<void> {
  const project = findProject(io.cwd);
  if (!existsSync(join(project, 'cdk8s.yaml')) || readCreationRules(project)?.origin === 'hand-written') return;
  writeRulesOf(await loadProgram(io.cwd, undefined), io);
}

function writeRulesOf(clusters: readonly Cluster[], io: Io): void {
  refuseDifferentRules(clusters);
  for (const cluster of new Set(clusters)) {
    const change = writeCreationRules(cluster.creationRules(), cluster.project);
    if (change !== 'unchanged') io.stderr.write(`${change}  .sops.yaml\n`);
  }
}

function declaredFile(object: FromSops, path: string, name: string): DeclaredFile {
  const [problem] = object.problems();
  if (problem !== undefined) throw new SlipwayError({ ...problem, place: { object: object.node.path } });
  const { shapes } = object;
  if (!(object instanceof EncryptedObject)) return { path, name, shapes, identity: undefined };
  const identity = {
    kind: object.kind === 'ConfigMap' ? ('ConfigMap' as const) : ('Secret' as const),
    name: object.name,
    namespace: object.metadata.namespace,
    type: object.secretType,
  };
  return { path, name, shapes, identity };
}

/** Why a value is not what was declared; the value itself is not said. */
export function whyNotFit(shape: KeyShape, value: string): string | undefined {
  const size = Buffer.byteLength(value);
  if (size === 0) return shape.mayBeEmpty === true ? undefined : 'it is empty';
  if (size < (shape.minLength ?? 0)) return `it has ${size} bytes, and at least ${shape.minLength ?? 0} are declared`;
  if (size > (shape.maxLength ?? Infinity))
    return `it has ${size} bytes, and at most ${shape.maxLength ?? 0} are declared`;
  return undefined;
}
