import type { ASTNode } from '@marcbachmann/cel-js';

/** The macros that go through a list or a map, or into an optional value, and how many arguments each takes. */
const MACROS: ReadonlyMap<string, readonly number[]> = new Map([
  ['all', [2]],
  ['exists', [2]],
  ['exists_one', [2]],
  ['filter', [2]],
  ['map', [2, 3]],
  ['optMap', [2]],
  ['optFlatMap', [2]],
]);

export function isMacro(name: string, args: readonly ASTNode[]): boolean {
  return MACROS.get(name)?.includes(args.length) === true;
}

/** The name that a macro gives to each item; '' where it is no name. */
export function macroVariable([variable]: readonly ASTNode[]): string {
  return variable?.op === 'id' ? variable.args : '';
}
