/**
 * YAML text as sigs.k8s.io/yaml writes it (go.yaml.in/yaml/v2: encode.go, emitterc.go), byte for byte: what kustomize
 * prints, and what Flux substitutes variables in. Keys are sorted, lists stand at the column of their key, and text
 * without line breaks is folded at column 80.
 */
import { isList, isObject, type Json, type JsonObject, resolveScalar } from '../manifest/index.ts';

export function writeGoYaml(value: Json): string {
  const writer = new Writer();
  writer.node(value, false);
  writer.indent();
  return writer.text;
}

type Scalar = null | boolean | number | bigint | string;

type Style = 'plain' | 'single' | 'double' | 'literal';

const WIDTH = 80;

class Writer {
  text = '';
  #column = 0;
  #indentation = -1;
  /** Whether the last character is white space or an indicator that counts as such. */
  #afterSpace = true;
  /** Whether only indentation and dashes stand before on this line. */
  #isIndented = true;

  node(value: Json, isMapping: boolean): void {
    if (isList(value)) this.#list(value, isMapping);
    else if (isObject(value)) this.#map(value);
    else this.#scalar(value, false);
  }

  #list(value: readonly Json[], isMapping: boolean): void {
    if (value.length === 0) {
      this.#indicator('[]', true, false);
      return;
    }
    const outer = this.#indentation;
    if (outer < 0) this.#indentation = 0;
    else if (!isMapping || this.#isIndented) this.#indentation += 2;
    for (const item of value) {
      this.indent();
      this.#indicator('-', true, true);
      this.node(item, false);
    }
    this.#indentation = outer;
  }

  #map(value: JsonObject): void {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    if (keys.length === 0) {
      this.#indicator('{}', true, false);
      return;
    }
    const outer = this.#indentation;
    this.#indentation = outer < 0 ? 0 : outer + 2;
    for (const key of keys.sort(compareKeys)) {
      this.indent();
      if (isSimpleKey(key)) {
        this.#scalar(key, true);
        this.#indicator(':', false, false);
      } else {
        this.#indicator('?', true, true);
        this.#scalar(key, false);
        this.indent();
        this.#indicator(':', true, true);
      }
      this.node(value[key] ?? null, true);
    }
    this.#indentation = outer;
  }

  #scalar(value: Scalar, isKey: boolean): void {
    if (typeof value !== 'string') this.#plain(scalarText(value), false);
    else {
      const outer = this.#indentation;
      this.#indentation = outer < 0 ? 2 : outer + 2;
      switch (chooseStyle(value, isKey)) {
        case 'plain':
          this.#plain(value, !isKey);
          break;
        case 'single':
          this.#single(value, !isKey);
          break;
        case 'double':
          this.#double(value, !isKey);
          break;
        case 'literal':
          this.#literal(value);
      }
      this.#indentation = outer;
    }
  }

  #plain(text: string, mayFold: boolean): void {
    if (!this.#afterSpace) this.#put(' ');
    this.#folded(text, mayFold, (character) => character);
    this.#afterSpace = false;
    this.#isIndented = false;
  }

  #single(text: string, mayFold: boolean): void {
    this.#indicator("'", true, false);
    this.#folded(text, mayFold, (character) => (character === "'" ? "''" : character), true);
    this.#indicator("'", false, false);
  }

  /** Text on lines that are folded at single spaces; line breaks in it can only be odd ones (CR, NEL, LS, PS). */
  #folded(text: string, mayFold: boolean, write: (character: string) => string, isQuoted = false): void {
    const characters = Array.from(text);
    let afterSpace = false;
    let afterBreak = false;
    characters.forEach((character, i) => {
      if (character === ' ') {
        const isInside = !isQuoted || (i > 0 && i < characters.length - 1);
        if (mayFold && !afterSpace && this.#column > WIDTH && isInside && characters[i + 1] !== ' ') this.indent();
        else this.#put(' ');
        afterSpace = true;
      } else if (isBreak(character)) {
        this.text += character;
        this.#column = 0;
        this.#isIndented = true;
        afterBreak = true;
      } else {
        if (afterBreak) this.indent();
        this.#put(write(character));
        this.#isIndented = false;
        afterSpace = false;
        afterBreak = false;
      }
    });
  }

  #double(text: string, mayFold: boolean): void {
    this.#indicator('"', true, false);
    const characters = Array.from(text);
    // go-yaml looks for a byte order mark at the start of the text for each character.
    const all = text.startsWith('\ufeff');
    let afterSpace = false;
    characters.forEach((character, i) => {
      if (all || !isPrintable(character) || isBreak(character) || character === '"' || character === '\\') {
        this.#put(escapeSequence(character));
        afterSpace = false;
      } else if (character === ' ') {
        if (mayFold && !afterSpace && this.#column > WIDTH && i > 0 && i < characters.length - 1) {
          this.indent();
          if (characters[i + 1] === ' ') this.#put('\\');
        } else this.#put(' ');
        afterSpace = true;
      } else {
        this.#put(character);
        afterSpace = false;
      }
    });
    this.#indicator('"', false, false);
  }

  #literal(text: string): void {
    const characters = Array.from(text);
    this.#indicator('|', true, false);
    const [first = ''] = characters;
    if (first === ' ' || isBreak(first)) this.#indicator('2', false, false);
    if (!isBreak(characters.at(-1) ?? '')) this.#indicator('-', false, false);
    else if (characters.length === 1 || isBreak(characters.at(-2) ?? '')) this.#indicator('+', false, false);
    this.#break();
    this.#afterSpace = true;
    let afterBreak = true;
    for (const line of text.split(/(?<=[\n\r\x85\u2028\u2029])|(?=[\n\r\x85\u2028\u2029])/)) {
      if (isBreak(line)) {
        if (line === '\n') this.#break();
        else {
          this.text += line;
          this.#column = 0;
          this.#isIndented = true;
        }
        afterBreak = true;
      } else {
        if (afterBreak) this.indent();
        this.#put(line);
        this.#isIndented = false;
        afterBreak = false;
      }
    }
  }

  /** emitterc.go: yaml_emitter_write_indent. */
  indent(): void {
    const indentation = Math.max(this.#indentation, 0);
    const isHere = this.#column < indentation || (this.#column === indentation && this.#afterSpace);
    if (!this.#isIndented || !isHere) this.#break();
    if (this.#column < indentation) this.#put(' '.repeat(indentation - this.#column));
    this.#afterSpace = true;
    this.#isIndented = true;
  }

  #indicator(text: string, needsSpace: boolean, isIndentation: boolean): void {
    if (needsSpace && !this.#afterSpace) this.#put(' ');
    this.#put(text);
    this.#afterSpace = false;
    this.#isIndented = this.#isIndented && isIndentation;
  }

  #put(text: string): void {
    this.text += text;
    // Columns count characters, and few have a surrogate.
    this.#column += text.length;
    if (/[\ud800-\udbff]/.test(text)) this.#column -= text.match(/[\ud800-\udbff]/g)?.length ?? 0;
  }

  #break(): void {
    this.text += '\n';
    this.#column = 0;
    this.#isIndented = true;
  }
}

function scalarText(value: Exclude<Scalar, string>): string {
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : goFloat(value);
  return String(value);
}

/** strconv.FormatFloat(value, 'g', -1, 64): with an exponent below 1e-4 and from 1e6 on. */
function goFloat(value: number): string {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Text that is all of letters, digits and signs without meaning. */
const HARMLESS = /^[A-Za-z/_][A-Za-z0-9/_.$-]*$/;

/** encode.go: stringv, emitterc.go: yaml_emitter_select_scalar_style. */
function chooseStyle(text: string, isKey: boolean): Style {
  const isText = isPlainText(text);
  if (isText && text.length > 5 && HARMLESS.test(text)) return 'plain';
  const { plain, single, block, multiline } = analyze(text);
  if (text.includes('\n')) return !isKey && block ? 'literal' : 'double';
  if (isKey && multiline) return 'double';
  if (isText && plain) return text === '' && isKey ? 'single' : 'plain';
  return isText && single ? 'single' : 'double';
}

const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Whether text that is not quoted would be read as that text. */
function isPlainText(text: string): boolean {
  if (text === '' || text === '<<' || BASE_60.test(text)) return false;
  return resolveScalar({ kind: 'scalar', style: 'plain', tag: '', text, start: 0 }, 'sigs').tag === '!!str';
}

interface Analysis {
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
  readonly multiline: boolean;
}

/** emitterc.go: yaml_emitter_analyze_scalar, for block context. */
function analyze(text: string): Analysis {
  const isSpecial = Array.from(text).some((character) => !isPrintable(character) && !isBreak(character));
  const special = isSpecial || /[\r\x85]/.test(text);
  const multiline = /[\n\r\x85\u2028\u2029]/.test(text);
  const spaceBreak = / [\n\r\x85\u2028\u2029]/.test(text);
  const breakSpace = /[\n\r\x85\u2028\u2029] /.test(text);
  const indicators =
    /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \t]|$))/.test(text) ||
    /:(?:[ \t]|$)|[ \t\n\r\x85\u2028\u2029]#/.test(text);
  const edges = /^[ \n\r\x85\u2028\u2029]|[ \n\r\x85\u2028\u2029]$/.test(text);
  return {
    plain: !indicators && !edges && !spaceBreak && !breakSpace && !special && !multiline,
    single: !spaceBreak && !breakSpace && !special,
    block: text !== '' && !text.endsWith(' ') && !spaceBreak && !special,
    multiline,
  };
}

function isSimpleKey(key: string): boolean {
  return Buffer.byteLength(key) <= 128 && !/[\n\r\x85\u2028\u2029]/.test(key);
}

function isBreak(character: string): boolean {
  return /^[\n\r\x85\u2028\u2029]$/.test(character);
}

/** yamlprivateh.go: is_printable; nothing outside of the basic plane is. */
function isPrintable(character: string): boolean {
  return /^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/u.test(character);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escapeSequence(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const [letter, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).toUpperCase().padStart(width, '0')}`;
}

/** sorter.go: keyList.Less. Letters come after everything else, and digits count as numbers. */
export function compareKeys(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [l = '', r = ''] = [left[i], right[i]];
    if (l === r) continue;
    const [leftIsLetter, rightIsLetter] = [isLetter(l), isLetter(r)];
    if (leftIsLetter !== rightIsLetter) return rightIsLetter ? -1 : 1;
    if (!leftIsLetter) {
      const numbers = compareNumbers(left, right, i);
      if (numbers !== 0) return numbers;
    }
    return (l.codePointAt(0) ?? 0) - (r.codePointAt(0) ?? 0);
  }
  return left.length - right.length;
}

function compareNumbers(left: readonly string[], right: readonly string[], from: number): number {
  let lead = 0n;
  if (left[from] === '0' || right[from] === '0') {
    for (let i = from - 1; i >= 0 && isDigit(left[i]); i--) {
      if (left[i] !== '0') {
        lead = 1n;
        break;
      }
    }
  }
  const [l, r] = [numberAt(left, from, lead), numberAt(right, from, lead)];
  if (l.value !== r.value) return l.value < r.value ? -1 : 1;
  return l.end - r.end;
}

function numberAt(characters: readonly string[], from: number, lead: bigint): { value: bigint; end: number } {
  let value = lead;
  let end = from;
  for (; isDigit(characters[end]); end++) value = BigInt.asIntN(64, value * 10n + BigInt(characters[end] ?? '0'));
  return { value, end };
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function isLetter(character: string): boolean {
  return /^\p{L}$/u.test(character);
}
