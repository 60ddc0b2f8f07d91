import { SlipwayError } from '../../errors.ts';
import { isList, isObject, type Json, type JsonObject, readDocument } from '../../manifest/index.ts';
import { writeGoYaml } from '../go-yaml.ts';
import { envsubst } from './envsubst.ts';

const SWITCH = 'kustomize.toolkit.fluxcd.io/substitute';

export interface SubstituteOptions {
  /** Flux's default since kustomize-controller 1.9: a variable that is not set and has no default is an error. */
  readonly strict?: boolean;
  /** spec.postBuild.substituteStrategy: Always. */
  readonly always?: boolean;
}

/**
 * An object after post-build substitution (fluxcd/pkg kustomize: SubstituteVariables). The object is written as YAML,
 * variables are replaced in that text, keys included, and the result is read back. So a value can become a number or a
 * map, and whole numbers too large for a float64 lose digits as they do in Flux.
 *
 * Only called where the Kustomization has a spec.postBuild; see loadVariables.
 *
 * @throws SlipwayError `flux/bad-substitution`, `flux/variable-not-set`, `flux/substituted-text` where the text is no
 *   YAML any more.
 */
export function substitute(
  object: JsonObject,
  variables: ReadonlyMap<string, string>,
  { strict = true, always = false }: SubstituteOptions = {},
): JsonObject {
  if (isSwitchedOff(object) || (variables.size === 0 && !always)) return object;
  // What has no dollar reads back as what it was; the way through float64 remains.
  if (!contains(object, isDollarOrBig)) return object;
  const text = envsubst(writeGoYaml(object), (name) => variables.get(name) ?? (strict ? undefined : ''));
  return readBack(text);
}

function readBack(text: string): JsonObject {
  let value: Json;
  try {
    value = readDocument(text, { dialect: 'sigs' })?.value ?? null;
  } catch (cause) {
    throw new SlipwayError({
      code: 'flux/substituted-text',
      message: `With its variables replaced, the object is no YAML any more: ${reason(cause)}`,
      remedy: 'Look for a value that ends a quote or an indentation, such as one with a colon and a space.',
      cause,
    });
  }
  const read = asFloats(value);
  if (isObject(read)) return read;
  throw new SlipwayError({
    code: 'flux/substituted-text',
    message: 'With its variables replaced, the object is no map any more.',
  });
}

/** The reader's messages show no values. */
function reason(cause: unknown): string {
  return cause instanceof SlipwayError ? cause.message : 'it cannot be read.';
}

/** The switch counts on a label or an annotation, and only in this spelling. */
function isSwitchedOff({ metadata }: JsonObject): boolean {
  if (!isObject(metadata)) return false;
  const { labels, annotations } = metadata;
  return [labels, annotations].some((map) => isObject(map) && map[SWITCH] === 'disabled');
}

function isDollarOrBig(value: Json): boolean {
  return typeof value === 'string' ? value.includes('$') : typeof value === 'bigint';
}

function contains(value: Json | undefined, test: (value: Json) => boolean): boolean {
  if (isList(value)) return value.some((item) => contains(item, test));
  if (isObject(value)) {
    return Object.entries(value).some(([key, member]) => test(key) || contains(member, test));
  }
  return value !== undefined && test(value);
}

/** encoding/json decodes each number into a float64 where no type says otherwise. */
export function asFloats(value: Json): Json {
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map(asFloats);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asFloats(member ?? null)]));
}
