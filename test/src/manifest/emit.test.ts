import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { emitDocument, type JsonObject } from '../../../src/manifest/index.ts';
import { jsonObject } from './arbitrary.ts';

function read(text: string, version: '1.1' | '1.2'): unknown {
  return parse(text, { version, prettyErrors: false, maxAliasCount: 0 });
}

const code = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};

describe('a document', () => {
  test('reads as a person would have written it', () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', annotations: { 'example.com/note': 'yes' }, labels: {} },
      spec: {
        replicas: 2,
        ratio: 0.5,
        paused: false,
        template: {
          spec: {
            containers: [
              { name: 'web', image: 'ghcr.io/acme/web:1.2.3', args: ['--port=8080', '-v', '8080:80'], env: [] },
              { name: 'side', command: ['sh', '-c', 'set -e\nexec side\n'] },
            ],
            nodeSelector: null,
            hosts: [['a', 'b'], [{ c: 'd', e: 'f' }]],
          },
        },
      },
    };
    expect(emitDocument(deployment)).toBe(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    example.com/note: "yes"
  labels: {}
spec:
  replicas: 2
  ratio: 0.5
  paused: false
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web:1.2.3
          args:
            - --port=8080
            - -v
            - "8080:80"
          env: []
        - name: side
          command:
            - sh
            - -c
            - |
              set -e
              exec side
      nodeSelector: null
      hosts:
        - - a
          - b
        - - c: d
            e: f
`);
  });

  test('without members is an empty flow mapping', () => {
    expect(emitDocument({})).toBe('{}\n');
    expect(emitDocument({ a: undefined })).toBe('{}\n');
  });

  test('leaves out members that are undefined, and keeps null', () => {
    expect(emitDocument({ a: undefined, b: null, c: { d: undefined } })).toBe('b: null\nc: {}\n');
  });

  test('takes own keys only, __proto__ among them', () => {
    const inherited = Object.create({ inherited: 1 }) as JsonObject;
    expect(code(() => emitDocument(inherited))).toBe('manifest/not-json');
    expect(emitDocument(JSON.parse('{"__proto__": {"a": 1}}') as JsonObject)).toBe('__proto__:\n  a: 1\n');
  });
});

describe('a string stands', () => {
  test.each([
    'Ready',
    'flux-system',
    '10Gi',
    '100m',
    '1h30m',
    '1.2.3',
    '10.0.0.0/8',
    'https://example.com:8080/a?b=c#d',
    '^(data|stringData)$',
    '--flag=a b',
    '/bin/sh',
    './app',
    '../../components',
    '~/x',
    '${APP}.example.com',
    'a, b [c] {d}',
    'no way',
    'ENC[AES256_GCM,data:YQ==,iv:x,tag:y,type:str]',
    'größer',
    'it is "so"',
    '😀',
  ])('plain: %s', (text) => {
    expect(emitDocument({ k: text })).toBe(`k: ${text}\n`);
  });

  test.each([
    '',
    'y',
    'N',
    'yes',
    'Off',
    'oN',
    'True',
    'NULL',
    '~',
    '=',
    '<<',
    '0755',
    '0o777',
    '0O7',
    '0o+7',
    '0b-1',
    '0x1F',
    '0b11',
    '1_000',
    '-_1',
    '0_x1f',
    '1,000',
    '12:30:45',
    '8080:80',
    '2024-01-01',
    '2024-1-1T00:00:00Z',
    '2024-01-01 10:00:00',
    '.inf',
    '-.INF',
    '.NaN',
    '1e3',
    '12e34567',
    '1.',
    '.5',
    '+1',
    '08',
    'e0',
    '.',
    ' a',
    'a ',
    'a: b',
    'a:',
    'a #b',
    '- a',
    '-',
    '? a',
    '---',
    '... a',
    '#a',
    '&a',
    '*a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    '{{ .Values.a }}',
    '[a]',
    ', a',
  ])('quoted: "%s"', (text) => {
    expect(emitDocument({ k: text })).toBe(`k: "${text}"\n`);
    if (text !== '<<') expect(emitDocument({ [text]: 1 })).toBe(`"${text}": 1\n`);
  });

  test('in single quotes where double ones would need backslashes', () => {
    expect(emitDocument({ k: '{"a": "\\d"}' })).toBe(`k: '{"a": "\\d"}'\n`);
    expect(emitDocument({ k: '"it\'s"' })).toBe(`k: "\\"it's\\""\n`);
  });

  test('escaped where a reader would refuse or change it', () => {
    expect(emitDocument({ k: 'a\r\nb\t\0\u007f\u0085\u2028\ufeff' })).toBe(
      'k: "a\\r\\nb\\t\\0\\x7F\\x85\\u2028\\uFEFF"\n',
    );
  });
});

describe('text of several lines', () => {
  test.each([
    ['ends with a break', 'a\n b\n', 'k: |\n  a\n   b\n'],
    ['ends without one', 'a\nb', 'k: |-\n  a\n  b\n'],
    ['ends with several', 'a\n\n\n', 'k: |+\n  a\n\n\n'],
    ['has empty lines, which stay empty', '\na\n\nb\n', 'k: |\n\n  a\n\n  b\n'],
    ['has blanks at the end of a line', 'a \nb\n', 'k: |\n  a \n  b\n'],
    ['starts with a blank, which needs an indentation indicator', ' a\nb\n', 'k: |2\n   a\n  b\n'],
    ['starts with a tab', '\ta\nb', 'k: "\\ta\\nb"\n'],
    ['is nothing but breaks', '\n\n', 'k: "\\n\\n"\n'],
    ['ends in a blank line', 'a\n  ', 'k: "a\\n  "\n'],
    ['holds a carriage return', 'a\r\nb\n', 'k: "a\\r\\nb\\n"\n'],
  ])('%s', (_, text, expected) => {
    expect(emitDocument({ k: text })).toBe(expected);
    expect(read(expected, '1.2')).toEqual({ k: text });
  });

  test('is indented from the item of a list that holds it', () => {
    const value = { a: [' x\ny', { b: ' x\ny', c: [[' x\ny']] }] };
    expect(emitDocument(value)).toBe(
      'a:\n  - |2-\n     x\n    y\n  - b: |2-\n       x\n      y\n    c:\n      - - |2-\n           x\n          y\n',
    );
    expect(read(emitDocument(value), '1.2')).toEqual(value);
  });
});

describe('a number', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [-17, '-17'],
    [0.1, '0.1'],
    [9007199254740991, '9007199254740991'],
    [2 ** 53, '9.007199254740992e+15'],
    [1e20, '1.0e+20'],
    [1e21, '1.0e+21'],
    [1e-7, '1.0e-7'],
    [1.5e300, '1.5e+300'],
    [18446744073709551615n, '18446744073709551615'],
  ])('%s is written so that every reader takes it for a number', (value, expected) => {
    expect(emitDocument({ k: value })).toBe(`k: ${expected}\n`);
  });
});

describe('what cannot be said is refused, with its place', () => {
  const self: Record<string, JsonObject> = {};
  self.a = self;
  test.each<[string, unknown, string]>([
    ['NaN', { a: { b: [1, NaN] } }, 'at /a/b/1 NaN is no JSON number'],
    ['Infinity', { a: -Infinity }, 'at /a -Infinity is no JSON number'],
    ['a hole in a list', { a: [1, undefined] }, 'at /a/1 a list has no value here'],
    ['a function', { a: () => 1 }, 'at /a a function is no JSON value'],
    ['a Date', { 'a/b': new Date(0) }, 'at /a~1b an instance of Date is no JSON value'],
    ['a Map', { a: [new Map()] }, 'at /a/0 an instance of Map is no JSON value'],
    ['half of a surrogate pair', { a: 'x\ud800' }, 'at /a half of a surrogate pair is no text'],
    ['a key that kustomize loses', { a: { '<<': 1 } }, "at /a/<< kustomize would lose a key named '<<'"],
    ['half of a surrogate pair in a key', { 'x\udc00': 1 }, 'half of a surrogate pair is no text'],
    ['a value that contains itself', self, 'at /a/a/a/a/a/a/a/a it contains itself'],
    ['a list as a document', [], 'a document must be an object'],
  ])('%s', (_, value, message) => {
    expect(code(() => emitDocument(value as JsonObject))).toBe('manifest/not-json');
    expect(() => emitDocument(value as JsonObject)).toThrow(message);
  });
});

describe('comments', () => {
  const deployment = { spec: { image: 'a:1', text: 'x\ny\n', list: ['b', {}], 'a/b': 1 } };

  test('stand before the document', () => {
    expect(emitDocument({ a: 1 }, { head: ['yaml-language-server: $schema=https://x.test/a.json', ''] })).toBe(
      '# yaml-language-server: $schema=https://x.test/a.json\n#\na: 1\n',
    );
  });

  test('stand at the end of the line of a scalar', () => {
    const lineComments = new Map([
      ['/spec/image', '{"$imagepolicy": "flux-system:podinfo"}'],
      ['/spec/text', 'two lines'],
      ['/spec/list/0', 'first'],
      ['/spec/list/1', 'second'],
      ['/spec/a~1b', 'third'],
    ]);
    const text = emitDocument(deployment, { lineComments });
    expect(text).toBe(`spec:
  image: a:1 # {"$imagepolicy": "flux-system:podinfo"}
  text: | # two lines
    x
    y
  list:
    - b # first
    - {} # second
  a/b: 1 # third
`);
    expect(read(text, '1.2')).toEqual(deployment);
  });

  test('for no scalar of the document are refused', () => {
    for (const pointer of ['/spec/imag', '/spec', '/spec/list', '']) {
      expect(code(() => emitDocument(deployment, { lineComments: new Map([[pointer, 'x']]) }))).toBe(
        'manifest/bad-comment',
      );
    }
  });

  test('cannot break out of their line', () => {
    for (const text of ['a\nb: c', 'a\rb', 'a\u2028b', 'a\u0085b', '\u0000', '\ud800']) {
      expect(code(() => emitDocument({ a: 1 }, { head: [text] }))).toBe('manifest/bad-comment');
      expect(code(() => emitDocument({ a: 1 }, { lineComments: new Map([['/a', text]]) }))).toBe(
        'manifest/bad-comment',
      );
    }
  });
});

describe('whatever is emitted reads back equal', () => {
  test('in YAML 1.1 and 1.2', () => {
    fc.assert(
      fc.property(jsonObject(), (value) => {
        const text = emitDocument(value);
        expect(read(text, '1.1')).toEqual(value);
        expect(read(text, '1.2')).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  test('with long keys, deep nesting and long text', () => {
    const key = 'k'.repeat(2000);
    let deep: JsonObject = { [key]: { [`${key}:`]: ['a', { [key]: 'x\n' }] }, text: 'word '.repeat(1000) };
    for (let level = 0; level < 200; level++) deep = level % 2 === 0 ? { a: deep } : { a: [deep] };
    expect(read(emitDocument(deep), '1.2')).toEqual(deep);
  });
});
