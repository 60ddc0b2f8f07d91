import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isObject } from '../manifest/index.ts';

/** A webhook's request, with its header names in lower case, as Node gives them. */
export interface ReceiverRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it was sent: a signature is over these bytes. */
  readonly body: Uint8Array;
}

/** What of a Receiver's spec (notification.toolkit.fluxcd.io/v1) a request is held to. */
export interface ReceiverRule {
  readonly type: string;
  /** Event types that are let pass, in any case; none lets every one pass. */
  readonly events: readonly string[];
}

export type ReceiverVerdict =
  | { readonly accepted: true; /** What the sender calls the event. */ readonly event?: string | undefined }
  | { readonly accepted: false; /** For the log, not for the sender. */ readonly reason: string };

/** Receiver.GetWebhookPath: where a Receiver listens; who does not know the token cannot guess it. */
export function receiverPath(token: string, name: string, namespace: string): string {
  return `/hook/${createHash('sha256').update(`${token}${name}${namespace}`).digest('hex')}`;
}

/**
 * Whether a request to a Receiver's path is what the Receiver's type says, as notification-controller's
 * ReceiverServer.validate decides it. `github` is also what Gitea and Forgejo send. The types `gcr`, `cdevents` and
 * `generic-oidc` are not supported, and never accepted.
 *
 * @param token of the Secret that the Receiver names.
 */
export function verifyReceiver(request: ReceiverRequest, rule: ReceiverRule, token: string): ReceiverVerdict {
  if (token === '') return refused('the Secret has no token');
  switch (rule.type) {
    case 'generic':
      return { accepted: true };
    case 'generic-hmac':
      return isSigned(request, header(request, 'x-signature'), token)
        ? { accepted: true }
        : wrongSignature('X-Signature');
    case 'github':
      return verifyHub(request, rule, token, 'x-github-event');
    case 'bitbucket':
      return verifyHub(request, rule, token, 'x-event-key');
    case 'gitlab':
      if (!isSame(header(request, 'x-gitlab-token'), token)) return refused('X-Gitlab-Token is not the token');
      return ofAllowedEvent(header(request, 'x-gitlab-event'), rule);
    case 'harbor':
      if (!isSame(header(request, 'authorization'), token)) return refused('Authorization is not the token');
      return { accepted: true };
    case 'nexus': {
      const expected = createHmac('sha1', token).update(request.body).digest('hex');
      if (!isSame(header(request, 'x-nexus-webhook-signature'), expected))
        return wrongSignature('X-Nexus-Webhook-Signature');
      return ofJsonObject(request);
    }
    case 'quay':
    case 'dockerhub':
    case 'acr':
      return ofJsonObject(request);
    default:
      return refused(`the type ${JSON.stringify(rule.type)} is not supported`);
  }
}

/** go-github's ValidatePayload. */
function verifyHub(request: ReceiverRequest, rule: ReceiverRule, token: string, eventHeader: string): ReceiverVerdict {
  const [contentType = ''] = header(request, 'content-type').split(';');
  const isKnown = ['application/json', 'application/x-www-form-urlencoded'].includes(contentType.trim().toLowerCase());
  if (!isKnown) return refused(`the content type ${JSON.stringify(contentType)} is not a webhook's`);
  const signature = header(request, 'x-hub-signature-256') || header(request, 'x-hub-signature');
  if (!isSigned(request, signature, token)) return wrongSignature('X-Hub-Signature');
  return ofAllowedEvent(header(request, eventHeader), rule);
}

function ofAllowedEvent(event: string, { events }: ReceiverRule): ReceiverVerdict {
  const isAllowed = events.length === 0 || events.some((other) => other.toLowerCase() === event.toLowerCase());
  return isAllowed
    ? { accepted: true, event }
    : refused(`the event ${JSON.stringify(event)} is not one of spec.events`);
}

function ofJsonObject({ body }: ReceiverRequest): ReceiverVerdict {
  try {
    const payload: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (isObject(payload)) return { accepted: true };
  } catch {
    // Answered below.
  }
  return refused('the body is not a JSON object');
}

/** `<algorithm>=<hexadecimal HMAC>`, as go-github's ValidateSignature reads it. */
function isSigned({ body }: ReceiverRequest, signature: string, token: string): boolean {
  const [, algorithm, code] = /^(sha1|sha256|sha512)=([0-9a-fA-F]+)$/.exec(signature) ?? [];
  if (algorithm === undefined || code === undefined) return false;
  return isSame(code.toLowerCase(), createHmac(algorithm, token).update(body).digest('hex'));
}

/** In a time that tells nothing. */
function isSame(given: string, expected: string): boolean {
  const [left, right] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

function header({ headers }: ReceiverRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

function refused(reason: string): ReceiverVerdict {
  return { accepted: false, reason };
}

function wrongSignature(name: string): ReceiverVerdict {
  return refused(`${name} is missing, or not the signature of the body by the token`);
}
