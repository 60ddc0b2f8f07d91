import { SlipwayError } from '../../errors.ts';
import { isObject, type JsonObject } from '../../manifest/index.ts';
import { Fields, invalidField } from '../fields.ts';
import { parseVersionRange, type VersionRange } from '../../semver.ts';

/** An OCIRepository (source.toolkit.fluxcd.io/v1), read once. */
export interface OciRepositorySpec {
  readonly namespace: string;
  readonly name: string;
  readonly image: OciImageName;
  readonly intervalMs: number;
  /** For the whole of a fetch; default 60 seconds. */
  readonly timeoutMs: number;
  readonly reference: OciReference;
  readonly layer: OciLayerSelector;
  readonly secretName?: string | undefined;
  /** Its imagePullSecrets count too. */
  readonly serviceAccountName?: string | undefined;
  readonly certSecretName?: string | undefined;
  readonly proxySecretName?: string | undefined;
  readonly ignore?: string | undefined;
  readonly insecure: boolean;
  readonly suspend: boolean;
}

export interface OciImageName {
  /** With its port. */
  readonly host: string;
  readonly repository: string;
}

/** In the order of getArtifactRef: digest, semver, tag; the tag `latest` where nothing is given. */
export type OciReference =
  | { readonly kind: 'digest'; readonly digest: string }
  | {
      readonly kind: 'semver';
      readonly text: string;
      readonly range: VersionRange;
      readonly filter: string | undefined;
    }
  | { readonly kind: 'tag'; readonly tag: string };

export interface OciLayerSelector {
  /** Of the first layer that is taken; any where it is not given. */
  readonly mediaType: string | undefined;
  readonly operation: 'extract' | 'copy';
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DOCKER_HUB = 'index.docker.io';

/** @throws SlipwayError `sources/spec-invalid`, `sources/semver-invalid`, `sources/provider-unsupported`, `sources/verify-unsupported`. */
export function parseOciRepository(object: JsonObject): OciRepositorySpec {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const fields = new Fields(isObject(object.spec) ? object.spec : {}, '/spec');
  const name = typeof metadata.name === 'string' ? metadata.name : '';
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : 'default';
  try {
    refuseUnsupported(fields);
    return {
      namespace,
      name,
      image: parseImageName(fields.text('url') ?? ''),
      intervalMs: fields.duration('interval'),
      timeoutMs: fields.duration('timeout', DEFAULT_TIMEOUT_MS),
      reference: parseReference(fields.object('ref')),
      layer: parseLayer(fields.object('layerSelector')),
      secretName: fields.object('secretRef')?.text('name'),
      serviceAccountName: fields.text('serviceAccountName'),
      certSecretName: fields.object('certSecretRef')?.text('name'),
      proxySecretName: fields.object('proxySecretRef')?.text('name'),
      ignore: fields.anyText('ignore'),
      insecure: fields.flag('insecure'),
      suspend: fields.flag('suspend'),
    };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { code, message, remedy, exitStatus } = error;
    throw new SlipwayError({
      code,
      message,
      remedy,
      exitStatus,
      place: { object: `OCIRepository/${namespace}/${name}` },
    });
  }
}

function refuseUnsupported(fields: Fields): void {
  const provider = fields.text('provider') ?? 'generic';
  if (provider !== 'generic') {
    throw new SlipwayError({
      code: 'sources/provider-unsupported',
      message: `The provider ${JSON.stringify(provider)} is not supported: only 'generic' is.`,
      remedy:
        'Give credentials in a Secret of the type kubernetes.io/dockerconfigjson, or hand the source over to Flux.',
    });
  }
  if (fields.object('verify') !== undefined) {
    throw new SlipwayError({
      code: 'sources/verify-unsupported',
      message: 'Signatures of OCI artifacts (spec.verify) cannot be verified, so the artifact is not taken.',
      remedy: 'Hand the source over to Flux, or leave out spec.verify.',
    });
  }
}

/** go-containerregistry's name.NewRepository: without a host it is Docker Hub, and there without an owner `library`. */
function parseImageName(url: string): OciImageName {
  const text = url.replace(/^oci:\/\//, '');
  const [first = '', ...rest] = text.split('/');
  const hasHost = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const given = hasHost ? first : DOCKER_HUB;
  const host = given === 'docker.io' ? DOCKER_HUB : given;
  const path = (hasHost ? rest : [first, ...rest]).join('/');
  const repository = host === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path;
  const isHost = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?$|^\[[0-9A-Fa-f:]+\](:[0-9]+)?$/.test(host);
  const isRepository = /^[a-z0-9_./-]{2,255}$/.test(repository) && !/\/\/|^\/|\/$|(^|\/)\.\.?(\/|$)/.test(repository);
  if (text === url || !isHost || !isRepository) {
    throw invalidField(
      '/spec/url is not of the form oci://<host>/<repository>.',
      'Write no tag into it; that is in spec.ref.',
    );
  }
  return { host, repository };
}

function parseReference(ref: Fields | undefined): OciReference {
  const digest = ref?.text('digest');
  if (digest !== undefined) {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest))
      throw invalidField('/spec/ref/digest is not a digest.', 'Write it as sha256:<hex>.');
    return { kind: 'digest', digest };
  }
  const semver = ref?.text('semver');
  const filter = ref?.text('semverFilter');
  if (semver !== undefined) return { kind: 'semver', text: semver, range: parseVersionRange(semver), filter };
  const tag = ref?.text('tag') ?? 'latest';
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(tag))
    throw invalidField('/spec/ref/tag is not a tag.', 'Correct it.');
  return { kind: 'tag', tag };
}

function parseLayer(selector: Fields | undefined): OciLayerSelector {
  const operation = selector?.text('operation') ?? 'extract';
  if (operation !== 'extract' && operation !== 'copy') {
    throw invalidField('/spec/layerSelector/operation is none that there is.', 'Use extract or copy.');
  }
  return { mediaType: selector?.text('mediaType'), operation };
}
