/** Scalars as YAML text that every reader takes for the same value: YAML 1.1, YAML 1.2, go-yaml v2 and v3. */

/** Non-ASCII characters that YAML may hold as they are (YAML 1.2, rule 1), less the BOM and the Unicode line breaks. */
const BEYOND_ASCII = '\\xa0-\\u2027\\u202a-\\ufefe\\uff00-\\ufffd';

/**
 * One line that can stand without quotes as far as its characters go (YAML 1.2, rule ns-plain in block context):
 * no indicator at the start, no `: ` or ` #` inside, no blank at either end, no tab, no document marker.
 */
const PLAIN = new RegExp(
  `^(?!---|\\.\\.\\.)(?:[\\w/$\\\\()^;<=+.~${BEYOND_ASCII}]|-(?=[^ ]))` +
    `(?:[!"$-9;-~${BEYOND_ASCII}]|:(?=[^ ])| (?=[^#])|(?<! )#)*$`,
);

/**
 * Plain text that some reader takes for something other than a string:
 * - the words of YAML 1.1 in any case (go-yaml reads `y` as a string, PyYAML `yes` as true), merge `<<` and value `=`;
 * - integers in every notation of YAML 1.1, 1.2 and Go's ParseInt with base 0, and `0o+7`, which go-yaml takes;
 *   Ruby's reader allows commas too;
 * - floats, also without digits on one side of the point or on both (the yaml package reads `e0` as a float under
 *   YAML 1.1), and base 60 (`12:30`);
 * - dates and timestamps.
 */
const AMBIGUOUS = new RegExp(
  `^(?:${[
    '~|=|<<|null|true|false|y|n|yes|no|on|off',
    '[-+]?\\.(?:inf|nan)',
    '[-+]?0(?:b[-+]?[01]*|o[-+]?[0-7]*|x[0-9a-f]*)',
    '[-+]?[0-9][0-9,]*(?:\\.[0-9]*)?(?:e[-+]?[0-9]*)?',
    '[-+]?\\.[0-9]*(?:e[-+]?[0-9]*)?',
    '[-+]?e[-+]?[0-9]+',
    '[-+]?[0-9]+(?::[0-9]+)+(?:\\.[0-9]*)?',
    '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[t ].*)?',
  ].join('|')})$`,
  'i',
);

/**
 * Text over several lines that a literal block scalar holds exactly, also after kustomize has written it anew in the
 * same style: go-yaml's emitter forgets the indentation indicator before a tab. Blank last lines would be left to
 * chomping.
 */
const BLOCK = new RegExp(`^(?=[^]*\\n)(?=\\n*[^\\n\\t])(?=\\s*\\S)(?![^]*\\n[ \\t]+\\n*$)[\\n\\t -~${BEYOND_ASCII}]*$`);

/** Text that can stand between single quotes as it is. */
const SINGLE_QUOTABLE = new RegExp(`^[ -&(-~${BEYOND_ASCII}]*$`);

/** What must be escaped between double quotes. */
const ESCAPED = new RegExp(`[^ !#-[\\]-~${BEYOND_ASCII}]`, 'g');

const SHORT_ESCAPES = new Map([
  ['\\', '\\\\'],
  ['"', '\\"'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
  ['\0', '\\0'],
]);

/**
 * A string on one line: plain where nobody can misread it, else quoted. Must be well-formed Unicode.
 * Double quotes, as people write them in Flux repositories, but single ones where double ones would need backslashes.
 */
export function emitString(text: string): string {
  if (PLAIN.test(text) && !isAmbiguous(text)) return text;
  if (/["\\]/.test(text) && SINGLE_QUOTABLE.test(text)) return `'${text}'`;
  return `"${text.replace(ESCAPED, escape)}"`;
}

function isAmbiguous(text: string): boolean {
  // go-yaml ignores underscores wherever they stand in a number, so `-_1` and `0_x1f` are integers to it.
  return AMBIGUOUS.test(text.includes('_') ? text.replaceAll('_', '') : text);
}

function escape(character: string): string {
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  const hex = character.charCodeAt(0).toString(16).toUpperCase();
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** A block scalar in two parts: the header that follows the key, and the lines, each with its break. */
export interface BlockScalar {
  readonly header: string;
  readonly lines: string;
}

/**
 * Text over several lines as a literal block scalar whose lines start with `indent` (two columns in from the
 * collection that holds it), or undefined where that would not give the text back exactly.
 */
export function emitBlock(text: string, indent: string): BlockScalar | undefined {
  if (!BLOCK.test(text)) return undefined;
  // Without it a reader would take leading blanks of the first line for indentation.
  const indicator = /^\n* /.test(text) ? '2' : '';
  const chomping = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : '';
  const body = text.endsWith('\n') ? text : `${text}\n`;
  return { header: `|${indicator}${chomping}`, lines: body.replace(/^(?=[^\n])/gm, indent) };
}

/**
 * A finite number. -0 is written 0, as JSON.stringify does. A whole number that JavaScript cannot count with is written
 * as the float that it is: its digits, as JavaScript prints them, are another integer to Go.
 */
export function emitNumber(value: number): string {
  const isLarge = Number.isInteger(value) && !Number.isSafeInteger(value);
  const text = isLarge ? value.toExponential() : String(value);
  // YAML 1.1 knows a float by its point: `1e+21` is a string there.
  return text.includes('e') && !text.includes('.') ? text.replace('e', '.0e') : text;
}
