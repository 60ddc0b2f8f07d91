import { decodeBase64 } from '../flux/index.ts';
import type { Json } from '../manifest/index.ts';
import type { MaskedValue } from '../sops/index.ts';
import { type SecretContent, secretContent } from './helm/secret-content.ts';
import { type StandIn, standInOf, standInOfText } from './helm/stand-in.ts';

/** What is known of a value that a mark stands for. */
export interface KnownMask {
  /** As a value of a document that is encrypted value by value. */
  readonly leaf: StandIn;
  /** As what a key of a Secret holds. */
  readonly content: SecretContent;
  /** As `data` of a Secret holds it, in base64; undefined where it is none. */
  readonly decoded: SecretContent | undefined;
}

/**
 * What charts may be told of values that were decrypted, by their marks: the shape of documents, truth values and numbers.
 * Of texts it knows the marks alone. It is in memory only, and ends with the process.
 */
export class MaskedValues {
  readonly #known = new Map<string, KnownMask>();

  readonly add = (value: MaskedValue): void => {
    if (!this.#known.has(value.mark)) this.#known.set(value.mark, knownMask(value));
  };

  get(mark: string): KnownMask | undefined {
    return this.#known.get(mark);
  }
}

function knownMask({ mark, type, text, markOf, key }: MaskedValue): KnownMask {
  const keys = [key()];
  const ofText = (part: string, path: readonly string[]): StandIn =>
    standInOfText(part, path.length === 0 ? mark : markOf(path, part));
  const decoded = decodeBase64(text)?.toString();
  return {
    leaf: leafOf(type, text, mark),
    content: secretContent(text, ofText, keys),
    decoded: decoded === undefined ? undefined : secretContent(decoded, ofText, keys),
  };
}

/** As SOPS knows its type. */
function leafOf(type: MaskedValue['type'], text: string, mark: string): StandIn {
  const ofText = (): StandIn => standInOfText(text, mark);
  return standInOf(typedLeaf(type, text), ofText) ?? ofText();
}

function typedLeaf(type: MaskedValue['type'], text: string): Json {
  if (type === 'bool') return /^true$/i.test(text);
  if (type === 'int' && /^-?\d+$/.test(text)) {
    return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
  }
  return type === 'float' && Number.isFinite(Number(text)) ? Number(text) : text;
}
