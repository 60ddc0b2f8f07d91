/** Builds a folder in memory as a Kustomization with decryption would. */
import { type Decryption, MemoryTree } from '../../src/flux/index.ts';
import type { JsonObject } from '../../src/manifest/index.ts';
import {
  type BuiltKustomization,
  buildKustomization,
  createEngine,
  createKustomizeProgram,
} from '../../src/render/index.ts';
import { keyringOf } from '../../src/sops/index.ts';

export const native = createEngine(createKustomizeProgram(undefined, undefined));

/** As the reconciler decrypts. */
export function strictly(identity: string, more: Partial<Decryption> = {}): Decryption {
  return { keyring: keyringOf(identity), masked: false, mayStayClosed: false, ...more };
}

export async function buildFolder(
  files: Readonly<Record<string, string | Buffer>>,
  decryption: Decryption,
  {
    spec = {},
    engine = native,
    variables,
  }: { spec?: JsonObject; engine?: typeof native; variables?: ReadonlyMap<string, string> } = {},
): Promise<BuiltKustomization> {
  const tree = new MemoryTree(Object.entries(files));
  return buildKustomization({ tree, spec: { path: './', ...spec }, variables, engine, decryption });
}

/** The values of `data` of a Secret, decoded. */
export function decoded(object: JsonObject | undefined): Readonly<Record<string, string>> {
  const data = (object?.data ?? {}) as Readonly<Record<string, string>>;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}
