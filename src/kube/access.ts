import type { Json } from '../manifest/index.ts';

/** How to reach an API server and as whom: one context, with every file that it names read or named. */
export interface ClusterAccess {
  /** Name of the context; `in-cluster` where it is that of the pod. */
  readonly context: string;
  /** For example `https://10.0.0.1:6443`, perhaps with a path; no slash at the end. */
  readonly server: string;
  /** Where objects are looked for that are given without a namespace. Default: `default`. */
  readonly namespace: string;
  /** PEM. Default: what the system and Node trust. */
  readonly certificateAuthority: string | undefined;
  /** The name that the server's certificate must have. Default: the server's host. */
  readonly tlsServerName: string | undefined;
  /** Whether anybody may pose as the server. */
  readonly insecure: boolean;
  /** `http://`, `https://` or `socks5://`. Default: as the environment says. */
  readonly proxyUrl: string | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
  readonly authorization: Authorization | undefined;
  readonly impersonate: Impersonation | undefined;
}

/** PEM of both. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

export type Authorization =
  | { readonly kind: 'token'; readonly token: string }
  /** A file that is read anew as it changes, as a pod's token is. */
  | { readonly kind: 'token-file'; readonly file: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin }
  /** A token that is asked for when it is needed, and again before it runs out. */
  | { readonly kind: 'token-request'; readonly request: () => Promise<RequestedToken> };

export interface RequestedToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** client.authentication.k8s.io: a program that prints credentials. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What to tell people where the program is missing. */
  readonly installHint: string | undefined;
  /** Whether the program is told of the cluster. */
  readonly provideClusterInfo: boolean;
  readonly interactive: 'Never' | 'IfAvailable' | 'Always';
  /** What the cluster's `client.authentication.k8s.io/exec` extension holds for it. */
  readonly config: Json | undefined;
}

/** The identity that requests are made as, by whoever may do so (impersonate in RBAC). */
export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What of an access somebody could abuse: a sentence each, for people to see whenever it is used. */
export function accessWarnings({ context, server, insecure }: ClusterAccess): readonly string[] {
  if (insecure)
    return [
      `Context ${context} does not check who answers at ${server}: whoever is in between reads and changes everything.`,
    ];
  const { protocol, hostname } = new URL(server);
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'https:' || isLocal) return [];
  return [
    `Context ${context} speaks to ${server} without encryption: whoever is in between reads and changes everything.`,
  ];
}
