import { SlipwayError } from '../../errors.ts';
import { applyOperator } from './operators.ts';

/** The value of a variable; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/**
 * Text with its `${variables}` replaced, as Flux does it (fluxcd/pkg envsubst: Eval, a fork of drone/envsubst).
 * Operators that give a default take one for a variable that is not set; any other use of it is an error, which is
 * Flux's strict mode. For the other mode, let `lookup` answer ''.
 *
 * @throws SlipwayError `flux/bad-substitution`, `flux/variable-not-set`. No message shows a value.
 */
export function envsubst(text: string, lookup: Lookup): string {
  // Without a dollar there is nothing to replace and nothing to unescape.
  return text.includes('$') ? new Expansion(text, lookup).text() : text;
}

/** Accepts a character, given its position in the token, counted from 1. */
type Accept = (character: string, position: number) => boolean;

interface Token {
  /** An escape is a `$$`, and where `slashes` is set a `\/` or `\\` too: the first of the two characters is left out. */
  readonly escapes?: 'dollar' | 'slashes';
  /** `${` ends the token, or is one by itself. */
  readonly stopsAtSubstitution?: boolean;
}

const isIdentifier: Accept = (character) => /^[\p{L}\p{Nd}_]$/u.test(character);
const isAnything: Accept = () => true;
const untilBrace: Accept = (character) => character !== '}';

/** Substitutions within defaults of substitutions: nobody writes ten levels, and each takes stack. */
const MAX_NESTING = 100;

/** What the parser of parse.go and scan.go, and the evaluation of template.go, do in one pass over the text. */
class Expansion {
  readonly #source: string;
  readonly #lookup: Lookup;
  #position = 0;
  #nesting = 0;

  constructor(source: string, lookup: Lookup) {
    this.#source = source;
    this.#lookup = lookup;
  }

  /** parse.go: parseAny. */
  text(): string {
    let result = '';
    while (this.#position < this.#source.length) {
      if (this.#takeOpening()) result += this.#substitution();
      else result += this.#token(isAnything, { escapes: 'dollar', stopsAtSubstitution: true }) ?? '';
    }
    return result;
  }

  /** parse.go: parseFunc, with the opening `${` read. */
  #substitution(): string {
    if (++this.#nesting > MAX_NESTING) this.#fail(`Substitutions are nested more than ${MAX_NESTING} deep.`);
    const value = this.#peek() === '#' ? this.#length() : this.#variable();
    this.#nesting--;
    return value;
  }

  #length(): string {
    this.#position++;
    const name = this.#token(isIdentifier) ?? this.#fail('After ${# comes the name of a variable.');
    this.#close();
    return applyOperator('#', this.#required(name), []);
  }

  #variable(): string {
    const name =
      this.#token(isIdentifier) ?? this.#fail('After ${ comes the name of a variable, of letters, digits and _.');
    switch (this.#peek()) {
      case ':':
        return /^[=\-?+]$/.test(this.#source.charAt(this.#position + 1)) ? this.#default(name) : this.#substring(name);
      case '=':
        return this.#default(name);
      case ',':
      case '^':
        return this.#case(name);
      case '/':
        return this.#replace(name);
      case '#':
        return this.#remove(name, '#');
      case '%':
        return this.#remove(name, '%');
      case '}':
        this.#position++;
        return this.#required(name);
      default:
        return this.#fail(`After \${${name} a closing } or an operator is missing.`);
    }
  }

  /** `${v=d}`, `${v:=d}`, `${v:-d}`, `${v:?d}`, `${v:+d}`: to Flux all of them are defaults. */
  #default(name: string): string {
    this.#position += this.#peek() === '=' ? 1 : 2;
    let fallback = '';
    while (this.#peek() !== '}') fallback += this.#parameter(untilBrace);
    this.#position++;
    const value = this.#lookup(name);
    return value === undefined || value === '' ? fallback : value;
  }

  /** `${v:position}`, `${v:position:length}`. */
  #substring(name: string): string {
    this.#position++;
    const args = [this.#parameter((character) => character !== ':' && character !== '}')];
    if (this.#peek() === ':') {
      this.#token((character) => character === ':');
      args.push(this.#parameter(untilBrace));
    }
    this.#close();
    return applyOperator(':', this.#required(name), args);
  }

  /** `${v,}`, `${v,,}`, `${v^}`, `${v^^}`. */
  #case(name: string): string {
    const operator = this.#token((character, at) => (character === ',' || character === '^') && at < 3) ?? '';
    this.#close();
    return applyOperator(operator, this.#required(name), []);
  }

  /** `${v#p}`, `${v##p}`, `${v%p}`, `${v%%p}`. */
  #remove(name: string, sign: '#' | '%'): string {
    const operator = this.#token((character, at) => character === sign && at < 3) ?? '';
    const pattern = this.#parameter(untilBrace);
    this.#close();
    return applyOperator(operator, this.#required(name), [pattern]);
  }

  /** `${v/p/r}`, `${v//p/r}`, `${v/#p/r}`, `${v/%p/r}`. */
  #replace(name: string): string {
    const operator =
      this.#token((character, at) => (at === 1 ? character === '/' : at === 2 && /^[/#%]$/.test(character))) ?? '';
    const args = [this.#parameter((character) => character !== '/', 'slashes')];
    if (this.#token((character) => character === '/') === undefined) {
      this.#fail(`In \${${name}${operator} a / after the pattern is missing.`);
    }
    if (this.#peek() !== '}') args.push(this.#parameter(untilBrace, 'slashes'));
    this.#close();
    return applyOperator(operator, this.#required(name), args);
  }

  /** parse.go: parseParam. One piece of a parameter: a substitution within it, or the text up to that. */
  #parameter(accept: Accept, escapes?: Token['escapes']): string {
    if (this.#takeOpening()) return this.#substitution();
    const text = this.#token(accept, { stopsAtSubstitution: true, ...(escapes && { escapes }) });
    return text ?? this.#fail('A substitution ends too early.');
  }

  #required(name: string): string {
    const value = this.#lookup(name);
    if (value !== undefined) return value;
    throw new SlipwayError({
      code: 'flux/variable-not-set',
      message: `The variable ${name} is not set.`,
      remedy: `Set it in spec.postBuild, give it a default as \${${name}:=value}, or write $\${${name}} if no variable is meant.`,
    });
  }

  #close(): void {
    if (this.#peek() !== '}') this.#fail('A closing } is missing.');
    this.#position++;
  }

  #peek(): string {
    const code = this.#source.codePointAt(this.#position);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #takeOpening(): boolean {
    if (!this.#source.startsWith('${', this.#position)) return false;
    this.#position += 2;
    return true;
  }

  /** scan.go: scanIdent. Undefined where the first character is not accepted. */
  #token(accept: Accept, token: Token = {}): string | undefined {
    const start = this.#position;
    let kept = start;
    let text = '';
    let count = 0;
    while (this.#position < this.#source.length) {
      if (token.stopsAtSubstitution === true && this.#source.startsWith('${', this.#position)) break;
      if (this.#isEscape(token)) {
        text += this.#source.slice(kept, this.#position);
        kept = ++this.#position;
        this.#position++;
      } else {
        const character = this.#peek();
        if (!accept(character, count + 1)) break;
        this.#position += character.length;
      }
      count++;
    }
    return count === 0 ? undefined : text + this.#source.slice(kept, this.#position);
  }

  #isEscape({ escapes }: Token): boolean {
    if (escapes === undefined) return false;
    const [first, second] = [this.#source.charAt(this.#position), this.#source.charAt(this.#position + 1)];
    if (first === '$') return second === '$';
    return escapes === 'slashes' && first === '\\' && (second === '/' || second === '\\');
  }

  #fail(message: string): never {
    throw new SlipwayError({
      code: 'flux/bad-substitution',
      message,
      remedy:
        'Write $${ where no substitution is meant, or mark the object with kustomize.toolkit.fluxcd.io/substitute: disabled.',
    });
  }
}
