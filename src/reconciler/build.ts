import { createHash } from 'node:crypto';
import { loadVariables, parsePostBuild, prepareForApply, type VariableSource } from '../flux/index.ts';
import { getObject, type KubeClient } from '../kube/index.ts';
import { isObject, type JsonObject } from '../manifest/index.ts';
import { buildKustomization, documentsOf, type Engine } from '../render/index.ts';
import { Failure, sentenceOf } from './failure.ts';
import { digestOf } from './fingerprint.ts';
import type { Kustomization } from './kustomization.ts';
import type { LastBuild } from './last-build.ts';
import type { SourceArtifact } from './sources.ts';

export interface Built {
  /** As they are applied. */
  readonly objects: readonly JsonObject[];
  /** `sha256:…` of what kustomize made and substitution replaced, for the history. */
  readonly digest: string;
}

/**
 * The objects of a Kustomization (KC: reconcile, steps 12 to 20).
 *
 * @param last of the same Kustomization
 * @throws Failure `BuildFailed`, `ArtifactFailed`
 */
export async function buildObjects(
  kustomization: Kustomization,
  artifact: SourceArtifact,
  engine: Engine,
  client: KubeClient,
  last: LastBuild<Built>,
): Promise<Built> {
  try {
    const { spec } = kustomization;
    const variables = await variablesOf(kustomization, client);
    const inputs = JSON.stringify([digestOf(spec), variables === undefined ? [] : [...variables]]);
    return await last.of(inputs, artifact.tree, async (tree) => {
      const { objects } = await buildKustomization({ tree, spec, variables, engine });
      for (const object of objects) refuseEncrypted(object);
      const digest = createHash('sha256').update(documentsOf(objects)).digest('hex');
      const prepared = objects.map((object) => prepareForApply(object, kustomization, kustomization.commonMetadata));
      return { objects: prepared, digest: `sha256:${digest}` };
    });
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'render/no-folder';
    throw new Failure(isMissing ? 'ArtifactFailed' : 'BuildFailed', sentenceOf(error), { cause: error });
  }
}

/** KC: apply: ciphertext is never applied. */
function refuseEncrypted(object: JsonObject): void {
  const { kind, sops, metadata } = object;
  if (kind !== 'Secret' || !isObject(sops) || sops.mac === undefined) return;
  const { name, namespace } = isObject(metadata) ? metadata : {};
  const subject = ['Secret', namespace, name].filter((part) => typeof part === 'string').join('/');
  throw new Error(`${subject} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`);
}

/** Of the cluster, read as ourselves: that a Kustomization acts as somebody else does not matter here, as with Flux. */
async function variablesOf(
  { spec, namespace }: Kustomization,
  client: KubeClient,
): Promise<ReadonlyMap<string, string> | undefined> {
  const postBuild = parsePostBuild({ spec });
  if (postBuild === undefined) return undefined;
  const data = new Map<VariableSource, ReadonlyMap<string, string> | undefined>();
  for (const source of postBuild.substituteFrom) {
    const object = await getObject(client, { group: '', kind: source.kind, namespace, name: source.name });
    data.set(source, object === undefined ? undefined : dataOf(object, source.kind));
  }
  return loadVariables(postBuild, (source) => data.get(source));
}

function dataOf(object: JsonObject, kind: VariableSource['kind']): ReadonlyMap<string, string> {
  const entries = Object.entries(isObject(object.data) ? object.data : {});
  const decoded = (value: string): string =>
    kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value;
  return new Map(entries.map(([key, value]) => [key, typeof value === 'string' ? decoded(value) : '']));
}
