import { createRequire } from 'node:module';
import type * as Re2 from 're2js';

export type Pattern = Re2.RE2JS;

let library: typeof Re2 | undefined;

/**
 * Compiles a regular expression as Go's regexp package does: RE2's syntax, and time linear in the text, whatever the
 * expression. The library is large, so it is loaded at the first expression, and at once.
 *
 * @throws Error where it is none
 */
export function compileRe2(expression: string): Pattern {
  library ??= createRequire(import.meta.url)('re2js') as typeof Re2;
  return library.RE2JS.compile(expression);
}
