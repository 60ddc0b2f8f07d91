import { SlipwayError } from '../errors.ts';
import { isObject, type JsonObject } from '../manifest/index.ts';
import { Fields, invalidField } from './fields.ts';
import { parseVersionRange, type VersionRange } from '../semver.ts';

/** A GitRepository (source.toolkit.fluxcd.io/v1), read once. */
export interface GitRepositorySpec {
  readonly namespace: string;
  readonly name: string;
  readonly url: URL;
  readonly intervalMs: number;
  /** For the whole of a fetch; default 60 seconds. */
  readonly timeoutMs: number;
  readonly reference: GitReference;
  readonly secretName?: string | undefined;
  readonly proxySecretName?: string | undefined;
  readonly provider: 'generic' | 'github';
  /** `spec.ignore`, whose patterns come after those of every `.sourceignore`. */
  readonly ignore?: string | undefined;
  readonly suspend: boolean;
  readonly recurseSubmodules: boolean;
  readonly include: readonly GitInclude[];
  readonly sparseCheckout: readonly string[];
  readonly verify?: GitVerification | undefined;
}

/** What is checked out, in the order in which gogit's Client.Clone looks: commit, name, tag, semver, branch. */
export type GitReference =
  | { readonly kind: 'commit'; readonly commit: string; readonly branch: string | undefined }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'semver'; readonly text: string; readonly range: VersionRange }
  | { readonly kind: 'branch'; readonly branch: string };

export interface GitInclude {
  /** Another GitRepository, of the same namespace. */
  readonly repository: string;
  /** Default: its root. */
  readonly fromPath: string;
  /** Default: its name. */
  readonly toPath: string;
}

export interface GitVerification {
  readonly secretName: string;
  readonly commit: boolean;
  readonly tag: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_BRANCH = 'master';

/**
 * Reads a GitRepository as the API server let it pass.
 *
 * @throws SlipwayError `sources/spec-invalid`, `sources/semver-invalid`, `sources/provider-unsupported`.
 */
export function parseGitRepository(object: JsonObject): GitRepositorySpec {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const fields = new Fields(isObject(object.spec) ? object.spec : {}, '/spec');
  const name = typeof metadata.name === 'string' ? metadata.name : '';
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : 'default';
  try {
    return {
      namespace,
      name,
      url: parseUrl(fields),
      intervalMs: fields.duration('interval'),
      timeoutMs: fields.duration('timeout', DEFAULT_TIMEOUT_MS),
      reference: parseReference(fields.object('ref')),
      secretName: fields.object('secretRef')?.text('name'),
      proxySecretName: fields.object('proxySecretRef')?.text('name'),
      provider: parseProvider(fields),
      ignore: fields.anyText('ignore'),
      suspend: fields.flag('suspend'),
      recurseSubmodules: fields.flag('recurseSubmodules'),
      include: fields.objects('include').map((include) => parseInclude(include)),
      sparseCheckout: fields.texts('sparseCheckout').map((path) => path.replace(/^\.\//, '')),
      verify: parseVerification(fields.object('verify')),
    };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { code, message, remedy, exitStatus } = error;
    const place = { object: `GitRepository/${namespace}/${name}` };
    throw new SlipwayError({ code, message, remedy, exitStatus, place });
  }
}

function parseUrl(fields: Fields): URL {
  const text = fields.text('url') ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isGitUrl(url)) {
    throw invalidField(
      '/spec/url is not an http, https or ssh URL.',
      'Write the whole URL, also for SSH: ssh://git@host/path, since Flux does not take git@host:path.',
    );
  }
  return url;
}

/** Whether git may be reached so. A host is never one that a program could take for an option. */
export function isGitUrl({ protocol, hostname }: URL): boolean {
  const isHost = /^[A-Za-z0-9_][A-Za-z0-9._-]*$|^\[[0-9A-Fa-f:.]+\]$/.test(hostname);
  return ['http:', 'https:', 'ssh:'].includes(protocol) && isHost;
}

function parseReference(ref: Fields | undefined): GitReference {
  const branch = ref?.text('branch');
  const commit = ref?.text('commit');
  const name = ref?.text('name');
  const tag = ref?.text('tag');
  const semver = ref?.text('semver');
  if (branch !== undefined) checkReferenceName(`refs/heads/${branch}`, '/spec/ref/branch');
  if (commit !== undefined) {
    if (!/^[0-9a-f]{40}$/.test(commit)) {
      throw invalidField(
        '/spec/ref/commit is not a commit’s hash.',
        'Write all of its 40 hexadecimal digits, in lower case.',
      );
    }
    return { kind: 'commit', commit, branch };
  }
  if (name !== undefined) {
    checkReferenceName(name.replace(/\^\{\}$/, ''), '/spec/ref/name');
    return { kind: 'name', name };
  }
  if (tag !== undefined) {
    checkReferenceName(`refs/tags/${tag}`, '/spec/ref/tag');
    return { kind: 'tag', tag };
  }
  if (semver !== undefined) return { kind: 'semver', text: semver, range: parseVersionRange(semver) };
  return { kind: 'branch', branch: branch ?? DEFAULT_BRANCH };
}

/** The rules of `git check-ref-format`, which also keep a name from being read as an option or a refspec. */
function checkReferenceName(name: string, pointer: string): void {
  const isValid =
    !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$|^\/|^-|^@$/.test(name) &&
    name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
  if (!isValid) throw invalidField(`${pointer} is not a name that git allows for a reference.`, 'Correct the name.');
}

function parseProvider(fields: Fields): 'generic' | 'github' {
  const provider = fields.text('provider') ?? 'generic';
  if (provider === 'generic' || provider === 'github') return provider;
  throw new SlipwayError({
    code: 'sources/provider-unsupported',
    message: `The provider ${JSON.stringify(provider)} is not supported: only 'generic' and 'github' are.`,
    remedy:
      'Give a token of the provider in a Secret under `username` and `password`, or hand the source over to Flux.',
  });
}

function parseInclude(include: Fields): GitInclude {
  const repository = include.object('repository')?.text('name');
  if (repository === undefined)
    throw invalidField(`${include.pointer}/repository/name is missing.`, 'Name the GitRepository.');
  return { repository, fromPath: include.text('fromPath') ?? '', toPath: include.text('toPath') ?? repository };
}

function parseVerification(verify: Fields | undefined): GitVerification | undefined {
  if (verify === undefined) return undefined;
  const mode = verify.text('mode') ?? 'HEAD';
  const secretName = verify.object('secretRef')?.text('name');
  if (secretName === undefined) {
    throw invalidField('/spec/verify/secretRef/name is missing.', 'Name the Secret that holds the public keys.');
  }
  if (!['head', 'HEAD', 'Tag', 'TagAndHEAD'].includes(mode)) {
    throw invalidField('/spec/verify/mode is none that there is.', 'Use HEAD, Tag or TagAndHEAD.');
  }
  return { secretName, commit: mode !== 'Tag', tag: mode.startsWith('Tag') };
}
