import { compileRe2, type Pattern } from '../../re2.ts';
import { CelError } from './value.ts';

/** Patterns are few, and each is asked again and again. */
const MAX_KNOWN = 256;
const known = new Map<string, Pattern>();

/**
 * A pattern as Go's regexp package has it (RE2).
 *
 * @throws CelError where it is none
 */
export function compilePattern(pattern: string): Pattern {
  let compiled = known.get(pattern);
  if (compiled === undefined) {
    try {
      compiled = compileRe2(pattern);
    } catch (error) {
      throw new CelError(error instanceof Error ? error.message : String(error), { cause: error });
    }
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(pattern, compiled);
  }
  return compiled;
}
