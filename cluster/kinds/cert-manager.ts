import { customKind } from '../../constructs/index.ts';

/** cert-manager, as far as this cluster uses it. */
const API = 'cert-manager.io/v1';

interface SecretKey {
  readonly name: string;
  readonly key: string;
}

type Issuer =
  | { readonly selfSigned: Record<string, never> }
  | { readonly ca: { secretName: string } }
  | {
      readonly acme: {
        server: string;
        email: string;
        privateKeySecretRef: { name: string };
        solvers: readonly {
          dns01: { cloudflare: { apiTokenSecretRef: SecretKey } };
          selector: { dnsZones: readonly string[] };
        }[];
      };
    }
  | {
      readonly vault: {
        server: string;
        path: string;
        auth: { kubernetes: { role: string; mountPath: string; serviceAccountRef: { name: string } } };
      };
    };

export const ClusterIssuer = customKind<Issuer>(API, 'ClusterIssuer', { clusterScoped: true });

export const Certificate = customKind<{
  secretName: string;
  issuerRef: { kind: 'ClusterIssuer' | 'Issuer'; name: string };
  dnsNames: readonly string[];
  privateKey?: { algorithm: 'ECDSA'; size: 256; rotationPolicy: 'Always' };
}>(API, 'Certificate');
