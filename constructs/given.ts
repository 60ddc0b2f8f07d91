import { SlipwayError } from '../src/errors.ts';

/** Types are not checked at synth, where a misspelt name (`sources.valky`) is `undefined`. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** @throws SlipwayError `synth/undefined` */
export function given<Value>(value: Value, option: string): Value {
  if (isGiven(value)) return value;
  throw new SlipwayError(notGiven(value, option));
}

export function notGiven(value: unknown, option: string): { code: string; message: string; remedy: string } {
  return {
    code: 'synth/undefined',
    message: `Its option ${option} is ${String(value)}: a name in the program may be misspelt.`,
    remedy: 'Your editor underlines it, and `npx tsc --noEmit` names it.',
  };
}
