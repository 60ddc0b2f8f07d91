import { formatPosition, SlipwayError } from '../errors.ts';
import { keyringOfSecret } from '../flux/decrypt/index.ts';
import { type Decryption, parseDecryption } from '../flux/index.ts';
import { getObject, type KubeClient } from '../kube/index.ts';
import { isObject, type JsonObject } from '../manifest/index.ts';
import { Keyring } from '../sops/index.ts';
import { sentenceOf } from './failure.ts';
import type { Kustomization, Named } from './kustomization.ts';
import type { Policy } from './policy.ts';

interface CarriedOut {
  readonly how: Decryption;
  /** Another one may open something else. */
  readonly keysVersion: string;
}

interface Keys {
  readonly keyring: Keyring;
  readonly version: string;
}

const NO_SECRET: Keys = {
  keyring: new Keyring({ identities: [], empty: ['spec.decryption.secretRef, which names no Secret'] }),
  version: '',
};

/**
 * How a Kustomization's `spec.decryption` is carried out: with the keys of its Secret, or of that which stands in for it (KC:
 * ImportKeys). Undefined where nothing is decrypted.
 *
 * @throws Error where the Secret is not there, `sops/identity` where an entry of it is no key
 */
export async function decryptionOf(
  { spec, namespace }: Kustomization,
  client: KubeClient,
  { sopsAgeSecret, allowBrokenMac }: Policy,
  onBrokenMac: (error: SlipwayError) => void,
): Promise<CarriedOut | undefined> {
  const asked = parseDecryption(spec);
  if (asked?.provider !== 'sops') return undefined;
  const secret = asked.secretName === '' ? sopsAgeSecret : { namespace, name: asked.secretName };
  const { keyring, version } = secret === undefined ? NO_SECRET : await keysOf(secret, client);
  const how = { keyring, masked: false, mayStayClosed: false, onBrokenMac: allowBrokenMac ? onBrokenMac : undefined };
  return { how, keysVersion: version };
}

async function keysOf({ namespace, name }: Named, client: KubeClient): Promise<Keys> {
  const secret = await getObject(client, { group: '', kind: 'Secret', namespace, name });
  if (secret === undefined) {
    throw new Error(`cannot get sops decryption Secret '${namespace}/${name}': secrets "${name}" not found`);
  }
  const { uid, resourceVersion = '' } = secret.metadata;
  return {
    keyring: keyringOfSecret(dataOfSecret(secret), `${namespace}/${name}`),
    version: `${uid} ${resourceVersion}`,
  };
}

export function dataOfSecret({ data }: JsonObject): ReadonlyMap<string, string> {
  const entries = Object.entries(isObject(data) ? data : {});
  return new Map(
    entries.map(([key, value]) => [key, typeof value === 'string' ? Buffer.from(value, 'base64').toString() : '']),
  );
}

/** With the place in a file, where that is known. */
export function placedSentence({ place, message }: SlipwayError): string {
  return place.file === undefined ? message : `${formatPosition(place)}: ${message}`;
}

const OF_SOURCES = ['flux/irregular-source', 'flux/source-too-large'];

/** What went wrong with a build, in Flux's words where it is decryption, with the file (KC: build, DecryptSources). */
export function buildSentence(error: unknown): string {
  const isOfDecryption =
    error instanceof SlipwayError && (error.code.startsWith('sops/') || OF_SOURCES.includes(error.code));
  if (!isOfDecryption) return sentenceOf(error);
  const { file, object } = error.place;
  const sentence = placedSentence(error);
  if (object !== undefined) return `decryption failed for '${object}': ${sentence}`;
  return file === undefined ? sentence : `error decrypting sources: ${sentence}`;
}
