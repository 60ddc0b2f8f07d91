import { type Keyring, keyringOfFiles } from '../../sops/index.ts';

/** Entries of the Secret that are no age keys (KC: ImportKeys). */
const OTHER_KEYS: readonly (readonly [entry: RegExp, what: string])[] = [
  [/\.asc$/, 'a PGP key'],
  [/^sops\.vault-token$/, 'a token for Vault or OpenBao'],
  [/^sops\.aws-kms$/, 'credentials of AWS KMS'],
  [/^sops\.azure-kv$/, 'credentials of Azure Key Vault'],
  [/^sops\.gcp-kms$/, 'credentials of Google Cloud KMS'],
];

/**
 * The identities of a Secret: those of its `*.agekey` entries. Other entries are nothing, as they are to Flux; but a key of
 * another kind than age's is told of where a file stays closed, since Flux has a use for it and Slipway has none.
 *
 * @param data decoded
 * @param name as `namespace/name`
 * @throws SlipwayError `sops/identity` with the entry, and without a word of what it holds
 */
export function keyringOfSecret(data: ReadonlyMap<string, string>, name: string): Keyring {
  const files = new Map([...data].filter(([entry]) => entry.endsWith('.agekey')));
  const others = [...data.keys()].flatMap((entry) => {
    const [, what] = OTHER_KEYS.find(([pattern]) => pattern.test(entry)) ?? [];
    return what === undefined ? [] : [`${entry} of the Secret ${name} holds ${what}, which Slipway does not use.`];
  });
  const named = new Map([...files].map(([entry, text]) => [`${entry} of the Secret ${name}`, text]));
  const place = files.size === 0 ? `the Secret ${name}, which has no entry that ends in .agekey` : `the Secret ${name}`;
  return keyringOfFiles(named, others, place);
}
