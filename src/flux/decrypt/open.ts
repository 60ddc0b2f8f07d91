import { SlipwayError } from '../../errors.ts';
import type { ObjectIdentity } from '../../manifest/index.ts';
import {
  checkStanzas,
  checkValues,
  isAge,
  type Keyring,
  openDataKey,
  type OpenFile,
  type OnMask,
  openWithDataKey,
  type SopsFile,
  withFile,
} from '../../sops/index.ts';

/** How what a Kustomization has encrypted is opened. */
export interface Decryption {
  readonly keyring: Keyring;
  /** Marks stand in place of the values, which then are nowhere but in the memory of the decryption itself. */
  readonly masked: boolean;
  /** Is told of each value that a mark stands for. */
  readonly onMask?: OnMask | undefined;
  /** What no identity opens stays as it is, and is no error. */
  readonly mayStayClosed: boolean;
  /** Is told of a MAC that is missing or wrong. Default: that is an error. */
  readonly onBrokenMac?: ((error: SlipwayError) => void) | undefined;
}

/** A file or an object that is encrypted. */
export interface EncryptedPart {
  /** In git; undefined where it is not known which file it came from. */
  readonly file: string | undefined;
  /** Where its SOPS metadata begins. */
  readonly line: number | undefined;
  /** Undefined of a file that is decrypted before the build. */
  readonly object: ObjectIdentity | undefined;
  /** What it is encrypted to. */
  readonly recipients: readonly string[];
  /** Keys that are not age's, as `kind id`. */
  readonly otherKeys: readonly string[];
  readonly isOpen: boolean;
  /** What is wrong with it, as far as that can be said without a key; with what is open, nothing is. */
  readonly problems: readonly EncryptedProblem[];
}

export interface EncryptedProblem {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

export function describePart(sealed: SopsFile, object: ObjectIdentity | undefined, isOpen: boolean): EncryptedPart {
  const { file, metadata, metadataLine } = sealed;
  const keys = metadata.groups.flat();
  const problems = isOpen ? [] : [...checkValues(sealed), ...checkStanzas(sealed)];
  return {
    file,
    line: file === undefined ? undefined : metadataLine,
    object,
    recipients: keys.filter(isAge).map(({ id }) => id),
    otherKeys: keys.filter((key) => !isAge(key)).map(({ kind, id }) => `${kind} ${id}`),
    isOpen,
    problems: problems.map(({ code, message, remedy, place: { line, column } }) => ({
      code,
      message,
      remedy,
      line: file === undefined ? undefined : line,
      column: file === undefined ? undefined : column,
    })),
  };
}

/**
 * The data key; undefined where no identity opens it, and it may stay closed.
 *
 * @throws SlipwayError `sops/no-identity`
 */
export async function openKey(sealed: SopsFile, how: Decryption): Promise<Buffer | undefined> {
  try {
    return await openDataKey(sealed.metadata, how.keyring);
  } catch (error) {
    if (how.mayStayClosed && error instanceof SlipwayError && error.code === 'sops/no-identity') return undefined;
    throw withFile(sealed.file, error);
  }
}

const OF_MAC = ['sops/mac-missing', 'sops/mac-broken', 'sops/mac-mismatch'];

/** Opens a file as it stands in git, and verifies its MAC, which Flux does not. */
export function openWhole(sealed: SopsFile, dataKey: Buffer, { masked, onMask, onBrokenMac }: Decryption): OpenFile {
  try {
    return openWithDataKey(sealed, dataKey, { masked, onMask });
  } catch (error) {
    const isOfMac = error instanceof SlipwayError && OF_MAC.includes(error.code);
    if (!isOfMac || onBrokenMac === undefined) throw error;
    onBrokenMac(error);
    return openWithDataKey(sealed, dataKey, { masked, onMask, ignoreMac: true });
  }
}
