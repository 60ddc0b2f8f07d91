/** `spec.kubeConfig` of a Kustomization: the cluster that its objects go to. */
import { createHash } from 'node:crypto';
import { SlipwayError } from '../errors.ts';
import {
  type ClusterAccess,
  getObject,
  isApiError,
  type KubeClient,
  parseUntrustedAccess,
  type RequestedToken,
  requestToken,
} from '../kube/index.ts';
import { isObject, type JsonObject, mapOf, textOf } from '../manifest/index.ts';
import { sentenceOf } from './failure.ts';
import type { Kustomization, Named } from './kustomization.ts';

export interface RemoteAccess {
  /** The same for the same cluster, reached in the same way. */
  readonly key: string;
  /** @throws Error why it cannot be reached so */
  readonly open: () => ClusterAccess | Promise<ClusterAccess>;
}

/** What Flux has besides `generic`: it asks their clouds. */
const CLOUDS = ['aws', 'azure', 'gcp'];

/**
 * How the cluster is reached that a Kustomization names; undefined where that is this one.
 *
 * @param defaultAccount `--default-kubeconfig-service-account`; '' where there is none
 * @throws Error where what is named is not there, or leads to no cluster
 */
export async function remoteAccessOf(
  { spec, namespace }: Kustomization,
  client: KubeClient,
  defaultAccount: string,
): Promise<RemoteAccess | undefined> {
  if (!isObject(spec.kubeConfig)) return undefined;
  const { configMapRef, secretRef } = spec.kubeConfig;
  return isObject(configMapRef)
    ? ofConfigMap({ namespace, name: textOf(configMapRef.name) }, client, defaultAccount)
    : ofSecret({ namespace, name: textOf(mapOf(secretRef).name) }, textOf(mapOf(secretRef).key), client);
}

/** fluxcd/pkg runtime/client: Impersonator.getRESTConfigFromSecret. */
async function ofSecret({ namespace, name }: Named, key: string, client: KubeClient): Promise<RemoteAccess> {
  const secret = await getObject(client, { group: '', kind: 'Secret', namespace, name });
  if (secret === undefined) throw new Error(`unable to read KubeConfig secret '${namespace}/${name}': not found`);
  const data = mapOf(secret.data);
  const keys = key === '' ? ['value', 'value.yaml'] : [key];
  const value = keys.map((one) => data[one]).find((one) => typeof one === 'string');
  if (value === undefined) {
    throw new Error(
      `KubeConfig secret '${namespace}/${name}' does not contain a '${keys.join("' or '")}' key with data`,
    );
  }
  const text = Buffer.from(value, 'base64').toString('utf8');
  return { key: digestOf(text), open: () => parseUntrustedAccess(text, `${namespace}/${name}`) };
}

/**
 * fluxcd/pkg auth/utils: GetRESTConfig, and auth/generic: the cluster trusts tokens that this one gives its service accounts.
 * Flux, where no account is named, takes its controller's, and Slipway has none.
 */
async function ofConfigMap(
  { namespace, name }: Named,
  client: KubeClient,
  defaultAccount: string,
): Promise<RemoteAccess> {
  const configMap = await getObject(client, { group: '', kind: 'ConfigMap', namespace, name });
  if (configMap === undefined) throw new Error(`failed to get configmap ${namespace}/${name}: not found`);
  const data = mapOf(configMap.data);
  const provider = textOf(data.provider);
  if (CLOUDS.includes(provider)) {
    throw new Error(`Slipway does not carry out the provider ${provider}: name a Secret, or the provider generic`);
  }
  if (provider !== 'generic') throw new Error(`provider '${provider}' not implemented`);
  const address = textOf(data.address);
  const server = canonicalAddress(address);
  const account = textOf(data.serviceAccountName) || defaultAccount;
  if (account === '') {
    throw new Error(
      `Slipway has no service account of its own: name one in serviceAccountName of configmap ${namespace}/${name}`,
    );
  }
  const audiences = audiencesOf(data, address);
  const request = () => tokenOf({ namespace, name: account }, audiences, client);
  const access = {
    context: `${namespace}/${name}`,
    server,
    namespace: 'default',
    certificateAuthority: textOf(data['ca.crt']) || undefined,
    tlsServerName: undefined,
    insecure: false,
    proxyUrl: undefined,
    clientCertificate: undefined,
    impersonate: undefined,
  };
  return {
    key: digestOf(JSON.stringify([namespace, account, audiences, access])),
    open: async () => {
      // Where none is given, it is said now, and not of each object.
      let first: RequestedToken | undefined = await request();
      const next = async (): Promise<RequestedToken> => {
        const token = first ?? (await request());
        first = undefined;
        return token;
      };
      return { ...access, authorization: { kind: 'token-request', request: next } };
    },
  };
}

/** fluxcd/pkg auth: ParseClusterAddress. */
function canonicalAddress(address: string): string {
  if (address === '') throw new Error('cluster address is required to create a REST config');
  const url = URL.parse(address.startsWith('http') ? address : `https://${address}`);
  if (url === null) throw new Error(`failed to parse Kubernetes API server address '${address}'`);
  if (url.protocol !== 'https:') {
    throw new Error(`the Kubernetes API server address '${address}' must use https scheme`);
  }
  return `https://${url.host.toLowerCase()}`;
}

/** One a line. */
function audiencesOf({ audiences }: JsonObject, address: string): readonly string[] {
  const named = textOf(audiences)
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return named.length === 0 ? [address] : named;
}

async function tokenOf(account: Named, audiences: readonly string[], client: KubeClient): Promise<RequestedToken> {
  const { namespace, name } = account;
  try {
    return await requestToken(client, account, audiences);
  } catch (cause) {
    const why = isApiError(cause) ? cause.serverMessage : sentenceOf(cause);
    throw new SlipwayError({
      code: 'kube/no-token',
      message: `failed to create kubernetes token for service account '${namespace}/${name}': ${why}`,
      place: { object: `ServiceAccount/${namespace}/${name}` },
      exitStatus: 3,
      cause,
    });
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
