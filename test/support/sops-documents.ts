/** Plain documents of every format for tests that compare with the real sops: odd, but nothing that sops cannot hold. */
import fc from 'fast-check';
import type { FormatName } from '../../src/sops/index.ts';

export interface PlainDocument {
  readonly format: FormatName;
  readonly bytes: Buffer;
  /** Fields of the creation rule, beside the recipients. */
  readonly rule: Readonly<Record<string, string | boolean>>;
}

const RULES: readonly Readonly<Record<string, string | boolean>>[] = [
  {},
  { encrypted_regex: '^(data|stringData)$' },
  { encrypted_regex: '^(data|stringData)$', mac_only_encrypted: true },
  { encrypted_suffix: '_secret' },
  { unencrypted_regex: '(?i)^PLAIN' },
  { unencrypted_suffix: '_plain' },
  { unencrypted_suffix: '_plain', mac_only_encrypted: true },
];

const COMMENT_RULES: readonly Readonly<Record<string, string | boolean>>[] = [
  { unencrypted_comment_regex: 'plain:' },
  { encrypted_comment_regex: 'secret:' },
];

const KEYS = ['data', 'stringData', 'a_secret', 'plain_b', 'c_plain', 'name', 'x:y', '8080', 'true', 'é', 'a b', 'sop'];

/** Text that YAML, JSON and shells read in their own ways. */
const oddText = fc.oneof(
  fc.constantFrom(
    '',
    'abc',
    'yes',
    'no',
    'null',
    '~',
    '1',
    '1.0',
    '0x1F',
    '1e3',
    '12:30',
    '2024-01-01',
    '- a',
    'a: b',
    'a #b',
  ),
  fc.constantFrom(
    '#x',
    '"',
    "'",
    '\\',
    '\\n',
    ' a',
    'a ',
    '|',
    '>',
    '%',
    '@',
    '`',
    '{a}',
    '[a]',
    '&a',
    '*a',
    '!a',
    '---',
    '...',
    '=',
  ),
  fc.constantFrom(
    'ENC[AES256_GCM,data:x]',
    'line\nline',
    'line\n',
    '\n',
    'a\n\nb\n\n',
    ' lead\nx',
    'tab\t',
    '\u{1f600}',
    '\ufeffx',
    '\u2028',
    'é',
    '\x7f',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => text.isWellFormed()),
);

const number = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom('0.5', '1e21', '1.5e-7', '100000000', '9223372036854775807', '-1', '1.0', '12345678.9'),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
    .map((value) => String(value === 0 ? 0 : value)),
);

/** Imperative generation: each call of `gen` draws one value. */
type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;
const drawing = <T>(work: (draw: Draw) => T): fc.Arbitrary<T> =>
  fc.gen().map((gen) => work((arbitrary) => gen(() => arbitrary)));

const pick = <T>(draw: Draw, ...choices: readonly T[]): T => draw(fc.constantFrom(...choices));
const chance = (draw: Draw, percent: number): boolean => draw(fc.integer({ min: 0, max: 99 })) < percent;

function quote(text: string): string {
  const escape = (code: number) =>
    code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  const inner = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return /[^ !#-[\]-~]/.test(character) ? escape(code) : character;
  });
  return `"${inner.join('')}"`;
}

const plainScalars = [
  'abc',
  '1',
  '1.5',
  'true',
  'null',
  '~',
  '',
  '2024-02-29',
  '0x1F',
  '0o17',
  '.inf',
  '!!str 5',
  "'it''s'",
  '{a: 1, b: [x, y]}',
  '[1, 2]',
  '[]',
  '{}',
  '&anchor x',
];

class YamlWriter {
  readonly lines: string[] = [];
  private readonly draw: Draw;
  private readonly comments: number;
  private readonly listComments: boolean;
  private count = 0;

  constructor(draw: Draw, comments: number, listComments: boolean) {
    this.draw = draw;
    this.comments = comments;
    this.listComments = listComments;
  }

  map(indent: string, depth: number, firstPrefix?: string, inList = false): void {
    const keys = this.draw(fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: depth === 0 ? 5 : 3 }));
    keys.forEach((key, index) => {
      const isFirst = index === 0 && firstPrefix !== undefined;
      const prefix = isFirst ? firstPrefix : indent;
      if (!isFirst) this.commentLines(indent, inList);
      this.pair(prefix, indent, /^[a-zA-Z_]+$/.test(key) && key !== 'true' ? key : quote(key), depth, inList);
    });
  }

  commentLines(indent: string, inList: boolean): void {
    for (let i = 0; i < 3 && (!inList || this.listComments) && chance(this.draw, this.comments); i++) {
      if (chance(this.draw, 25)) this.lines.push('');
      else this.lines.push(`${chance(this.draw, 85) ? indent : pick(this.draw, '', '  ')}${this.comment()}`);
    }
  }

  private comment(): string {
    return `${pick(this.draw, '#', '# ', '# plain: ', '# secret: ')}note ${this.count++}`;
  }

  private lineComment(inList: boolean): string {
    return (!inList || this.listComments) && chance(this.draw, this.comments / 2) ? ` ${this.comment()}` : '';
  }

  private pair(prefix: string, indent: string, key: string, depth: number, inList: boolean): void {
    const roll = this.draw(fc.integer({ min: 0, max: 99 }));
    if (depth < 3 && roll < 25) {
      this.lines.push(`${prefix}${key}:${this.lineComment(inList)}`);
      const below = indent + pick(this.draw, '  ', '    ');
      this.map(below, depth + 1, undefined, inList);
    } else if (depth < 3 && roll < 40) {
      this.lines.push(`${prefix}${key}:`);
      this.list(indent + pick(this.draw, '  ', '', '    '), depth + 1);
    } else {
      this.scalar(`${prefix}${key}:`, indent, inList);
    }
  }

  private list(indent: string, depth: number): void {
    const length = this.draw(fc.integer({ min: 1, max: 3 }));
    for (let i = 0; i < length; i++) {
      this.commentLines(indent, true);
      const roll = this.draw(fc.integer({ min: 0, max: 99 }));
      if (depth < 3 && roll < 30) this.map(`${indent}  `, depth + 1, `${indent}- `, true);
      else if (depth < 3 && roll < 40) {
        this.lines.push(`${indent}-`);
        this.list(`${indent}  `, depth + 1);
      } else this.scalar(`${indent}-`, indent, true);
    }
  }

  private scalar(before: string, indent: string, inList: boolean): void {
    const comment = this.lineComment(inList);
    const roll = this.draw(fc.integer({ min: 0, max: 99 }));
    if (roll < 8)
      this.lines.push(
        `${before} |${pick(this.draw, '', '-', '+')}${comment}`,
        `${indent}  first`,
        `${indent}   second`,
      );
    else if (roll < 14) this.lines.push(`${before} >-${comment}`, `${indent}  folded`, `${indent}  line`);
    else if (roll < 45) this.lines.push(`${before} ${pick(this.draw, ...plainScalars)}${comment}`);
    else if (roll < 60) this.lines.push(`${before} ${this.draw(number)}${comment}`);
    else this.lines.push(`${before} ${quote(this.draw(oddText))}${comment}`);
  }
}

export interface YamlOptions {
  /** Comments within lists: sops 3.13.2 cannot verify its own files that have them encrypted. */
  readonly listComments?: boolean;
}

export const yamlDocument = ({ listComments = false }: YamlOptions = {}): fc.Arbitrary<PlainDocument> =>
  drawing((draw) => {
    const writer = new YamlWriter(draw, pick(draw, 0, 20, 40), listComments);
    const documents = chance(draw, 10) ? 2 : 1;
    for (let i = 0; i < documents; i++) {
      if (i > 0) writer.lines.push('---');
      writer.commentLines('', false);
      writer.map('', 0);
      writer.commentLines('', false);
    }
    const newline = chance(draw, 5) ? '\r\n' : '\n';
    const bytes = Buffer.from(writer.lines.join(newline) + (chance(draw, 90) ? newline : ''));
    // A known defect of sops: encrypted_comment_regex with comments within lists.
    const rules = listComments ? RULES : [...RULES, ...COMMENT_RULES];
    return { format: 'yaml', bytes, rule: pick(draw, ...rules) };
  });

function jsonValue(draw: Draw, depth: number): string {
  const roll = draw(fc.integer({ min: 0, max: 99 }));
  const blank = pick(draw, '', ' ', '\n  ');
  if (depth < 3 && roll < 20) {
    const items = Array.from({ length: draw(fc.integer({ min: 0, max: 3 })) }, () => jsonValue(draw, depth + 1));
    return `[${blank}${items.join(`,${blank}`)}]`;
  }
  if (depth < 3 && (roll < 45 || depth === 0)) {
    const keys = draw(fc.uniqueArray(fc.oneof(fc.constantFrom(...KEYS), oddText), { maxLength: 4 }));
    const entries = keys
      .filter((key) => key !== 'sops')
      .map((key) => `${JSON.stringify(key)}:${blank}${jsonValue(draw, depth + 1)}`);
    return `{${blank}${entries.join(`,${blank}`)}}`;
  }
  if (roll < 60) return draw(number);
  if (roll < 70) return pick(draw, 'true', 'false', 'null');
  return JSON.stringify(draw(oddText));
}

export const jsonDocument: fc.Arbitrary<PlainDocument> = drawing((draw) => {
  const value = jsonValue(draw, 0);
  const text = value.startsWith('{') ? value : `{"data": ${value}}`;
  return { format: 'json', bytes: Buffer.from(text), rule: pick(draw, ...RULES) };
});

export const dotenvDocument: fc.Arbitrary<PlainDocument> = drawing((draw) => {
  const keys = draw(
    fc.uniqueArray(fc.oneof(fc.constantFrom(...KEYS), fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_ .-]{0,8}$/)), {
      minLength: 1,
      maxLength: 6,
    }),
  );
  const lines = keys
    .filter((key) => !key.startsWith('sops_'))
    .flatMap((key) => {
      const value = Buffer.from(draw(oddText).replaceAll('\n', '\\n'));
      const raw = chance(draw, 20)
        ? Buffer.from(draw(fc.uint8Array({ maxLength: 6 })).filter((byte) => byte !== 10))
        : Buffer.alloc(0);
      const before = chance(draw, 30) ? [Buffer.from(pick(draw, '# note', '#', '#plain: x', ''))] : [];
      return [...before, Buffer.concat([Buffer.from(`${key}=`), value, raw])];
    });
  const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  return { format: 'dotenv', bytes: bytes.length === 0 ? Buffer.from('A=b\n') : bytes, rule: pick(draw, ...RULES) };
});

export const iniDocument: fc.Arbitrary<PlainDocument> = drawing((draw) => {
  const lines: string[] = [];
  const name = fc.constantFrom('a_secret', 'plain_b', 'c_plain', 'data', 'port', 'url', 'é', 'x y');
  const section = (title: string | undefined) => {
    if (title !== undefined) lines.push(...(chance(draw, 25) ? ['; about it'] : []), `[${title}]`);
    for (const key of draw(fc.uniqueArray(name, { maxLength: 4 }))) {
      if (chance(draw, 25)) lines.push(pick(draw, '; note', '# other', ';; twice'));
      const text = draw(oddText).replaceAll(/[\r\n\u2028\u2029\x85]/g, '');
      lines.push(
        `${key}${pick(draw, '=', ' = ', ':')}${pick(draw, text, `"${text}"`, `\`${text.replaceAll('`', '')}\``)}`,
      );
    }
  };
  if (chance(draw, 40)) section(undefined);
  for (const title of draw(
    fc.uniqueArray(fc.constantFrom('data', 'stringData', 'db', 'a.b', 'x_secret'), { minLength: 1, maxLength: 3 }),
  )) {
    section(title);
  }
  return { format: 'ini', bytes: Buffer.from(`${lines.join('\n')}\n`), rule: pick(draw, ...RULES) };
});

export const binaryDocument: fc.Arbitrary<PlainDocument> = drawing((draw) => ({
  format: 'binary',
  bytes: Buffer.from(
    draw(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        oddText.map((text) => new Uint8Array(Buffer.from(text))),
      ),
    ),
  ),
  rule: pick<PlainDocument['rule']>(draw, {}, { mac_only_encrypted: true }),
}));

export const DOCUMENTS: Readonly<Record<FormatName, fc.Arbitrary<PlainDocument>>> = {
  yaml: yamlDocument(),
  json: jsonDocument,
  dotenv: dotenvDocument,
  ini: iniDocument,
  binary: binaryDocument,
};
