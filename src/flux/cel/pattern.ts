import { RE2JS } from 're2js';
import { CelError } from './value.ts';

/** Patterns are few, and each is asked again and again. */
const MAX_KNOWN = 256;
const known = new Map<string, RE2JS>();

/**
 * A pattern as Go's regexp package has it (RE2).
 *
 * @throws CelError where it is none
 */
export function compilePattern(pattern: string): RE2JS {
  let compiled = known.get(pattern);
  if (compiled === undefined) {
    try {
      compiled = RE2JS.compile(pattern);
    } catch (error) {
      throw new CelError(error instanceof Error ? error.message : String(error), { cause: error });
    }
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(pattern, compiled);
  }
  return compiled;
}
