import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { SlipwayError } from '../errors.ts';
import { compileRe2 } from '../re2.ts';
import { compareVersions, isInRange, parseFullVersion } from '../semver.ts';
import { proxyEnvironment } from './http-client.ts';
import { registryCredentials } from './oci/docker-config.ts';
import { type OciLayer, type OciManifest, Registry } from './oci/registry.ts';
import type { OciLayerSelector, OciReference, OciRepositorySpec } from './oci/spec.ts';
import { untar } from './oci/untar.ts';
import { type SecretData, secretText } from './secret.ts';
import { DEFAULT_LIMITS, readFolder, type SourceLimits, storeTree, withoutIgnored } from './source-tree.ts';
import { type Artifact, onDisk, type Storage, temporaryPath } from './storage.ts';
import { tooLarge } from './too-large.ts';
import { withinTime } from './within-time.ts';

/** The Secrets that an OCIRepository names. */
export interface OciSecrets {
  /** Of `spec.secretRef`, and the imagePullSecrets of `spec.serviceAccountName` after it. */
  readonly pull?: readonly SecretData[] | undefined;
  /** Of `spec.certSecretRef`. */
  readonly certificates?: SecretData | undefined;
  /** Of `spec.proxySecretRef`. */
  readonly proxy?: SecretData | undefined;
}

export interface OciFetchOptions {
  readonly storage: Storage;
  readonly limits?: SourceLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OciArtifact extends Artifact {
  /** The manifest's annotations, which Flux keeps as the artifact's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Helm writes the `+` of a version, which no tag may have, as `_`. */
const HELM_CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

/**
 * Fetches an OCIRepository and keeps the files of its layer, or with `operation: copy` the layer itself, as an artifact.
 * Manifest and layer are held to their digests.
 *
 * @throws SlipwayError with a code of `sources/`: those of a connection (`unreachable`, `tls-failed`, `auth-refused`,
 * `not-found`, `server-failed`, `redirect-refused`, `proxy-failed`, `proxy-unsupported`, `timeout`), `secret-invalid`,
 * `semver-no-match`, `layer-missing`, `digest-mismatch`, `archive-invalid`, `too-large`, `disk-full`, `storage-failed`.
 */
export async function fetchOciRepository(
  spec: OciRepositorySpec,
  secrets: OciSecrets,
  options: OciFetchOptions,
): Promise<OciArtifact> {
  const { storage, limits = DEFAULT_LIMITS } = options;
  return within(spec, options.signal, async (signal) => {
    using registry = await openRegistry(spec, secrets, signal);
    const revision = await revisionOf(registry, spec);
    const manifest = await registry.manifest(revision.slice(revision.lastIndexOf('@') + 1));
    const layer = selectLayer(manifest, spec.layer);
    if (layer.size > limits.maxBytes) throw tooLarge('The layer', limits.maxBytes);
    const folder = temporaryPath(storage);
    try {
      const blob = Readable.from(await registry.blob(layer), { objectMode: false });
      if (spec.layer.operation === 'copy') await copyLayer(blob, folder, layer);
      else await untar(blob, folder, limits);
      signal.throwIfAborted();
      const tree = onDisk(() => readFolder(folder));
      const kept = spec.layer.operation === 'copy' ? tree : await withoutIgnored(tree, spec.ignore);
      const stored = await storeTree(storage, kept, limits, signal);
      return { ...stored, revision, metadata: manifest.annotations };
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** The revision that a fetch would have now: `<tag>@sha256:<hex>`, or `sha256:<hex>` for a digest. Fetches nothing else. */
export async function pollOciRepository(
  spec: OciRepositorySpec,
  secrets: OciSecrets,
  signal?: AbortSignal,
): Promise<string> {
  return within(spec, signal, async (limited) => {
    using registry = await openRegistry(spec, secrets, limited);
    return await revisionOf(registry, spec);
  });
}

async function within<Result>(
  spec: OciRepositorySpec,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return withinTime(spec.timeoutMs, `OCIRepository/${spec.namespace}/${spec.name}`, signal, work);
}

async function openRegistry(spec: OciRepositorySpec, secrets: OciSecrets, signal: AbortSignal): Promise<Registry> {
  const { certificates, proxy, pull = [] } = secrets;
  return Registry.open({
    image: spec.image,
    credentials: registryCredentials(pull, spec.image.host, spec.image.repository),
    tls: {
      certificateAuthority: secretText(certificates, 'ca.crt'),
      certificate: secretText(certificates, 'tls.crt'),
      certificateKey: secretText(certificates, 'tls.key'),
    },
    proxyEnvironment: proxyEnvironment(proxy),
    insecure: spec.insecure,
    signal,
  });
}

async function revisionOf(registry: Registry, { reference, layer }: OciRepositorySpec): Promise<string> {
  if (reference.kind === 'digest') return reference.digest;
  const tag = reference.kind === 'tag' ? reference.tag : newestTag(await registry.tags(), reference, layer);
  return `${tag}@${await registry.digestOf(tag)}`;
}

/** getTagBySemver. */
function newestTag(
  tags: readonly string[],
  { range, text, filter }: Extract<OciReference, { kind: 'semver' }>,
  { mediaType }: OciLayerSelector,
): string {
  const isChart = mediaType === HELM_CHART_LAYER;
  const passes = filterOf(filter);
  let newest: { readonly tag: string; readonly version: NonNullable<ReturnType<typeof parseFullVersion>> } | undefined;
  for (const tag of tags.filter(passes)) {
    const version = parseFullVersion(isChart ? tag.replaceAll('_', '+') : tag);
    if (version === undefined || !isInRange(version, range)) continue;
    if (newest === undefined || compareVersions(version, newest.version) > 0) newest = { tag, version };
  }
  if (newest !== undefined) return newest.tag;
  throw new SlipwayError({
    code: 'sources/semver-no-match',
    message: `None of the repository's ${tags.length} tags is a version in ${JSON.stringify(text)}.`,
    remedy: 'Push a tag with such a version, or correct spec.ref.semver or spec.ref.semverFilter.',
    exitStatus: 3,
  });
}

function filterOf(filter: string | undefined): (tag: string) => boolean {
  if (filter === undefined) return () => true;
  try {
    const pattern = compileRe2(filter);
    return (tag) => pattern.matcher(tag).find();
  } catch (cause) {
    throw new SlipwayError({
      code: 'sources/spec-invalid',
      message: '/spec/ref/semverFilter is not a regular expression.',
      remedy: "Write it in Go's syntax (RE2).",
      cause,
    });
  }
}

function selectLayer({ layers }: OciManifest, { mediaType }: OciLayerSelector): OciLayer {
  const layer = mediaType === undefined ? layers[0] : layers.find((other) => other.mediaType === mediaType);
  if (layer !== undefined) return layer;
  const kinds = layers.map((other) => other.mediaType).join(', ') || 'none';
  throw new SlipwayError({
    code: 'sources/layer-missing',
    message:
      mediaType === undefined ? 'The artifact has no layer.' : `The artifact has no layer of the type ${mediaType}.`,
    remedy: `Correct spec.layerSelector.mediaType; its layers are: ${kinds}.`,
    exitStatus: 3,
  });
}

async function copyLayer(blob: Readable, folder: string, layer: OciLayer): Promise<void> {
  const descriptor = onDisk(() => {
    fs.mkdirSync(folder, { mode: 0o750 });
    return fs.openSync(path.join(folder, layerName(layer)), 'wx', 0o600);
  });
  try {
    for await (const chunk of blob as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) at += onDisk(() => fs.writeSync(descriptor, chunk, at));
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function layerName({ digest }: OciLayer): string {
  return `${digest.replace('sha256:', '')}.tgz`;
}
