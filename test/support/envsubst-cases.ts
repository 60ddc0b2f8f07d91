/** The table of Flux's own envsubst. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '../../src/errors.ts';
import { envsubst } from '../../src/flux/substitute/envsubst.ts';

export interface EnvsubstCase {
  readonly fn: 'Eval' | 'EvalStrict';
  readonly params: Readonly<Record<string, string>>;
  readonly input: string;
  readonly output: string;
  readonly error: string | null;
}

/** @param fixtures the folder with `envsubst-cases.json` */
export function envsubstCases(fixtures: string): readonly EnvsubstCase[] {
  const { cases } = JSON.parse(readFileSync(join(fixtures, 'envsubst-cases.json'), 'utf8')) as {
    cases: readonly EnvsubstCase[];
  };
  return cases;
}

/** What it comes to here: the text, or the code of the error. */
export function evaluated({ fn, params, input }: EnvsubstCase): string {
  const unset = fn === 'Eval' ? '' : undefined;
  try {
    return envsubst(input, (name) => params[name] ?? unset);
  } catch (error) {
    if (error instanceof SlipwayError) return error.code;
    throw error;
  }
}

/** What it comes to in Flux, in the same words. */
export function expectedOf({ output, error }: EnvsubstCase): string {
  if (error === null) return output;
  return error === 'errVarNotSet' ? 'flux/variable-not-set' : 'flux/bad-substitution';
}
