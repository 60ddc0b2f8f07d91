import type { Json } from '../../../src/manifest/index.ts';

/** Plain text that readers of YAML disagree on: what kustomize takes it for, and what sigs.k8s.io/yaml does. */
export const PLAIN_TRAPS: readonly { readonly text: string; readonly kyaml: Json; readonly sigs: Json }[] = [
  ...same(493, '0755', '0o755', '0o7_55'),
  ...same(8, '010'),
  ...same(31, '0x1F', '0X1f', '0x_1f'),
  ...same(3, '0b11'),
  ...same(-15, '-0o17', '-017'),
  ...same(1000, '1_000', '1e3', '1.e3', '1_000.0'),
  ...same(1, '+1', '1.0', '01'),
  ...same(0.5, '.5', '0.5', '5e-1'),
  ...same(0, '-0', '-0.0', '0x0'),
  ...same(8.5, '08.5'),
  ...same(8, '08'),
  ...same(9007199254740991, '9007199254740991'),
  ...same(9007199254740993n, '9007199254740993', '0x20000000000001'),
  ...same(18446744073709551615n, '18446744073709551615'),
  ...same(-9223372036854775808n, '-9223372036854775808'),
  ...same(2 ** 64, '18446744073709551616'),
  ...same(1e21, '1e21', '1E+21', '1000000000000000000000'),
  ...same(null, '~', 'null', 'Null', 'NULL', ''),
  ...same(true, 'true', 'True', 'TRUE'),
  ...same(false, 'false', 'False', 'FALSE'),
  ...['yes', 'Yes', 'on', 'ON', 'y', 'Y'].map((text) => ({ text, kyaml: text, sigs: true })),
  ...['no', 'NO', 'off', 'Off', 'n', 'N'].map((text) => ({ text, kyaml: text, sigs: false })),
  ...[
    'tRue',
    'yES',
    'nUll',
    '12:30',
    '12:30:45',
    '1,000',
    '0x',
    '0xg',
    '1e400',
    '.5.5',
    '_1',
    '1.2.3',
    '10Gi',
    '0o8',
  ].flatMap((text) => same(text, text)),
  { text: '0o+62', kyaml: 50, sigs: '0o+62' },
  ...same(-1, '0b-1'),
  ...same('0B-1', '0B-1'),
  ...same('-0o-1', '-0o-1'),
  { text: '2024-01-01', kyaml: '2024-01-01T00:00:00Z', sigs: '2024-01-01' },
  { text: '2024-1-2', kyaml: '2024-01-02T00:00:00Z', sigs: '2024-1-2' },
  { text: '2024-02-29 1:2:3.120', kyaml: '2024-02-29T01:02:03.12Z', sigs: '2024-02-29 1:2:3.120' },
  { text: '2024-01-01T10:00:00+02:00', kyaml: '2024-01-01T10:00:00+02:00', sigs: '2024-01-01T10:00:00+02:00' },
  { text: '2024-01-01t10:00:00-00:00', kyaml: '2024-01-01T10:00:00Z', sigs: '2024-01-01t10:00:00-00:00' },
  ...['2023-02-29', '2024-13-01', '2024-01-01T10:00:00', '2024-01-01 10:00:00Z', '24-01-01'].flatMap((text) =>
    same(text, text),
  ),
];

function same(value: Json, ...texts: readonly string[]): { text: string; kyaml: Json; sigs: Json }[] {
  return texts.map((text) => ({ text, kyaml: value, sigs: value }));
}

/** Documents with what is hard about YAML, each a block mapping, and what kustomize takes them for. */
export const DOCUMENT_TRAPS: readonly { readonly title: string; readonly text: string; readonly value: Json }[] = [
  {
    title: 'quotes keep text what it is',
    text: `a: "0755"\nb: '1_000'\nc: !!str 2024-01-01\n`,
    value: { a: '0755', b: '1_000', c: '2024-01-01' },
  },
  {
    title: 'a key that YAML 1.1 takes for a bool',
    text: 'a: {n: 1, on: 2}\nb:\n  y: 3\n',
    value: { a: { n: 1, on: 2 }, b: { y: 3 } },
  },
  {
    title: 'an anchor that is defined again',
    text: 'a: &x 1\nb: *x\nc: &x 2\nd: *x\n',
    value: { a: 1, b: 1, c: 2, d: 2 },
  },
  { title: 'an anchor on an empty value', text: 'a: &x\nb: *x\n', value: { a: null, b: null } },
  { title: 'an alias as a key', text: 'a: &x k\nb:\n  *x : 1\n', value: { a: 'k', b: { k: 1 } } },
  {
    title: 'a merge, under which the keys of the map win',
    text: 'base: &b {a: 1, b: 2}\nc:\n  b: 3\n  <<: *b\n',
    value: { base: { a: 1, b: 2 }, c: { b: 3, a: 1 } },
  },
  {
    title: 'a merge of several maps, of which the first wins',
    text: 'x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y, {d: 3}]\n',
    value: { x: { a: 1, b: 1 }, y: { b: 2, c: 2 }, z: { a: 1, b: 1, c: 2, d: 3 } },
  },
  {
    title: 'a merge of a map that merges',
    text: 'x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y}\n',
    value: { x: { a: 1 }, y: { b: 2, a: 1 }, z: { b: 2, a: 1 } },
  },
  {
    title: 'tags of its own',
    text: 'a: !custom 1\nb: !custom {c: 2}\nd: !custom [3]\n',
    value: { a: '1', b: { c: 2 }, d: [3] },
  },
  {
    title: 'tags of YAML',
    text: 'a: !!float 1\nb: !!int "0o17"\nc: !!binary aGk=\nd: !!bool "true"\n',
    value: { a: 1, b: 15, c: 'hi', d: true },
  },
  { title: 'CR LF', text: 'a: |\r\n  x\r\n  y\r\nb: "c\r\n  d"\r\n', value: { a: 'x\ny\n', b: 'c d' } },
  { title: 'a byte order mark', text: '\ufeffa: 1\n', value: { a: 1 } },
  {
    title: 'an empty value inside {}, which is empty text',
    text: 'a: {b, c: , d: ~}\ne: [{f: }]\ng:\n',
    value: { a: { b: '', c: '', d: null }, e: [{ f: '' }], g: null },
  },
  { title: 'a pair inside []', text: 'a: [b: 1, c]\n', value: { a: [{ b: 1 }, 'c'] } },
  { title: 'adjacent values inside {}', text: 'a: {"b":1,c: 2,}\n', value: { a: { b: 1, c: 2 } } },
  { title: 'plain text over several lines', text: 'a: b\n  c\n\n  d #e\n', value: { a: 'b c\nd' } },
  { title: 'plain text with indicators inside', text: 'a: b#c:d,[e]{f}"g\'\n', value: { a: 'b#c:d,[e]{f}"g\'' } },
  {
    title: 'quoted text over several lines',
    text: `a: "b \\\n  c\n\n  d"\ne: 'f\n  g''h'\n`,
    value: { a: 'b c\nd', e: "f g'h" },
  },
  { title: 'escapes', text: 'a: "\\x41\\u00e9\\U0001F600\\t\\n\\\\\\"\\_\\e"\n', value: { a: 'Aé😀\t\n\\"\xa0\x1b' } },
  {
    title: 'literal text',
    text: 'a: |\n  b\n   c\n\n  d\ne: |-\n  f\ng: |+\n  h\n\n',
    value: { a: 'b\n c\n\nd\n', e: 'f', g: 'h\n\n' },
  },
  {
    title: 'literal text with an indentation indicator',
    text: 'a: |2-\n    b\n   c\nd:\n- |2\n    e\n',
    value: { a: '  b\n c', d: ['  e\n'] },
  },
  {
    title: 'an empty block of text',
    text: 'a:\n  b: |\n  c: >+\n\n  d: |-\n',
    value: { a: { b: '', c: '\n', d: '' } },
  },
  { title: 'folded text', text: 'a: >\n  b\n  c\n\n  d\ne: >-\n  f\n', value: { a: 'b c\nd\n', e: 'f' } },
  {
    title: 'folded text with lines further in, which gains line breaks',
    text: 'a: >-\n  [\n    b,\n    c\n  ]\n',
    value: { a: '[\n\n  b,\n  c\n]' },
  },
  {
    title: 'lists at the column of their key',
    text: 'a:\n- b\n- - c\n  - d\ne: 1\n',
    value: { a: ['b', ['c', 'd']], e: 1 },
  },
  { title: 'explicit keys', text: '? a\n: b\n? "c\\nd"\n: - e\n', value: { a: 'b', 'c\nd': ['e'] } },
  { title: 'comments everywhere', text: '# a\nb: # c\n  # d\n  e: f # g\n  # h\n# i\n', value: { b: { e: 'f' } } },
  {
    title: 'a key named __proto__',
    text: '__proto__: {a: 1}\nb: {__proto__: 2}\n',
    value: JSON.parse('{"__proto__": {"a": 1}, "b": {"__proto__": 2}}') as Json,
  },
  { title: 'a number as a key of the document', text: '8080: a\n', value: { '8080': 'a' } },
];
