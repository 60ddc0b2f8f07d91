/** SOPS files made in memory for tests of what carries them into the tree, with keys that are made for the occasion. */
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { encryptFile, formatOf, readPlain, type FormatName, type SelectionRule } from '../../src/sops/index.ts';

export const IDENTITY = await generateX25519Identity();
export const RECIPIENT = await identityToRecipient(IDENTITY);
export const OTHER_RECIPIENT = await identityToRecipient(await generateX25519Identity());

export const VALUES: SelectionRule = { kind: 'encrypted_regex', value: '^(data|stringData)$' };

export interface SealOptions {
  readonly recipients?: readonly string[];
  readonly rule?: SelectionRule;
  readonly macOnlyEncrypted?: boolean;
  readonly format?: FormatName;
}

/** A plain text as a SOPS file. */
export async function seal(plain: string, options: SealOptions = {}): Promise<string> {
  const { recipients = [RECIPIENT], rule = VALUES, macOnlyEncrypted = true, format = formatOf('a.yaml') } = options;
  const sealed = await encryptFile(readPlain(Buffer.from(plain), format), {
    format,
    recipients: [recipients],
    rule,
    macOnlyEncrypted,
    layout: { indent: 2 },
    now: new Date(0),
  });
  return sealed.toString();
}

/** A Secret in namespace `web` as a plain text. */
export function secretText(name: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n  namespace: web\ntype: Opaque\nstringData:\n${lines.join('')}`;
}
