import { createRequire } from 'node:module';
import type * as Re2 from 're2js';

const require = createRequire(import.meta.url);

/**
 * Compiles an expression as Go's regexp package does (RE2: its own syntax, and time linear in the text, whatever the
 * expression); undefined where it is none.
 */
export function goPattern(expression: string): ((text: string) => boolean) | undefined {
  // Loaded at once, and only where a CustomResourceDefinition given at run time has a pattern.
  const { RE2JS } = require('re2js') as typeof Re2;
  try {
    const compiled = RE2JS.compile(expression);
    return (text) => compiled.test(text);
  } catch {
    return undefined;
  }
}
