import type { ASTNode } from '@marcbachmann/cel-js';
import { Budget } from './budget.ts';
import { callFunction, callMethod, isFunction } from './functions.ts';
import { isMacro, macroVariable } from './macros.ts';
import { applyOperator, negate } from './operators.ts';
import {
  CelError,
  CelType,
  isCelList,
  isCelMap,
  keyOf,
  keyText,
  noOverload,
  Optional,
  Uint,
  type Value,
} from './value.ts';

/** Names, and what they stand for; undefined where there is none. */
export type Variables = (name: string) => Value | undefined;

const TYPES = ['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'optional_type', 'string', 'type', 'uint'];
/** What must be known of these to know the whole is known with one of them, whatever becomes of the other. */
const DECIDES = { '&&': false, '||': true };

/**
 * The value of a parsed expression, in cel-go's order and with its rules: a type is looked at when a value is there.
 *
 * @throws CelError where it has none, or would take too long
 */
export function evaluate(node: ASTNode, variables: Variables): Value {
  return new Evaluation(new Budget()).of(node, variables);
}

class Evaluation {
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  of(node: ASTNode, variables: Variables): Value {
    this.#budget.step();
    switch (node.op) {
      case 'value':
        return literal(node.args);
      case 'id':
        return this.#variable(node.args, variables);
      case '.':
        return select(this.of(node.args[0], variables), node.args[1]);
      case '[]':
        return select(this.of(node.args[0], variables), this.of(node.args[1], variables));
      case '.?':
        return find(this.of(node.args[0], variables), node.args[1]);
      case '[?]':
        return find(this.of(node.args[0], variables), this.of(node.args[1], variables));
      case 'call':
        return this.#call(node.args[0], node.args[1], variables);
      case 'rcall':
        return this.#callOn(node.args[0], node.args[1], node.args[2], variables);
      case 'list':
        return node.args.map((one) => this.of(one, variables));
      case 'map':
        return this.#map(node.args, variables);
      case '?:':
        return this.of(node.args[this.#condition(node.args[0], variables) ? 1 : 2], variables);
      case '&&':
      case '||':
        return this.#decide(DECIDES[node.op], [
          () => this.of(node.args[0], variables),
          () => this.of(node.args[1], variables),
        ]);
      case '!_':
        return !this.#condition(node.args, variables);
      case '-_':
        return negate(this.of(node.args, variables));
      default:
        return applyOperator(node.op, this.of(node.args[0], variables), this.of(node.args[1], variables), this.#budget);
    }
  }

  #variable(name: string, variables: Variables): Value {
    const value = variables(name);
    if (value !== undefined) return value;
    if (TYPES.includes(name)) return new CelType(name);
    throw new CelError(`no such attribute(s): ${name}`);
  }

  #map(entries: readonly (readonly [ASTNode, ASTNode])[], variables: Variables): Value {
    const map = new Map<Value, Value>();
    for (const [key, value] of entries) {
      const name = keyOf(this.of(key, variables));
      if (!['string', 'bigint', 'boolean'].includes(typeof name)) throw new CelError('unsupported key type');
      map.set(name, this.of(value, variables));
    }
    return map;
  }

  #condition(node: ASTNode, variables: Variables): boolean {
    return truth(this.of(node, variables));
  }

  /** What decides counts, before errors do; cel-go has no order in `&&` and `||`. */
  #decide(deciding: boolean, parts: Iterable<() => Value>): boolean {
    let error: CelError | undefined;
    for (const part of parts) {
      try {
        if (truth(part()) === deciding) return deciding;
      } catch (thrown) {
        if (!(thrown instanceof CelError) || this.#budget.isSpent) throw thrown;
        error ??= thrown;
      }
    }
    if (error !== undefined) throw error;
    return !deciding;
  }

  #call(name: string, args: readonly ASTNode[], variables: Variables): Value {
    if (name === 'has') return this.#has(args[0], variables);
    return callFunction(
      name,
      args.map((one) => this.of(one, variables)),
      this.#budget,
    );
  }

  #callOn(name: string, receiver: ASTNode, args: readonly ASTNode[], variables: Variables): Value {
    const qualified = receiver.op === 'id' ? `${receiver.args}.${name}` : '';
    if (isFunction(qualified)) return this.#call(qualified, args, variables);
    if (isMacro(name, args)) return this.#macro(name, receiver, args, variables);
    if (name === 'or' || name === 'orValue') return this.#otherwise(name, receiver, args, variables);
    const values = [receiver, ...args].map((one) => this.of(one, variables));
    return callMethod(name, values, this.#budget);
  }

  #has(node: ASTNode | undefined, variables: Variables): Value {
    if (node?.op !== '.' && node?.op !== '.?') throw new CelError('invalid argument to has() macro');
    return find(this.of(node.args[0], variables), node.args[1]).value !== undefined;
  }

  /** The other side is looked at only where it is needed. */
  #otherwise(name: 'or' | 'orValue', receiver: ASTNode, args: readonly ASTNode[], variables: Variables): Value {
    const [other] = args;
    const optional = this.of(receiver, variables);
    if (!(optional instanceof Optional) || other === undefined || args.length > 1) throw noOverload();
    if (optional.value !== undefined) return name === 'or' ? optional : optional.value;
    return this.of(other, variables);
  }

  #macro(name: string, receiver: ASTNode, args: readonly ASTNode[], variables: Variables): Value {
    const variable = macroVariable(args);
    const range = this.of(receiver, variables);
    const within = (body: ASTNode, item: Value): Value =>
      this.of(body, (asked) => (asked === variable ? item : variables(asked)));
    const body = args.at(-1) ?? receiver;
    if (name === 'optMap' || name === 'optFlatMap') {
      if (!(range instanceof Optional)) throw noOverload();
      if (range.value === undefined) return range;
      const value = within(body, range.value);
      return name === 'optMap' ? new Optional(value) : value;
    }
    const items = isCelMap(range) ? [...range.keys()] : isCelList(range) ? range : undefined;
    if (items === undefined) throw noOverload();
    const judge = args.length === 3 ? args[1] : body;
    const isChosen = (item: Value): boolean => truth(within(judge ?? body, item));
    switch (name) {
      case 'all':
      case 'exists':
        return this.#decide(
          name === 'exists',
          items.map((item) => () => within(body, item)),
        );
      case 'exists_one':
        return items.filter(isChosen).length === 1;
      case 'filter':
        return items.filter(isChosen);
      default:
        return (args.length === 3 ? items.filter(isChosen) : items).map((item) => within(body, item));
    }
  }
}

/** The library has a class of its own for a number with `u`. */
type Literal = Extract<ASTNode, { readonly op: 'value' }>['args'];

function literal(value: Literal): Value {
  return typeof value !== 'object' || value === null || value instanceof Uint8Array ? value : new Uint(value.value);
}

function truth(value: Value): boolean {
  if (typeof value !== 'boolean') throw noOverload();
  return value;
}

/** A field, or an element. Of an optional value it is optional too. */
function select(value: Value, key: Value): Value {
  if (value instanceof Optional) return value.value === undefined ? value : find(value.value, key);
  if (isCelMap(value)) {
    const found = value.get(keyOf(key));
    if (found === undefined) throw new CelError(`no such key: ${keyText(keyOf(key))}`);
    return found;
  }
  if (!isCelList(value)) throw new CelError(`no such key: ${keyText(key)}`);
  const found = value[placeOf(key)];
  if (found === undefined) throw new CelError(`index out of bounds: ${keyText(keyOf(key))}`);
  return found;
}

/** What has no fields has not this one either. */
function find(value: Value, key: Value): Optional {
  if (value instanceof Optional) return value.value === undefined ? value : find(value.value, key);
  if (isCelList(value)) return new Optional(value[placeOf(key)]);
  return new Optional(isCelMap(value) ? value.get(keyOf(key)) : undefined);
}

function placeOf(key: Value): number {
  const place = keyOf(key);
  if (typeof place !== 'bigint') throw new CelError('unsupported index type');
  return place < 0n ? Infinity : Number(place);
}
