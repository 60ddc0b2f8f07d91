/** The data key of a file: unwrapped with an identity, or made and wrapped for recipients (sops.go: Metadata). */
import { randomBytes } from 'node:crypto';
import type { Keyring } from './age/keyring.ts';
import { wrapKey } from './age/recipients.ts';
import { failure } from './failure.ts';
import type { KeyGroup, MasterKey, Metadata } from './metadata.ts';
import { ageKey, isAge } from './metadata.ts';
import { combine, split } from './shamir.ts';

export const DATA_KEY_BYTES = 32;

export const newDataKey = (): Buffer => randomBytes(DATA_KEY_BYTES);

/**
 * Opens the data key. With several key groups as many must open as the threshold says, each with any key of its own.
 *
 * @throws {SlipwayError} `sops/no-identity` (status 3), with every recipient and what may explain it.
 */
export async function openDataKey(metadata: Metadata, keyring: Keyring): Promise<Buffer> {
  const { groups } = metadata;
  const threshold = metadata.shamirThreshold === 0 ? groups.length : metadata.shamirThreshold;
  const opened: Buffer[] = [];
  for (const group of groups) {
    const part = await openGroup(group, keyring);
    if (part === undefined) continue;
    opened.push(part);
    if (opened.length === (groups.length === 1 ? 1 : threshold)) break;
  }
  const key = groups.length === 1 ? opened[0] : opened.length >= threshold ? combine(opened) : undefined;
  if (key?.length === DATA_KEY_BYTES) {
    if (groups.length > 1) wipeAll(opened);
    return key;
  }
  wipeAll(opened);
  if (key !== undefined) throw failure('data-key', 'The data key of the file has not the length that it must have.');
  throw noIdentity(groups, opened.length, threshold, keyring);
}

async function openGroup(group: KeyGroup, keyring: Keyring): Promise<Buffer | undefined> {
  for (const key of group.filter(isAge)) {
    const part = await keyring.unwrap(key.enc, key.id);
    if (part !== undefined) return part;
  }
  return undefined;
}

const wipeAll = (buffers: readonly Buffer[]) => {
  buffers.forEach((buffer) => buffer.fill(0));
};

function noIdentity(groups: readonly KeyGroup[], opened: number, threshold: number, keyring: Keyring): Error {
  const keys = groups.flat();
  const lines =
    groups.length === 1
      ? ['No identity opens the file.']
      : [`Only ${opened} of the ${threshold} key groups that are needed could be opened.`];
  lines.push(...keyring.explain());
  const ages = keys.filter(isAge);
  if (ages.length > 0) lines.push(`It is encrypted to ${ages.map(({ id }) => shorten(id)).join(', ')}.`);
  const others = [...new Set(keys.filter((key) => !isAge(key)).map(({ kind }) => kind))];
  if (others.length > 0) {
    lines.push(
      `${ages.length === 0 ? 'It can be opened' : 'It could also be opened'} by ${others.join(', ')}, which Slipway does not do; the sops program does.`,
    );
  }
  return failure('no-identity', lines.join('\n'), {
    remedy:
      'Put the identity of one of these recipients into SOPS_AGE_KEY_FILE or where sops keeps it, or ask one of them to add you with `slipway secrets updatekeys`.',
    exitStatus: 3,
  });
}

/** A post-quantum recipient has 2,000 letters. */
export const shorten = (recipient: string): string =>
  recipient.length <= 80 ? recipient : `${recipient.slice(0, 20)}…${recipient.slice(-12)}`;

/**
 * The groups with the data key wrapped for each recipient anew.
 *
 * @throws {SlipwayError} `sops/foreign-key` where a key is not age's: only the sops program can wrap for it.
 */
export async function wrapDataKey(
  dataKey: Buffer,
  groups: readonly (readonly MasterKey[])[],
  shamirThreshold: number,
): Promise<readonly KeyGroup[]> {
  if (groups.length === 0 || groups.some((group) => group.length === 0)) {
    throw failure('no-recipients', 'There is no recipient to encrypt to.', {
      remedy: 'Name one: a creation rule of .sops.yaml with `age:`, or --age.',
      exitStatus: 2,
    });
  }
  const threshold = shamirThreshold === 0 ? groups.length : shamirThreshold;
  const parts = groups.length === 1 ? [dataKey] : split(dataKey, groups.length, threshold);
  const wrapped: KeyGroup[] = [];
  for (const [index, group] of groups.entries()) {
    const part = parts[index] ?? dataKey;
    const keys: MasterKey[] = [];
    for (const key of group) {
      if (!isAge(key)) {
        throw failure(
          'foreign-key',
          `The file is also encrypted to a ${key.kind} key, ${key.id}, which Slipway cannot encrypt to.`,
          {
            remedy: 'Do this with the sops program, or take that key out of the file first.',
          },
        );
      }
      keys.push(ageKey(key.id, await wrapKey(part, key.id)));
    }
    wrapped.push(keys);
  }
  if (groups.length > 1) wipeAll(parts);
  return wrapped;
}
