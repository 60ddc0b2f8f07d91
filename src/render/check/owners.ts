import { ownerOf } from '../../flux/index.ts';
import { formatIdentity, identityKey, identityOf } from '../../manifest/index.ts';
import type { Applier } from './applier.ts';
import type { Finding } from './finding.ts';

/** An object that two Kustomizations or HelmReleases apply: each undoes what the other did, and either deletes it. */
export function checkOwners(appliers: readonly Applier[]): readonly Finding[] {
  const owners = new Map<string, string>();
  return appliers.flatMap((applier) => {
    const { kustomization, release } = applier;
    const owner = ownerOf(applier);
    return applier.objects.flatMap((object): Finding[] => {
      const identity = identityOf(object);
      const key = identityKey(identity);
      const other = owners.get(key);
      owners.set(key, other ?? owner);
      if (other === undefined || other === owner) return [];
      return [
        {
          severity: 'error',
          code: 'test/two-owners',
          message: `${formatIdentity(identity)} is applied by ${other} and by ${owner}: each undoes the other.`,
          remedy: 'Leave it to one of them.',
          kustomization,
          release,
          object: identity,
          pointer: '',
        },
      ];
    });
  });
}
