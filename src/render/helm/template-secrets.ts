import { createHash } from 'node:crypto';
import { SlipwayError } from '../../errors.ts';
import { derivedMask } from '../../sops/mask.ts';
import { HIDDEN } from '../hide-secrets.ts';
import type { HelmProgram, TemplateInput, TemplateOutput } from './helm-program.ts';
import { pointerPath } from '../../manifest/index.ts';
import type { Value, Values } from './set-values.ts';
import { isStandIn } from './stand-in.ts';
import { hideDifferences } from './hide-differences.ts';
import type { ComposedSecrets } from './values.ts';

/**
 * What helm makes of a chart, without secret values. Texts are marks before helm is given them. Numbers are real, since charts reckon
 * with them and ask for them: helm runs once more with others, and a mark stands wherever that makes a difference.
 *
 * Nothing of it is kept: the digest of what it is made of would let people try out numbers.
 *
 * @throws SlipwayError what {@link HelmProgram.template} throws, without a secret number
 */
export function templateOf(
  helm: HelmProgram,
  input: TemplateInput,
  secrets: ComposedSecrets | undefined,
): TemplateOutput {
  if (secrets === undefined) return helm.template(input);
  if (secrets.shifted === undefined) return withoutSchema(helm, input);
  const shifted = attempt(helm, { ...input, values: secrets.shifted });
  const given = attempt(helm, input);
  if (given instanceof SlipwayError) {
    const isSame = shifted instanceof SlipwayError && isTheSame(shifted.message, given.message);
    throw isSame ? given : unsaid(given, 'why is not shown, since that may hold a secret number');
  }
  if (shifted instanceof SlipwayError) {
    throw unsaid(shifted, 'it refuses other numbers in place of secret ones, so that these cannot be hidden');
  }
  const mark = markerOf(secrets.keys);
  return {
    crds: hideDifferences(given.crds, shifted.crds, mark),
    objects: hideDifferences(given.objects, shifted.objects, mark),
    uncheckedSchema: given.uncheckedSchema,
  };
}

/** helm lists what a schema refuses in no order. */
function isTheSame(one: string, other: string): boolean {
  const [lines, others] = [one, other].map((message) => message.split('\n').sort().join('\n'));
  return lines === others;
}

function attempt(helm: HelmProgram, input: TemplateInput): TemplateOutput | SlipwayError {
  try {
    return withoutSchema(helm, input);
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
}

/** A schema that refuses marks alone is not asked. */
function withoutSchema(helm: HelmProgram, input: TemplateInput): TemplateOutput {
  try {
    return helm.template(input, false);
  } catch (error) {
    if (!(error instanceof SlipwayError) || !refusesMarks(error, input)) throw error;
    return {
      ...helm.template({ ...input, skipSchema: true }, false),
      uncheckedSchema: 'made for the secret values and not for marks',
    };
  }
}

function refusesMarks({ code, message }: SlipwayError, { values }: TemplateInput): boolean {
  const pointers = Array.from(
    message.matchAll(/- at '([^']*)': (?!validation failed)/g),
    ([, pointer = '']) => pointer,
  );
  return code === 'render/helm-schema' && pointers.length > 0 && pointers.every((pointer) => isMarked(values, pointer));
}

function isMarked(values: Values, pointer: string): boolean {
  let at: Value | undefined = values;
  for (const step of pointerPath(pointer)) {
    if (typeof at !== 'object' || at === null) return false;
    at = Object.entries(at).find(([key]) => key === step)?.[1];
  }
  return typeof at === 'string' && isStandIn(at);
}

function unsaid({ code, remedy, exitStatus }: SlipwayError, why: string): SlipwayError {
  return new SlipwayError({ code, message: `helm refuses the release; ${why}.`, remedy, exitStatus });
}

/** Of values in plain text there is no key to a mark of their own. */
function markerOf(keys: readonly Buffer[]): (text: string) => string {
  if (keys.length === 0) return () => HIDDEN;
  const all = [...new Set(keys.map((key) => key.toString('hex')))].sort();
  const key = createHash('sha256').update(all.join()).digest();
  return (text) => derivedMask(key, text);
}
