import { formatJson } from '../../manifest/index.ts';
import type { Danger } from './danger.ts';
import { reinstallation } from './reinstallation.ts';
import { ownerOf, type Snapshot } from './snapshot.ts';

/** Of Kustomizations and releases as a whole: what is suspended while it changes, begins to prune, or is installed anew. */
export function ownerDangers(before: Snapshot, after: Snapshot): readonly Danger[] {
  const old = new Map(before.map((one) => [ownerOf(one), one]));
  return after.flatMap((one): Danger[] => {
    const was = old.get(ownerOf(one));
    if (was === undefined) return [];
    const { release, spec } = one;
    const object = release === undefined ? `Kustomization/${one.kustomization}` : ownerOf(one);
    const dangers: Danger[] = [];
    if (spec.suspend === true && formatJson(was.objects) !== formatJson(one.objects)) {
      dangers.push({ kind: 'suspended', object, sentence: 'It is suspended: its changes are not applied.' });
    }
    if (release === undefined && spec.prune === true && was.spec.prune !== true) {
      dangers.push({
        kind: 'prune-protection',
        object,
        sentence: 'It prunes from now on: what it once applied and git lacks is deleted.',
      });
    }
    if (release === undefined && was.spec.deletionPolicy === 'Orphan' && spec.deletionPolicy !== 'Orphan') {
      const sentence = 'Its deletionPolicy is no longer Orphan: when it is deleted, its objects may be too.';
      dangers.push({ kind: 'prune-protection', object, sentence });
    }
    if (was.spec.serviceAccountName !== undefined && spec.serviceAccountName === undefined) {
      const sentence = 'It names no service account any more: it is applied with the rights of the controller.';
      dangers.push({ kind: 'rbac', object, sentence });
    }
    return [...dangers, ...reinstallation(was, one)];
  });
}
