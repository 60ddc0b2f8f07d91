/** What an age recipient's text says of its kind, and wrapping a data key for it (age/keysource.go: parseRecipient). */
import type { Recipient } from 'age-encryption';
import { failure } from '../failure.ts';
import { sshRecipient } from './ssh.ts';

export type RecipientKind = 'x25519' | 'hybrid' | 'plugin' | 'ssh';

/** The kind of a recipient; undefined where it is none. The text is not checked further. */
export function recipientKind(recipient: string): RecipientKind | undefined {
  if (recipient.startsWith('age1pq1')) return 'hybrid';
  if (recipient.startsWith('age1')) return recipient.lastIndexOf('1') > 3 ? 'plugin' : 'x25519';
  return recipient.startsWith('ssh-') ? 'ssh' : undefined;
}

/** The name of the plugin that a recipient (`age1yubikey1…`) or identity (`AGE-PLUGIN-YUBIKEY-1…`) asks for. */
export function pluginName(text: string): string {
  const name = /^age1(.+)1[^1]*$/.exec(text)?.[1] ?? /^AGE-PLUGIN-(.+)-1[^1]*$/.exec(text)?.[1] ?? 'unknown';
  return `age-plugin-${name.toLowerCase()}`;
}

/**
 * Encrypts a data key, or a group's part of it, to one recipient: an armored age file with a line feed at its end.
 *
 * @throws {SlipwayError} `sops/recipient`, `sops/recipient-plugin` (status 2).
 */
export async function wrapKey(key: Buffer, recipient: string): Promise<string> {
  const { Encrypter, armor } = await import('age-encryption');
  const encrypter = new Encrypter();
  const target = await parseRecipient(recipient);
  try {
    encrypter.addRecipient(target);
  } catch (cause) {
    throw badRecipient(recipient, cause);
  }
  const wrapped = armor.encode(await encrypter.encrypt(key));
  return wrapped.endsWith('\n') ? wrapped : `${wrapped}\n`;
}

/** Says whether a recipient's text is whole. @throws {SlipwayError} as wrapKey does. */
export async function checkRecipient(recipient: string): Promise<void> {
  const { Encrypter } = await import('age-encryption');
  const target = await parseRecipient(recipient);
  try {
    new Encrypter().addRecipient(target);
  } catch (cause) {
    throw badRecipient(recipient, cause);
  }
}

function badRecipient(recipient: string, cause?: unknown): Error {
  return failure('recipient', `${JSON.stringify(recipient)} is not an age recipient.`, {
    remedy: 'A recipient is the public half of a key: age1…, age1pq1…, ssh-ed25519 … or ssh-rsa ….',
    exitStatus: 2,
    cause,
  });
}

async function parseRecipient(recipient: string): Promise<string | Recipient> {
  switch (recipientKind(recipient)) {
    case 'x25519':
    case 'hybrid':
      return recipient;
    case 'ssh':
      return await sshRecipient(recipient);
    case 'plugin':
      throw failure(
        'recipient-plugin',
        `The recipient ${recipient} needs ${pluginName(recipient)}; Slipway runs no age plugins.`,
        {
          remedy: 'Add it with the sops program, which does, or use a recipient of age itself.',
          exitStatus: 2,
        },
      );
    case undefined:
      throw badRecipient(recipient);
  }
}
