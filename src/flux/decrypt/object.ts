import { SlipwayError } from '../../errors.ts';
import {
  formatIdentity,
  formatJson,
  identityOf,
  isObject,
  type JsonObject,
  type ObjectIdentity,
  parseJson,
} from '../../manifest/index.ts';
import { emitPlain, openWithDataKey, readSopsFile, type SopsFile } from '../../sops/index.ts';
import { formatByMarker, formatForPath } from './format.ts';
import type { SealedManifests } from './manifests.ts';
import { type Decryption, describePart, type EncryptedPart, openKey, openWhole } from './open.ts';
import { decodeBase64, isDecryptionDisabled, isSealed } from './sealed.ts';

export interface DecryptedObject {
  readonly object: JsonObject;
  readonly parts: readonly EncryptedPart[];
}

/**
 * An object of a build with what is encrypted of it opened: the whole, if it has a `sops.mac`, or the values of a Secret
 * (KC: DecryptResource).
 *
 * The MAC of the whole is verified on the file that it came from, since kustomize may have changed the object; that of
 * a value on the value.
 *
 * @param manifests those of the kustomizations that made it, by their MAC
 * @throws SlipwayError what opens an encrypted file throws, with the object
 */
export async function decryptObject(
  object: JsonObject,
  manifests: SealedManifests,
  how: Decryption,
): Promise<DecryptedObject> {
  const isWhole = isSealed(object);
  if (isDecryptionDisabled(object) || (!isWhole && object.kind !== 'Secret')) return { object, parts: [] };
  const identity = identityOf(object);
  const { onBrokenMac } = how;
  const own: Decryption = {
    ...how,
    onBrokenMac:
      onBrokenMac &&
      ((error) => {
        onBrokenMac(inObject(error, identity));
      }),
  };
  try {
    return await (isWhole ? decryptWhole(object, identity, manifests, own) : decryptData(object, identity, own));
  } catch (error) {
    throw error instanceof SlipwayError ? inObject(error, identity) : error;
  }
}

/** Files of which the MAC was looked at: of many documents it is one. */
const verified = new WeakSet<SopsFile>();

async function decryptWhole(
  object: JsonObject,
  identity: ObjectIdentity,
  manifests: SealedManifests,
  how: Decryption,
): Promise<DecryptedObject> {
  const mac = isObject(object.sops) ? object.sops.mac : undefined;
  const manifest = typeof mac === 'string' ? manifests.get(mac) : undefined;
  if (manifest instanceof SlipwayError) throw manifest;
  const sealed = withoutPlaces(() => readSopsFile(Buffer.from(formatJson(object)), 'json'));
  const dataKey = await openKey(manifest ?? sealed, how);
  const part = (isOpen: boolean): EncryptedPart => describePart(manifest ?? sealed, identity, isOpen);
  if (dataKey === undefined) return { object, parts: [part(false)] };
  if (manifest !== undefined && !verified.has(manifest)) {
    // Closing wipes the data key.
    openWhole(manifest, Buffer.from(dataKey), { ...how, onMask: undefined }).close();
    verified.add(manifest);
  }
  const opened = withoutPlaces(() =>
    openWithDataKey(sealed, dataKey, { ignoreMac: true, masked: how.masked, onMask: how.onMask }),
  );
  try {
    const value = parseJson(emitPlain(opened.documents, 'json').toString());
    if (!isObject(value)) throw new Error('an object is no object once it is decrypted');
    return { object: value, parts: [part(true)] };
  } finally {
    opened.close();
  }
}

/** Values of `data`; `stringData` is not looked at. */
async function decryptData(object: JsonObject, identity: ObjectIdentity, how: Decryption): Promise<DecryptedObject> {
  if (!isObject(object.data)) return { object, parts: [] };
  const parts: EncryptedPart[] = [];
  const data = new Map(Object.entries(object.data));
  for (const [key, value] of Object.entries(object.data)) {
    const content = typeof value === 'string' ? decodeBase64(value) : undefined;
    const format = content === undefined ? undefined : formatByMarker(content);
    if (content === undefined || format === undefined) continue;
    const sealed = withoutPlaces(() => readSopsFile(content, format));
    const dataKey = await openKey(sealed, how);
    parts.push(describePart(sealed, identity, dataKey !== undefined));
    if (dataKey === undefined) continue;
    const opened = withoutPlaces(() => openWhole(sealed, dataKey, how));
    try {
      data.set(key, emitPlain(opened.documents, formatForPath(key)).toString('base64'));
    } finally {
      opened.close();
    }
  }
  // An assignment by name would lose a key `__proto__`.
  return { object: parts.length === 0 ? object : { ...object, data: Object.fromEntries(data) }, parts };
}

/** Places in a text that nobody has lead nowhere. */
function withoutPlaces<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SlipwayError ? again(error, {}) : error;
  }
}

function inObject(error: SlipwayError, identity: ObjectIdentity): SlipwayError {
  return again(error, { ...error.place, object: formatIdentity(identity) });
}

function again({ code, message, remedy, exitStatus, cause }: SlipwayError, place: SlipwayError['place']): SlipwayError {
  return new SlipwayError({ code, message, remedy, exitStatus, cause, place });
}
