import { type EncryptedPart, parseDecryption } from '../../flux/index.ts';
import { shorten } from '../../sops/index.ts';
import type { Rendered } from '../walk.ts';
import type { Finding } from './finding.ts';

/** What one Secret of the cluster has to open, or the controller's own keys. */
interface Group {
  /** `namespace/name`; '' for the controller's own. */
  readonly secret: string;
  readonly members: readonly Member[];
}

interface Member {
  readonly part: EncryptedPart;
  readonly kustomization: string;
}

/**
 * Whether what is encrypted can be opened by the keys that its Kustomization has. Which those are only the cluster knows; but
 * all that one Secret has to open should be encrypted to a key that it holds.
 *
 * @param hasKeys whether there are keys here, by which anything could be opened
 */
export function checkRecipients(rendered: readonly Rendered[], hasKeys: boolean): readonly Finding[] {
  return groupsOf(rendered).flatMap((group) => {
    const odd = group.members.flatMap((member) => oddRecipients(member, group) ?? []);
    const closed = group.members.filter(({ part }) => !part.isOpen);
    return [
      ...group.members.flatMap(({ part, kustomization }) =>
        part.problems.map((problem): Finding => ({
          severity: 'error',
          ...problem,
          ...placeOf(part),
          ...problem,
          kustomization,
        })),
      ),
      ...odd,
      ...(closed.length === 0 ? [] : [notOpened(closed, group, hasKeys)]),
    ];
  });
}

function groupsOf(rendered: readonly Rendered[]): readonly Group[] {
  const groups = new Map<string, Member[]>();
  for (const { namespace, name, spec, encrypted } of rendered) {
    const secretName = parseDecryption(spec)?.secretName ?? '';
    const secret = secretName === '' ? '' : `${namespace}/${secretName}`;
    const members = encrypted.map((part) => ({ part, kustomization: `${namespace}/${name}` }));
    groups.set(secret, [...(groups.get(secret) ?? []), ...members]);
  }
  return [...groups].map(([secret, members]) => ({ secret, members }));
}

function oddRecipients({ part, kustomization }: Member, { secret, members }: Group): Finding | undefined {
  const about = { kustomization, ...placeOf(part) };
  const keys = secret === '' ? 'the keys of the controller open' : `the Secret ${secret} has to open`;
  if (part.recipients.length === 0) {
    return {
      severity: 'warning',
      code: 'test/no-age-recipient',
      message: `It is encrypted to no age key, only to ${part.otherKeys.join(', ')}: Slipway neither opens nor checks it.`,
      remedy: 'Encrypt it to an age recipient too, if Slipway is to reconcile it.',
      ...about,
    };
  }
  const others = members.filter(({ part: other }) => other !== part && other.recipients.length > 0);
  const known = new Set(others.flatMap(({ part: { recipients } }) => recipients));
  if (others.length === 0 || part.recipients.some((recipient) => known.has(recipient))) return undefined;
  return {
    severity: others.length > 1 ? 'error' : 'warning',
    code: 'test/odd-recipients',
    message: `It is encrypted to ${part.recipients.map(shorten).join(', ')}, to which nothing else is that ${keys}.`,
    remedy:
      `Encrypt it to ${[...known].map(shorten).join(' or ')}: slipway secrets updatekeys ${part.file ?? ''}`.trimEnd() +
      '.',
    ...about,
  };
}

function notOpened(closed: readonly Member[], { secret, members }: Group, hasKeys: boolean): Finding {
  const [first] = closed;
  const isOne = closed.length === 1;
  const all = [...new Set(closed.map(({ part: { file, object } }) => file ?? object?.name ?? ''))];
  const names = all.slice(0, 3);
  const what = isOne ? `${names.join()} is` : `${closed.length} of ${members.length} encrypted parts are`;
  const keys = secret === '' ? '' : ` of the Secret ${secret}`;
  return {
    // The keys here open some, and may be expected to open all.
    severity: hasKeys && closed.length < members.length ? 'warning' : 'note',
    code: 'test/not-opened',
    message: `${what} not opened by any key here, so neither MAC nor values are checked${isOne ? '' : ` (${names.join(', ')}${all.length > 3 ? ', …' : ''})`}.`,
    remedy: `Give an age key that is among those${keys || ' of the controller'} by SOPS_AGE_KEY_FILE.`,
    kustomization: first?.kustomization ?? '',
    ...(isOne && first !== undefined && placeOf(first.part)),
  };
}

function placeOf({ file, line, object }: EncryptedPart): Partial<Finding> {
  return file === undefined ? (object === undefined ? {} : { object, pointer: '' }) : { file, line, column: 1 };
}
