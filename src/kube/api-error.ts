import { type ExitStatus, SlipwayError } from '../errors.ts';
import { isList, isObject, parseJson, textOf } from '../manifest/index.ts';

/** One cause of several in an answer that refuses, for example the field that is wrong. */
export interface ApiErrorCause {
  readonly reason: string;
  readonly message: string;
  /** As in `spec.replicas`; '' where it is about no field. */
  readonly field: string;
}

/** What the API server refused (meta/v1: Status). */
export class ApiError extends SlipwayError {
  /** Of HTTP, for example 409. */
  readonly status: number;
  /** For example `Conflict`; '' where the server gave none. */
  readonly reason: string;
  readonly causes: readonly ApiErrorCause[];
  /** The server's own words, without a secret in them. */
  readonly serverMessage: string;
  /** How long the server wants to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** Where a list that expired may go on, with objects of now (meta/v1: ListMeta.continue). */
  readonly continueToken: string | undefined;

  /** Whether it names an object (meta/v1: StatusDetails.name). A 404 that names none is about the path: its version is not served. */
  readonly namesObject: boolean;

  static {
    this.prototype.name = 'ApiError';
  }

  constructor(answer: Answer, request: RefusedRequest) {
    const status = parseStatus(answer.body);
    const message = request.isSecret === true ? withoutValues(status.message) : status.message;
    const kind = classify(answer.status, status.reason, message, status.causes);
    super({
      code: `kube/${kind.code}`,
      message: `${request.verb} was refused: ${message === '' ? `HTTP ${answer.status}` : message}`,
      remedy: kind.remedy,
      place: { object: request.object },
      exitStatus: kind.exitStatus ?? 1,
    });
    this.status = answer.status;
    this.reason = status.reason;
    this.causes = request.isSecret === true ? status.causes.map(causeWithoutValues) : status.causes;
    this.serverMessage = message;
    this.retryAfterMs = answer.retryAfterMs;
    this.continueToken = status.continueToken;
    this.namesObject = status.namesObject;
  }
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs: number | undefined;
}

/** What was asked for, for people. */
export interface RefusedRequest {
  /** As in `patch deployments.apps in namespace web`. */
  readonly verb: string;
  /** As in `Deployment/web/podinfo`. */
  readonly object?: string | undefined;
  /** Whether the object is a Secret, whose values some messages repeat. */
  readonly isSecret?: boolean | undefined;
}

export function isApiError(error: unknown, code?: `kube/${string}`): error is ApiError {
  return error instanceof ApiError && (code === undefined || error.code === code);
}

interface Status {
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly ApiErrorCause[];
  readonly continueToken: string | undefined;
  readonly namesObject: boolean;
}

/** Load balancers and proxies answer in text or HTML; of that a line is shown. */
const TEXT_SHOWN = 300;

function parseStatus(body: string): Status {
  const value = parseJson(body);
  if (!isObject(value) || value.kind !== 'Status') {
    const words = body.replace(/\s+/g, ' ').trim();
    const message = words.slice(0, TEXT_SHOWN);
    return { reason: '', message, causes: [], continueToken: undefined, namesObject: false };
  }
  const details = isObject(value.details) ? value.details : {};
  const metadata = isObject(value.metadata) ? value.metadata : {};
  return {
    reason: textOf(value.reason),
    message: textOf(value.message),
    causes: (isList(details.causes) ? details.causes.filter(isObject) : []).map((cause) => ({
      reason: textOf(cause.reason),
      message: textOf(cause.message),
      field: textOf(cause.field),
    })),
    continueToken: textOf(metadata.continue) === '' ? undefined : textOf(metadata.continue),
    namesObject: textOf(details.name) !== '',
  };
}

interface Kind {
  readonly code: string;
  readonly remedy?: string;
  readonly exitStatus?: ExitStatus;
}

const ETCD_LIMIT = 'Make it smaller: etcd takes 1.5 MiB an object, and annotations may have 256 KiB.';

function classify(status: number, reason: string, message: string, causes: readonly ApiErrorCause[]): Kind {
  if (status === 401) {
    const remedy = 'Log in anew, or choose another context: the API server does not know these credentials.';
    return { code: 'unauthorized', exitStatus: 3, remedy };
  }
  // The API server words a lack of rights in this one way (apiserver: responsewriters.forbiddenMessage).
  if (status === 403 && /^(.*: )?(User )?".*" cannot \S+ (resource|path)|" cannot \S+ (resource|path)/.test(message)) {
    return {
      code: 'forbidden',
      exitStatus: 3,
      remedy: 'Let an administrator grant that, by a Role or ClusterRole and its binding.',
    };
  }
  if (status === 403)
    return { code: causes.some((cause) => cause.reason === 'NamespaceTerminating') ? 'namespace-ends' : 'denied' };
  if (
    message.includes('request is too large') ||
    message.includes('Too long: may not be more than') ||
    status === 413
  ) {
    return { code: 'too-large', remedy: ETCD_LIMIT };
  }
  // The API server refuses for a webhook that refused, and for one that did not answer.
  if (/^admission webhook "[^"]*" denied the request/.test(message)) return { code: 'denied' };
  if (message.includes('failed calling webhook')) {
    return { code: 'webhook', remedy: 'See whether the Service behind the webhook runs.', exitStatus: 1 };
  }
  // Server-side apply answers 500 to a field that its kind does not have (apimachinery: managedfields).
  if (message.startsWith('failed to create typed patch object')) return { code: 'invalid' };
  switch (status) {
    case 400:
      return { code: 'bad-request' };
    case 404:
      return { code: 'not-found' };
    case 409:
      return { code: reason === 'AlreadyExists' ? 'already-exists' : 'conflict' };
    case 410:
      return { code: 'gone' };
    case 422:
      return { code: 'invalid' };
    case 429:
      return { code: 'too-many-requests', exitStatus: 3 };
    default:
      return { code: 'server-error', exitStatus: 3 };
  }
}

/**
 * A message about a Secret without what may be its values: `Invalid value: "…"` (field.Error) and `Value:…` of
 * structured-merge-diff, which Flux masks too (fluxcd/pkg/ssa: validation errors).
 */
function withoutValues(message: string): string {
  return message
    .replace(/(valueUnstructured\{Value:).*\}/g, '$1***}')
    .replace(/((?:Invalid|Unsupported|Duplicate) value: )("(?:[^"\\]|\\.)*"|[^\s:]+)/g, '$1***');
}

function causeWithoutValues(cause: ApiErrorCause): ApiErrorCause {
  return { ...cause, message: withoutValues(cause.message) };
}
