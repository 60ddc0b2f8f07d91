import { SlipwayError } from '../../errors.ts';
import { isObject, type JsonObject, readDocument } from '../../manifest/index.ts';
import { setContent, type Values } from './set-values.ts';
import { type StandIn, standInOf, type StandInOfText } from './stand-in.ts';

/** What a key of a Secret holds, as far as helm is given it: with stand-ins, and no secret text. */
export interface SecretContent {
  /** As a document of values; undefined where it is none. */
  readonly document: StandIn | undefined;
  /** As `helm --set` reads it, for a targetPath; undefined where it refuses to. */
  readonly typed: StandIn | undefined;
  /** As the text that it is, for a literal targetPath. */
  readonly literal: StandIn | undefined;
  /** Values of the document are left out, since they are not known here. */
  readonly isPartial: boolean;
  /** Of the files whose values are in it, for marks of what is made of them. */
  readonly keys: readonly Buffer[];
}

/** @param keys of the files whose values the text holds */
export function secretContent(text: string, ofText: StandInOfText, keys: readonly Buffer[]): SecretContent {
  const map = documentOf(text);
  const document = map && standInOf(map, ofText);
  return { document, typed: typedOf(text, ofText), literal: ofText(text, []), isPartial: false, keys };
}

/** What it says of YAML that is none may quote that. */
function documentOf(text: string): JsonObject | undefined {
  try {
    const value = readDocument(text, { dialect: 'sigs' })?.value ?? {};
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

const AT = 'value';

function typedOf(text: string, ofText: StandInOfText): StandIn | undefined {
  const values: Values = {};
  try {
    setContent(values, AT, text, false);
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
  // With a comma in it a value sets other keys too, which would be secret names.
  const { [AT]: value, ...others } = values;
  return value === undefined || Object.keys(others).length > 0 ? undefined : standInOf(value, ofText);
}
