import { createHash } from 'node:crypto';
import type { SlipwayError } from '../errors.ts';
import {
  isDecryptionDisabled,
  isEncryptedSecret,
  loadVariables,
  parsePostBuild,
  prepareForApply,
  type VariableSource,
} from '../flux/index.ts';
import { getObject, type ObjectReference } from '../kube/index.ts';
import { isObject, type JsonObject } from '../manifest/index.ts';
import { buildKustomization, documentsOf } from '../render/index.ts';
import type { ReconcilerContext } from './context.ts';
import { buildSentence, dataOfSecret, decryptionOf } from './decryption.ts';
import { Failure } from './failure.ts';
import { digestOf } from './fingerprint.ts';
import { hideValues } from './hide-values.ts';
import type { Kustomization } from './kustomization.ts';
import type { LastBuild } from './last-build.ts';
import type { SourceArtifact } from './sources.ts';

export interface Built {
  /** As they are applied. */
  readonly objects: readonly JsonObject[];
  /** `sha256:…` of what kustomize made and substitution replaced, for the history. */
  readonly digest: string;
  /** What was decrypted, and variables of Secrets: never to be shown. */
  readonly secretValues: readonly string[];
}

export interface BuildContext extends Pick<ReconcilerContext, 'engine' | 'client' | 'policy'> {
  /** Gives a ConfigMap or Secret that variables come from; undefined where there is none. Default: as the cluster has it. */
  readonly read?: (reference: ObjectReference) => Promise<JsonObject | undefined>;
}

/**
 * The objects of a Kustomization (KC: reconcile, steps 12 to 20).
 *
 * @param last of the same Kustomization
 * @param onBrokenMac is told of one that policy lets pass
 * @throws Failure `BuildFailed`, `ArtifactFailed`
 */
export async function buildObjects(
  kustomization: Kustomization,
  artifact: Pick<SourceArtifact, 'tree'>,
  { engine, client, policy, read = (config) => getObject(client, config) }: BuildContext,
  last: LastBuild<Built>,
  onBrokenMac: (error: SlipwayError) => void,
): Promise<Built> {
  const secretVariables: string[] = [];
  try {
    const { spec } = kustomization;
    const decryption = await decryptionOf(kustomization, client, policy, onBrokenMac);
    const variables = await variablesOf(kustomization, read, secretVariables);
    const inputs = JSON.stringify([
      digestOf(spec),
      variables === undefined ? [] : [...variables],
      decryption?.keysVersion ?? '',
    ]);
    return await last.of(inputs, artifact.tree, async (tree) => {
      const strict = policy.strictSubstitutions;
      const built = await buildKustomization({ tree, spec, variables, strict, engine, decryption: decryption?.how });
      const { objects } = built;
      for (const object of objects) refuseEncrypted(object);
      const digest = createHash('sha256').update(documentsOf(objects)).digest('hex');
      const prepared = objects
        .map(withoutMetadataOfSops)
        .map((object) => prepareForApply(object, kustomization, kustomization.commonMetadata));
      const secretValues = [...secretVariables, ...built.secretValues];
      return { objects: prepared, digest: `sha256:${digest}`, secretValues };
    });
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'render/no-folder';
    const message = hideValues(buildSentence(error), secretVariables);
    throw new Failure(isMissing ? 'ArtifactFailed' : 'BuildFailed', message, { cause: error });
  }
}

/** KC: apply: ciphertext is never applied. */
function refuseEncrypted(object: JsonObject): void {
  if (!isEncryptedSecret(object)) return;
  const { name, namespace } = isObject(object.metadata) ? object.metadata : {};
  const subject = ['Secret', namespace, name].filter((part) => typeof part === 'string').join('/');
  throw new Error(`${subject} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`);
}

/** Of a Secret that is left encrypted on purpose: Flux drops fields that a built-in kind does not have (ssa: normalize). */
function withoutMetadataOfSops(object: JsonObject): JsonObject {
  if (object.kind !== 'Secret' || object.sops === undefined || !isDecryptionDisabled(object)) return object;
  return { ...object, sops: undefined };
}

/**
 * Of the cluster, read as ourselves: that a Kustomization acts as somebody else does not matter here, as with Flux.
 *
 * @param secrets takes up the values of Secrets
 */
async function variablesOf(
  { spec, namespace }: Kustomization,
  read: Required<BuildContext>['read'],
  secrets: string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const postBuild = parsePostBuild({ spec });
  if (postBuild === undefined) return undefined;
  const data = new Map<VariableSource, ReadonlyMap<string, string> | undefined>();
  for (const source of postBuild.substituteFrom) {
    const object = await read({ group: '', kind: source.kind, namespace, name: source.name });
    const values = object === undefined ? undefined : dataOf(object, source.kind);
    if (source.kind === 'Secret') secrets.push(...(values?.values() ?? []));
    data.set(source, values);
  }
  return loadVariables(postBuild, (source) => data.get(source));
}

function dataOf(object: JsonObject, kind: VariableSource['kind']): ReadonlyMap<string, string> {
  if (kind === 'Secret') return dataOfSecret(object);
  const entries = Object.entries(isObject(object.data) ? object.data : {});
  return new Map(entries.map(([key, value]) => [key, typeof value === 'string' ? value : '']));
}
