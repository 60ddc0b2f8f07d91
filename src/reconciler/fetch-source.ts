import { getObject, type KubeClient, type KubeObject } from '../kube/index.ts';
import { isList, isObject, type JsonObject } from '../manifest/index.ts';
import {
  fetchUnlessKnown,
  fetchOciRepository,
  parseGitRepository,
  parseOciRepository,
  pollOciRepository,
  type SecretData,
  snapshotWorkingTree,
  type Storage,
} from '../sources/index.ts';
import { ArtifactTree } from './artifact-tree.ts';
import type { Artifacts, Commit, SourceArtifact } from './sources.ts';

/** What a source was found to hold. */
export interface FetchedSource extends SourceArtifact {
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  /** Who signed it, where the source asks for signatures. */
  readonly signatures: readonly string[];
}

export interface FetchContext {
  readonly client: KubeClient;
  readonly storage: Storage;
  readonly artifacts: Artifacts;
  readonly signal: AbortSignal;
  /** A folder of this machine that is taken in place of the source (`--source-dir`). */
  readonly folder: string | undefined;
  /** That it is fetched from instead of its own, to whose server its credentials are not sent. */
  readonly url: string | undefined;
}

/** The kinds of sources that are carried out. */
export const FETCHED_KINDS: readonly string[] = ['GitRepository', 'OCIRepository'];

/**
 * What a source holds now; undefined where that is `known`, which is found out without fetching where it can be.
 *
 * @param known the revision that is here already; undefined fetches in any case
 * @throws SlipwayError with a code of `sources/`
 */
export async function fetchSource(
  object: KubeObject,
  known: string | undefined,
  context: FetchContext,
): Promise<FetchedSource | undefined> {
  const { folder, url, storage, signal } = context;
  if (folder !== undefined) {
    const ignore = isObject(object.spec) && typeof object.spec.ignore === 'string' ? object.spec.ignore : undefined;
    const artifact = await snapshotWorkingTree(folder, { storage, ignore, signal });
    if (artifact.revision === known) return undefined;
    return { ...artifact, originRevision: '', tree: new ArtifactTree(artifact.stored), signatures: [] };
  }
  const asked = url === undefined ? object : elsewhere(object, url);
  return asked.kind === 'OCIRepository' ? fetchOci(asked, known, context) : fetchGit(asked, known, context);
}

/** What would show who we are to the server of a source, and is not for another one. */
const CREDENTIALS = new Set(['secretRef', 'proxySecretRef', 'certSecretRef', 'serviceAccountName', 'provider']);

function elsewhere(object: KubeObject, url: string): KubeObject {
  const fields = Object.entries(isObject(object.spec) ? object.spec : {}).filter(([name]) => !CREDENTIALS.has(name));
  return { ...object, spec: { ...Object.fromEntries(fields), url } };
}

async function fetchGit(
  object: KubeObject,
  known: string | undefined,
  { client, storage, artifacts, signal }: FetchContext,
): Promise<FetchedSource | undefined> {
  const spec = parseGitRepository(object);
  const { namespace } = spec;
  const secrets = {
    auth: await secretOf(client, namespace, spec.secretName),
    proxy: await secretOf(client, namespace, spec.proxySecretName),
    verify: await secretOf(client, namespace, spec.verify?.secretName),
  };
  const includes = spec.include.map(({ repository }) => {
    const included = artifacts.get({ kind: 'GitRepository', namespace, name: repository });
    if (included?.stored !== undefined) return included.stored;
    throw new Error(`no artifact available for include '${repository}'`);
  });
  const artifact = await fetchUnlessKnown(spec, secrets, known, { storage, includes, signal });
  if (artifact === undefined) return undefined;
  const { hash, author, message } = artifact.commit;
  const commit: Commit = { hash, author: `${author.name} <${author.email}>`, subject: message.split('\n')[0] ?? '' };
  const signatures = artifact.signatures.map(({ object: signed, key }) => `${signed} signed by ${key}`);
  return { ...artifact, originRevision: '', tree: new ArtifactTree(artifact.stored), commit, signatures };
}

async function fetchOci(
  object: KubeObject,
  known: string | undefined,
  { client, storage, signal }: FetchContext,
): Promise<FetchedSource | undefined> {
  const spec = parseOciRepository(object);
  const { namespace } = spec;
  const own = await secretOf(client, namespace, spec.secretName);
  const secrets = {
    pull: [...(own === undefined ? [] : [own]), ...(await pullSecretsOf(client, namespace, spec.serviceAccountName))],
    certificates: await secretOf(client, namespace, spec.certSecretName),
    proxy: await secretOf(client, namespace, spec.proxySecretName),
  };
  if (known !== undefined && (await pollOciRepository(spec, secrets, signal)) === known) return undefined;
  const artifact = await fetchOciRepository(spec, secrets, { storage, signal });
  const originRevision = artifact.metadata['org.opencontainers.image.revision'] ?? '';
  return { ...artifact, originRevision, tree: new ArtifactTree(artifact.stored), signatures: [] };
}

/** @throws where a Secret that is named is not there */
async function secretOf(
  client: KubeClient,
  namespace: string,
  name: string | undefined,
): Promise<SecretData | undefined> {
  if (name === undefined) return undefined;
  const secret = await getObject(client, { group: '', kind: 'Secret', namespace, name });
  if (secret === undefined) throw new Error(`failed to get secret '${namespace}/${name}': not found`);
  return decoded(secret);
}

async function pullSecretsOf(
  client: KubeClient,
  namespace: string,
  account: string | undefined,
): Promise<readonly SecretData[]> {
  if (account === undefined) return [];
  const object = await getObject(client, { group: '', kind: 'ServiceAccount', namespace, name: account });
  if (object === undefined) throw new Error(`failed to get service account '${namespace}/${account}': not found`);
  const names = isList(object.imagePullSecrets) ? object.imagePullSecrets.filter(isObject).map(({ name }) => name) : [];
  const found = await Promise.all(
    names.filter((name) => typeof name === 'string').map((name) => secretOf(client, namespace, name)),
  );
  return found.filter((secret) => secret !== undefined);
}

function decoded({ data }: JsonObject): SecretData {
  const entries = Object.entries(isObject(data) ? data : {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(typeof value === 'string' ? value : '', 'base64')]),
  );
}
