import { formatIdentity, identityKey, identityOf } from '../../manifest/index.ts';
import type { Rendered } from '../walk.ts';
import type { Finding } from './finding.ts';

/** An object that two Kustomizations apply: each undoes what the other did, and either prunes it. */
export function checkOwners(rendered: readonly Rendered[]): readonly Finding[] {
  const owners = new Map<string, string>();
  return rendered.flatMap((one) => {
    const kustomization = `${one.namespace}/${one.name}`;
    return one.objects.flatMap((object): Finding[] => {
      const identity = identityOf(object);
      const key = identityKey(identity);
      const other = owners.get(key);
      owners.set(key, other ?? kustomization);
      if (other === undefined || other === kustomization) return [];
      return [
        {
          severity: 'error',
          code: 'test/two-owners',
          message: `${formatIdentity(identity)} is applied by ${other} and by ${kustomization}: each undoes the other.`,
          remedy: 'Leave it to one of them.',
          kustomization,
          object: identity,
          pointer: '',
        },
      ];
    });
  });
}
