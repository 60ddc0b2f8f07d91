/** What a reconciler does, in words. */
import { formatError, SlipwayError } from '../../errors.ts';
import { formatIdentity } from '../../manifest/index.ts';
import type { Change, Result } from '../../reconciler/index.ts';

/** Whether a result says something else than the last one about the same object. */
export function newsFilter(): (result: Result) => boolean {
  const last = new Map<string, string>();
  return ({ key, kind, revision, message }) => {
    // That it still fails in the same way is none, whatever the commit.
    const now = JSON.stringify(kind === 'ready' ? [kind, revision] : [kind, message]);
    const isNews = last.get(key) !== now;
    last.set(key, now);
    return isNews;
  };
}

/** As `configured Deployment/web/podinfo /spec/replicas (drift, flux-system/web)`. */
export function formatChange({ operation, object, fields, cause, kustomization }: Change): string {
  const shown = fields.length > FIELDS_SHOWN ? [...fields.slice(0, FIELDS_SHOWN), '…'] : fields;
  const why = kustomization === '' ? cause : `${cause}, ${kustomization}`;
  return [operation, formatIdentity(object), ...shown, `(${why})`].join(' ');
}

const FIELDS_SHOWN = 3;

/** As `ready Kustomization/flux-system/web main@sha1:01234567`. */
export function formatResult({ key, kind, revision, message }: Result): string {
  const { kind: of, namespace, name } = identityOfKey(key);
  const head = `${kind === 'stalled' ? 'failed' : kind} ${of}/${namespace}/${name}`;
  return kind === 'ready' ? `${head} ${shortRevision(revision)}` : `${head}: ${message}`;
}

/** The first digits of a hash are enough for people. */
export function shortRevision(revision: string): string {
  return revision.replace(/(sha1|sha256):([0-9a-f]{8})[0-9a-f]+$/, '$1:$2');
}

/** `15:04:05`, of this machine's time zone. */
export function timeOf(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

export function sentenceOf(error: unknown): string {
  if (error instanceof SlipwayError) return formatError(error);
  // A defect, for which the stack is the best help.
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Of a key that `identityKey` made. */
export function identityOfKey(key: string): {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  const [, kind = '', namespace = '', name = ''] = key.split('/');
  return { kind, namespace, name };
}
