import { decodeBase64 } from '../../flux/index.ts';
import { isList, isObject, type Json } from '../../manifest/index.ts';
import { hasMask } from '../../sops/mask.ts';
import { HIDDEN } from '../hide-secrets.ts';
import type { Value } from './set-values.ts';

/**
 * What helm is given in place of a secret value: for a text a mark of the same kind, so that no secret text reaches helm;
 * what steers a chart as it is.
 */
export interface StandIn {
  readonly given: Value;
  /**
   * The same with other numbers. What a chart makes of these differs from what it makes of the real ones wherever it was made of
   * a number, and is hidden there: a number is too short to be found again by its digits.
   */
  readonly shifted: Value;
}

/** @param path the keys that lead to the text. Undefined where nothing is known of it: then it is left out */
export type StandInOfText = (text: string, path: readonly string[]) => StandIn | undefined;

/** A document of values with a stand-in for each: names of keys, true, false and null stay. */
export function standInOf(value: Json, ofText: StandInOfText, path: readonly string[] = []): StandIn | undefined {
  if (isList(value)) {
    const items = value.flatMap((item, at) => standInOf(item, ofText, [...path, String(at)]) ?? []);
    return { given: items.map(({ given }) => given), shifted: items.map(({ shifted }) => shifted) };
  }
  if (isObject(value)) {
    const members = Object.entries(value).flatMap(([key, member]) => {
      const standIn = member === undefined ? undefined : standInOf(member, ofText, [...path, key]);
      return standIn === undefined ? [] : [[key, standIn] as const];
    });
    return {
      given: Object.fromEntries(members.map(([key, { given }]) => [key, given])),
      shifted: Object.fromEntries(members.map(([key, { shifted }]) => [key, shifted])),
    };
  }
  if (typeof value === 'string') return ofText(value, path);
  if (typeof value === 'number') return { given: value, shifted: shiftedNumber(value) };
  if (typeof value === 'bigint') return { given: value, shifted: shiftedInteger(value) };
  return itself(value);
}

/**
 * A text for a secret one, of the kind that a chart may take apart: what is empty, a truth value or digits stays, which
 * charts ask for; of a URL the scheme, of PEM its first and last line, and base64 of a text is base64 again.
 */
export function standInOfText(text: string, mark: string): StandIn {
  if (text === '' || /^(?:true|false)$/i.test(text)) return itself(text);
  if (/^[+-]?\d+$/.test(text)) return { given: text, shifted: String(shiftedInteger(BigInt(text.replace('+', '')))) };
  if (/^[+-]?\d+\.\d+$/.test(text)) return { given: text, shifted: String(shiftedNumber(Number(text))) };
  const [, scheme] = /^([a-z][a-z0-9+.-]*:\/\/)/i.exec(text) ?? [];
  if (scheme !== undefined) return itself(scheme + mark);
  const [, label] = /^-----BEGIN ([A-Z0-9 ]+)-----\r?\n/.exec(text) ?? [];
  if (label !== undefined) return itself(`-----BEGIN ${label}-----\n${mark}\n-----END ${label}-----\n`);
  return itself(isEncodedText(text) ? Buffer.from(mark).toString('base64') : mark);
}

/** Whether a text is one that stands for another. */
export function isStandIn(text: string): boolean {
  return [text, decodeBase64(text)?.toString() ?? ''].some((one) => hasMask(one) || one.includes(HIDDEN));
}

export function itself(value: Value): StandIn {
  return { given: value, shifted: value };
}

/** Of chance, one word in many thousands is. */
function isEncodedText(text: string): boolean {
  const decoded = text.length < 8 ? undefined : decodeBase64(text);
  if (decoded === undefined) return false;
  const read = decoded.toString();
  return Buffer.from(read).equals(decoded) && !/[\0-\x08\x0e-\x1f\x7f]/.test(read);
}

/** 0 and 1 are as good as truth values. Others stay near what they are, and within what ports and 64 bits are. */
function shiftedInteger(value: bigint): bigint {
  const size = value < 0n ? -value : value;
  if (size < 2n) return value;
  const step = (size + 7n) / 8n;
  return size < 50_000n ? value + step : value - step;
}

function shiftedNumber(value: number): number {
  if (Number.isSafeInteger(value)) return Number(shiftedInteger(BigInt(value)));
  return value * 0.875;
}
