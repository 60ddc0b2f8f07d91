import { compileRe2 } from '../re2.ts';

/** Compiles an expression as Go's regexp package does; undefined where it is none. */
export function goPattern(expression: string): ((text: string) => boolean) | undefined {
  try {
    const compiled = compileRe2(expression);
    return (text) => compiled.test(text);
  } catch {
    return undefined;
  }
}
