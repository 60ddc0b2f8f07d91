import type { ASTNode } from '@marcbachmann/cel-js';
import { CONVERSIONS } from './conversions.ts';
import { evaluate } from './evaluate.ts';
import { macroVariable, isMacro } from './macros.ts';
import { compilePattern } from './pattern.ts';
import { CelError } from './value.ts';

/**
 * What is wrong with an expression whatever the data: a pattern that is none, a constant that cannot be converted (cel-go:
 * OptOptimize finds these when it plans a program), a macro without its variable, and what is not carried out here.
 *
 * @throws CelError
 */
export function checkConstants(node: ASTNode): void {
  switch (node.op) {
    case 'call': {
      const [name, args] = node.args;
      const [only] = args;
      if (name === 'has' && (args.length !== 1 || (only?.op !== '.' && only?.op !== '.?'))) {
        throw new CelError('invalid argument to has() macro');
      }
      if (name === 'matches') checkPattern(args[1]);
      if (CONVERSIONS.has(name) && args.length === 1 && only?.op === 'value') evaluate(node, () => undefined);
      break;
    }
    case 'rcall': {
      const [name, , args] = node.args;
      if (name === 'matches') checkPattern(args[0]);
      if (isMacro(name, args) && macroVariable(args) === '') throw new CelError('argument is not an identifier');
      if (name === 'format') throw new CelError(`Slipway does not carry out ${name}()`);
      if (/^get[A-Z]/.test(name) && args.length > 0) {
        throw new CelError(`Slipway does not carry out ${name}() with a time zone`);
      }
      break;
    }
    case '-_':
      // The least number has no positive counterpart.
      if (node.args.op === 'value' && node.args.args === 2n ** 63n) return;
      break;
    case 'value':
      if (typeof node.args === 'bigint' && node.args >= 2n ** 63n) throw new CelError('invalid int literal');
      return;
    default:
  }
  for (const child of childrenOf(node)) checkConstants(child);
}

function checkPattern(pattern: ASTNode | undefined): void {
  if (pattern?.op === 'value' && typeof pattern.args === 'string') compilePattern(pattern.args);
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    case 'list':
    case '?:':
      return node.args;
    default:
      return [node.args[0], node.args[1]];
  }
}
