import { SlipwayError } from '../../errors.ts';
import { getObject, type KubeClient } from '../../kube/index.ts';
import type { JsonObject } from '../../manifest/index.ts';
import type { KeySecret } from '../../reconciler/index.ts';
import { type Keyring, shorten } from '../../sops/index.ts';

/**
 * The Secrets with the operator's age identities that open what is encrypted in the tree, and no others of theirs. One that
 * the cluster has is left as it is.
 *
 * @param otherwise recipients of a Secret of which nothing encrypted is seen before it is opened
 * @throws SlipwayError `bootstrap/no-key` (status 3) where none of the identities opens anything
 */
export async function keySecrets(
  client: KubeClient,
  keys: readonly KeySecret[],
  otherwise: ReadonlySet<string>,
  keyring: Keyring,
): Promise<readonly JsonObject[]> {
  const secrets: JsonObject[] = [];
  for (const { namespace, name, recipients } of keys) {
    if ((await getObject(client, { group: '', kind: 'Secret', namespace, name })) !== undefined) continue;
    const wanted = recipients.size > 0 ? recipients : otherwise;
    // Nothing is known to be encrypted.
    if (wanted.size === 0) continue;
    const ours = await keyring.ageIdentities();
    const identities = [...wanted].map((recipient) => ours.get(recipient)).filter((one) => one !== undefined);
    if (identities.length === 0) throw noKey(namespace, name, wanted, keyring);
    secrets.push({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name },
      type: 'Opaque',
      data: { 'age.agekey': Buffer.from(`${identities.join('\n')}\n`).toString('base64') },
    });
  }
  return secrets;
}

function noKey(namespace: string, name: string, wanted: ReadonlySet<string>, keyring: Keyring): SlipwayError {
  const recipients = [...wanted].map(shorten).join(', ');
  const reasons = keyring.explain();
  return new SlipwayError({
    code: 'bootstrap/no-key',
    message: [`No age identity here opens what is encrypted to ${recipients}.`, ...reasons].join(' '),
    remedy:
      'Set SOPS_AGE_KEY_FILE to the file that holds it; --without-key goes on without, and what is encrypted is not applied.',
    place: { object: `Secret/${namespace}/${name}` },
    exitStatus: 3,
  });
}
