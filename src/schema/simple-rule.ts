/**
 * The greater part of the rules of custom kinds, and nearly all of Flux's: which fields there are, and which text they
 * hold. Judged here, they spare the start of a whole CEL, which takes longer than all else of a small tree.
 */
import { isObject, type Json } from '../manifest/index.ts';
import type { SchemaNode } from './schema-node.ts';

/** undefined: the rule cannot be evaluated, for example because it asks for a field of what is not there. */
export type Judge = (node: SchemaNode, self: Json) => boolean | undefined;

const TOKEN = /\s*(\|\||&&|==|!=|!|\(|\)|has\(|self(?:\.[a-z][A-Za-z0-9]*)+(?![\w.([])|'[^'"\\]*')/y;
/** Reserved words of CEL, which stand for fields in another form, and the two that are no names at all. */
const NO_FIELD =
  /\.(?:as|break|const|continue|else|false|for|function|if|import|in|let|loop|namespace|null|package|return|true|var|void|while)(?:\.|$)/;

/** What a rule means, if it is made of `has`, `==` and `!=` with a text, `&&`, `||`, `!` and parentheses alone. */
export function readSimpleRule(rule: string): Judge | undefined {
  const tokens = tokensOf(rule);
  if (tokens === undefined) return undefined;
  const reader = new Reader(tokens);
  const judge = reader.either();
  return reader.isAtEnd ? judge : undefined;
}

function tokensOf(rule: string): readonly string[] | undefined {
  const tokens: string[] = [];
  const text = rule.trim();
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < text.length) {
    const token = pattern.exec(text)?.[1];
    if (token === undefined || (token.startsWith('self') && NO_FIELD.test(token))) return undefined;
    tokens.push(token);
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  either(): Judge | undefined {
    return this.#chain('||', () => this.#chain('&&', () => this.#one()));
  }

  /** What decides the chain does so even where another part of it cannot be evaluated, as in CEL. */
  #chain(operator: '||' | '&&', part: () => Judge | undefined): Judge | undefined {
    const decides = operator === '||';
    const parts = [part()];
    while (this.#take(operator)) parts.push(part());
    const [first] = parts;
    if (parts.length === 1) return first;
    const judges = parts.filter((judge) => judge !== undefined);
    if (judges.length < parts.length) return undefined;
    return (node, self) => {
      let answer: boolean | undefined = !decides;
      for (const judge of judges) {
        const one = judge(node, self);
        if (one === decides) return decides;
        if (one === undefined) answer = undefined;
      }
      return answer;
    };
  }

  #one(): Judge | undefined {
    if (this.#take('!')) {
      const judge = this.#one();
      return judge && ((node, self) => negated(judge(node, self)));
    }
    if (this.#take('(')) {
      const judge = this.either();
      return this.#take(')') ? judge : undefined;
    }
    if (this.#take('has(')) {
      const path = this.#path();
      return path !== undefined && this.#take(')') ? has(path) : undefined;
    }
    return this.#comparison();
  }

  #comparison(): Judge | undefined {
    const path = this.#path();
    const isEqual = this.#take('==');
    if (path === undefined || !(isEqual || this.#take('!='))) return undefined;
    const literal = this.#tokens[this.#at++];
    if (literal?.startsWith("'") !== true) return undefined;
    const text = literal.slice(1, -1);
    return (node, self) => {
      const value = valueAt(node, self, path);
      return value === undefined ? undefined : (value === text) === isEqual;
    };
  }

  #path(): readonly string[] | undefined {
    const token = this.#tokens[this.#at];
    if (token?.startsWith('self.') !== true) return undefined;
    this.#at++;
    return token.split('.').slice(1);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }
}

function negated(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}

function has(path: readonly string[]): Judge {
  const above = path.slice(0, -1);
  return (node, self) => (isObject(valueAt(node, self, above)) ? valueAt(node, self, path) !== undefined : undefined);
}

/** A value with its defaults; undefined where there is none. */
function valueAt(from: SchemaNode, self: Json, path: readonly string[]): Json | undefined {
  let node: SchemaNode | undefined = from;
  let at: Json | undefined = self;
  for (const step of path) {
    if (!isObject(at)) return undefined;
    const field: SchemaNode | undefined = node?.field(step);
    const value: Json | undefined = Object.hasOwn(at, step) ? at[step] : undefined;
    at = value === undefined || (value === null && field?.isNullable !== true) ? field?.default : value;
    node = field ?? node?.values;
  }
  return at;
}
