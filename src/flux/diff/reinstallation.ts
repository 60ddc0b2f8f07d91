import { formatIdentity, identityKey, identityOf, mapOf } from '../../manifest/index.ts';
import { releaseName, releaseNamespace, storageNamespace } from '../helm/release-names.ts';
import type { Danger } from './danger.ts';
import { lossOf } from './holds-data.ts';
import { keptByHelm } from './prune.ts';
import { type Applied, ownerOf } from './snapshot.ts';

/**
 * A release whose target is another one: helm-controller uninstalls the old before it installs the new, and what has the same
 * name in both is deleted all the same (helm-controller: reconcileRelease, action.ReleaseTargetChanged).
 */
export function reinstallation(before: Applied, after: Applied): readonly Danger[] {
  const target = changedTarget(before, after);
  if (target === undefined || after.spec.suspend === true) return [];
  const stays = new Set(after.objects.map((object) => identityKey(identityOf(object))));
  // What has another name is told of as what goes.
  const gone = before.objects
    .filter((object) => stays.has(identityKey(identityOf(object))))
    .flatMap((object) => {
      const loss = lossOf(identityOf(object));
      const isKept = keptByHelm(object, false, before.spec, undefined) !== undefined;
      return loss === undefined || isKept ? [] : [`${formatIdentity(identityOf(object))}: ${loss}`];
    });
  const [first] = gone;
  const others = gone.length > 1 ? `; and ${gone.length - 1} more that hold data` : '';
  const deleted = first === undefined ? '' : ` That deletes ${first}${others}.`;
  const sentence = `${target}: helm-controller uninstalls the release, with all that it holds, and installs it anew.${deleted}`;
  return [{ kind: first === undefined ? 'recreated' : 'data-loss', object: ownerOf(after), sentence }];
}

/** The first that differs, in the order in which helm-controller looks. */
function changedTarget(before: Applied, after: Applied): string | undefined {
  const { release } = after;
  if (release === undefined) return undefined;
  const [namespace = '', name = ''] = release.split('/');
  const isInPlace = mapOf(after.spec.upgrade).chartNameChangeStrategy === 'InPlaceUpdate';
  const targets: Readonly<Record<string, (of: Applied) => string | undefined>> = {
    'Its storage namespace': ({ spec }) => storageNamespace(namespace, spec),
    'The namespace of its release': ({ spec }) => releaseNamespace(namespace, spec),
    'The name of its release': ({ spec }) => releaseName(name, spec),
    ...(!isInPlace && { 'The name of its chart': ({ chart }) => chart }),
  };
  return Object.entries(targets).flatMap(([what, of]) => {
    const [old, now] = [of(before), of(after)];
    return old === undefined || now === undefined || old === now ? [] : [`${what} changes from ${old} to ${now}`];
  })[0];
}
