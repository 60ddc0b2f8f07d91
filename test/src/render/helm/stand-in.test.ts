import { describe, expect, test } from '@jest/globals';
import { standInOf, standInOfText } from '../../../../src/render/helm/stand-in.ts';

const MARK = 'masked0123456789abcdef01';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('what helm is given in place of a secret text', () => {
  test.each([
    ['a password', 'hunter2', MARK],
    ['a text of several lines', 'a\nb\n', MARK],
    ['what a chart would run', '{{ fail "x" }}', MARK],
    ['a URL', 'postgres://me:hunter2@db:5432/x?a=b', `postgres://${MARK}`],
    [
      'a certificate',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      `-----BEGIN CERTIFICATE-----\n${MARK}\n-----END CERTIFICATE-----\n`,
    ],
    ['base64 of a text', base64('user:hunter2'), base64(MARK)],
    ['base64 of bytes', Buffer.from([1, 2, 3, 250, 251, 252]).toString('base64'), MARK],
  ])('is for %s of the same kind, and says nothing of it', (_what, text, expected) => {
    expect(standInOfText(text, MARK)).toEqual({ given: expected, shifted: expected });
  });

  test.each(['', 'true', 'False', '0', '1', '-1'])('is itself for %j, which charts ask for', (text) => {
    expect(standInOfText(text, MARK)).toEqual({ given: text, shifted: text });
  });

  test.each(['2', '5432', '-3', '+12', '007', '1.5', '65535', '18446744073709551615'])(
    'is itself for the number %s, and another number where differences are looked for',
    (text) => {
      const { given, shifted } = standInOfText(text, MARK);
      expect(given).toBe(text);
      expect(Number(shifted)).not.toBe(Number(text));
      expect(shifted).toMatch(/^-?\d+(?:\.\d+)?$/);
    },
  );
});

test('a document keeps its keys, its lists, truth values and null; each text is known by the keys that lead to it', () => {
  const document = { on: true, none: null, list: [{ name: 'a', size: 80 }], left: 'out' };
  const found = standInOf(document, (text, path) =>
    text === 'out' ? undefined : { given: path.join('/'), shifted: path.join('/') },
  );
  expect(found).toEqual({
    given: { on: true, none: null, list: [{ name: 'list/0/name', size: 80 }] },
    shifted: { on: true, none: null, list: [{ name: 'list/0/name', size: 90 }] },
  });
});
