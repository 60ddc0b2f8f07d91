import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../../src/manifest/index.ts';
import { secretContent } from '../../../../src/render/helm/secret-content.ts';
import { composeValues, type ValuesSource } from '../../../../src/render/helm/values.ts';

function compose(
  spec: JsonObject,
  sources: Readonly<Record<string, Readonly<Record<string, string>> | 'unknown'>> = {},
) {
  return composeValues(spec, ({ name }): ValuesSource => {
    const source = sources[name] ?? {};
    return source === 'unknown' ? source : new Map(Object.entries(source));
  });
}

const from = (name: string, more: JsonObject = {}): JsonObject => ({ kind: 'ConfigMap', name, ...more });

describe('the values of a HelmRelease', () => {
  test('merge maps and replace lists, the later reference and at last the inline values winning', () => {
    const sources = {
      one: { 'values.yaml': 'a: { x: 1, m: 1 }\nlist: [1, 2]\nonly: one\n' },
      two: { 'more.yaml': 'a: { m: 2, z: 2 }\nlist: [3]\n' },
    };
    const valuesFrom = [from('one'), from('two', { valuesKey: 'more.yaml' })];
    expect(compose({ valuesFrom, values: { a: { z: 3 }, gone: null } }, sources).values).toEqual({
      a: { x: 1, m: 2, z: 3 },
      list: [3],
      only: 'one',
      gone: null,
    });
  });

  test.each([
    ['a.b', '5', { a: { b: 5, k: 'v' } }],
    ['a.b', "'5'", { a: { b: '5', k: 'v' } }],
    ['a.b', '05', { a: { b: '05', k: 'v' } }],
    ['a.b', 'TRUE', { a: { b: true, k: 'v' } }],
    ['a.b', 'x\\,y', { a: { b: 'x,y', k: 'v' } }],
    ['a.b\\.c', 'x', { a: { 'b.c': 'x', k: 'v' } }],
    ['a.list[1].n', 'x', { a: { k: 'v', list: [null, { n: 'x' }] } }],
    ['a.k', 'from the reference', { a: { k: 'from the reference' } }],
    ['top', 'x', { a: { k: 'v' }, top: 'x' }],
  ])('at targetPath %s, %s is read as helm --set reads it', (targetPath, content, expected) => {
    const valuesFrom = [from('one', { valuesKey: 'key', targetPath })];
    expect(compose({ valuesFrom, values: { a: { k: 'v' } } }, { one: { key: content } }).values).toEqual(expected);
  });

  test.each([
    ['a.b', '5'],
    ['a.b', '-9223372036854775808'],
    ['a.b', "'5'"],
    ['a.b', '"x"'],
    ['a.b', '05'],
    ['a.b', 'TRUE'],
    ['a.b', 'null'],
    ['a.b', ''],
    ['a.b', 'x\\,y'],
    ['a.b', '{x,2,true}'],
    ['a.list[1].n', 'x'],
    ['list[0]', ''],
    ['', 'a: { b: [1, x, null] }\nc: 0x1F\n'],
    ['', '# nothing\n'],
  ])('are composed of a Secret as they are of a ConfigMap, at targetPath %j of %j', (targetPath, content) => {
    const spec = { valuesFrom: [from('one', { valuesKey: 'key', ...(targetPath !== '' && { targetPath }) })] };
    const values = (of: ValuesSource): unknown => composeValues(spec, () => of).values;
    const secret = secretContent(content, (text) => ({ given: text, shifted: text }), []);
    expect(values(new Map([['key', secret]]))).toEqual(values(new Map([['key', content]])));
  });

  test.each([
    ['a key has no value', 'x,y', 'render/helm-target-path'],
    ['one in quotes has none', '"x, y"', 'render/helm-target-path'],
    ['it sets another key', 'x,y=z', 'render/helm-target-path'],
  ])('of a Secret are refused where %s, without a word of them', (_why, content, code) => {
    const spec = { valuesFrom: [from('one', { valuesKey: 'key', targetPath: 'a' })] };
    const secret = secretContent(content, (text) => ({ given: text, shifted: text }), []);
    expect(() => composeValues(spec, () => new Map([['key', secret]]))).toThrow(
      expect.objectContaining({ code, message: expect.not.stringContaining(content) }),
    );
  });

  test('keep an inline list that a targetPath would lengthen, and not one that it fits', () => {
    const at = (targetPath: string): unknown =>
      compose(
        { valuesFrom: [from('one', { valuesKey: 'key', targetPath })], values: { a: ['x'] } },
        { one: { key: 'y' } },
      ).values;
    expect([at('a[0]'), at('a[1]')]).toEqual([{ a: ['y'] }, { a: ['x'] }]);
  });

  test('take a literal one as it is', () => {
    const valuesFrom = [from('one', { valuesKey: 'key', targetPath: 'a', literal: true })];
    expect(compose({ valuesFrom }, { one: { key: '{"b": [1, 2]}\n' } }).values).toEqual({ a: '{"b": [1, 2]}\n' });
  });

  test('that are unknown are left out, or stand as a placeholder where a targetPath says where, and are named', () => {
    const secret = (name: string, more: JsonObject): JsonObject => ({ kind: 'Secret', name, ...more });
    const valuesFrom = [secret('whole', {}), secret('one', { valuesKey: 'url', targetPath: 'a.url' })];
    expect(compose({ valuesFrom, values: { b: 1 } }, { whole: 'unknown', one: 'unknown' })).toEqual({
      values: { a: { url: '..PLACEHOLDER_one_url..' }, b: 1 },
      unknown: ['Secret/whole', 'Secret/one'],
    });
  });

  test('lack a key only where that is optional', () => {
    expect(compose({ valuesFrom: [from('one', { optional: true })] }).values).toEqual({});
    expect(() => compose({ valuesFrom: [from('one')] })).toThrow('ConfigMap/one, which has no key "values.yaml"');
  });

  test('have no prototype to reach', () => {
    const valuesFrom = [from('one', { valuesKey: 'key', targetPath: '__proto__.polluted' })];
    compose({ valuesFrom }, { one: { key: 'true' } });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
