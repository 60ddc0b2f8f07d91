import type { Budget } from './budget.ts';
import { isAmong } from './functions.ts';
import { Duration, Timestamp } from './time.ts';
import {
  CelError,
  checkedInt,
  compare,
  isCelList,
  isCelMap,
  isEqual,
  keyOf,
  noOverload,
  Uint,
  type Value,
} from './value.ts';

/** @throws CelError where the operator is none for these values (cel-go: common/stdlib) */
export function applyOperator(operator: string, a: Value, b: Value, budget: Budget): Value {
  switch (operator) {
    case '==':
      return isEqual(a, b);
    case '!=':
      return !isEqual(a, b);
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
    case 'in':
      if (isCelList(b)) return isAmong(a, b, budget);
      if (isCelMap(b)) return b.has(keyOf(a));
      throw noOverload();
    case '+':
      return add(a, b, budget);
    default:
      return calculate(operator, a, b);
  }
}

export function negate(value: Value): Value {
  if (typeof value === 'bigint') return checkedInt(-value);
  if (typeof value === 'number') return -value;
  throw noOverload();
}

function add(a: Value, b: Value, budget: Budget): Value {
  if (typeof a === 'string' && typeof b === 'string') {
    budget.spend(a.length + b.length);
    return a + b;
  }
  if (isCelList(a) && isCelList(b)) {
    budget.spend(a.length + b.length);
    return [...a, ...b];
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array([...a, ...b]);
  if (a instanceof Duration && b instanceof Duration) {
    return new Duration(checkedInt(a.nanoseconds + b.nanoseconds));
  }
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.nanoseconds + b.nanoseconds);
  if (a instanceof Duration && b instanceof Timestamp) return new Timestamp(a.nanoseconds + b.nanoseconds);
  return calculate('+', a, b);
}

function calculate(operator: string, a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return checkedInt(calculateWhole(operator, a, b));
  if (a instanceof Uint && b instanceof Uint) return new Uint(calculateWhole(operator, a.value, b.value));
  if (typeof a === 'number' && typeof b === 'number') {
    if (operator === '+') return a + b;
    if (operator === '-') return a - b;
    if (operator === '*') return a * b;
    if (operator === '/') return a / b;
  }
  if (operator === '-') {
    if (a instanceof Timestamp && b instanceof Timestamp) return new Duration(a.nanoseconds - b.nanoseconds);
    if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.nanoseconds - b.nanoseconds);
    if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanoseconds - b.nanoseconds);
  }
  throw noOverload();
}

function calculateWhole(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0n) throw new CelError('division by zero');
      return a / b;
    case '%':
      if (b === 0n) throw new CelError('modulus by zero');
      return a % b;
    default:
      throw noOverload();
  }
}
