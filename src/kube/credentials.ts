import { readFileSync } from 'node:fs';
import { SlipwayError } from '../errors.ts';
import { type ExecCredential, runExecPlugin } from './exec-credential.ts';
import type { Authorization, ClientCertificate, ClusterAccess } from './access.ts';

/** What one request is made with. */
export interface Credential {
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
}

export interface Credentials {
  /** What holds now. */
  readonly current: () => Credential | Promise<Credential>;
  /** Forgets what the server refused, where another might be had. Returns whether that is so. */
  readonly refuse: (refused: Credential) => boolean;
}

/** How long a token file counts as read (client-go: transport.NewCachedFileTokenSource). */
const TOKEN_FILE_MS = 60_000;
/** A credential that is about to expire is replaced before a request is under way with it. */
const EXPIRY_MARGIN_MS = 10_000;

/** The credentials of an access, each got when it is first needed and again when it has run out. */
export function credentialsOf(access: ClusterAccess): Credentials {
  const { authorization, clientCertificate } = access;
  if (authorization?.kind === 'exec') {
    const { plugin } = authorization;
    return passingCredentials(async () => runExecPlugin(plugin, access), clientCertificate);
  }
  if (authorization?.kind === 'token-request') {
    return passingCredentials(
      async () => ({ ...(await authorization.request()), clientCertificate }),
      clientCertificate,
    );
  }
  if (authorization?.kind === 'token-file') return fileCredentials(authorization.file, clientCertificate);
  const fixed: Credential = { authorization: fixedHeader(authorization), clientCertificate };
  return { current: () => fixed, refuse: () => false };
}

function fixedHeader(
  authorization: Exclude<Authorization, { kind: 'exec' | 'token-file' | 'token-request' }> | undefined,
) {
  if (authorization === undefined) return undefined;
  if (authorization.kind === 'token') return bearer(authorization.token);
  return `Basic ${Buffer.from(`${authorization.username}:${authorization.password}`).toString('base64')}`;
}

function fileCredentials(file: string, clientCertificate: ClientCertificate | undefined): Credentials {
  let held: Credential | undefined;
  let readAt = 0;
  return {
    current: () => {
      if (held !== undefined && performance.now() - readAt < TOKEN_FILE_MS) return held;
      held = { authorization: bearer(readToken(file)), clientCertificate };
      readAt = performance.now();
      return held;
    },
    refuse: (refused) => {
      if (held === refused) held = undefined;
      return bearer(readToken(file)) !== refused.authorization;
    },
  };
}

/** Credentials that last for a while. */
function passingCredentials(
  ask: () => Promise<ExecCredential>,
  clientCertificate: ClientCertificate | undefined,
): Credentials {
  let held: { credential: Credential; expires: number } | undefined;
  let running: Promise<Credential> | undefined;
  const run = async (): Promise<Credential> => {
    const given = await ask();
    const credential: Credential = {
      authorization: given.token === undefined ? undefined : bearer(given.token),
      clientCertificate: given.clientCertificate ?? clientCertificate,
    };
    held = { credential, expires: given.expires ?? Infinity };
    return credential;
  };
  return {
    current: () => {
      if (held !== undefined && Date.now() < held.expires - EXPIRY_MARGIN_MS) return held.credential;
      // All requests that wait are answered by one run.
      running ??= run().finally(() => {
        running = undefined;
      });
      return running;
    },
    refuse: (refused) => {
      if (held?.credential === refused) held = undefined;
      return true;
    },
  };
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new SlipwayError({
      code: 'kube/bad-kubeconfig',
      message: 'The file that holds the token cannot be read.',
      place: { file },
      exitStatus: 3,
      cause,
    });
  }
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}
