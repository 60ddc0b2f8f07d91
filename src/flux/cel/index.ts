/** Conditions in CEL: when a dependency is ready, and how an object fares. */
export { parseHealthExpressions } from '../health/health-expressions.ts';
export { compileExpression, type Expression, parseExpression } from './expression.ts';
