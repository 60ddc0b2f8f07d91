import { describe, expect, test } from '@jest/globals';
import { SlipwayError } from '../../../../src/errors.ts';
import { loadVariables, parsePostBuild, substitute } from '../../../../src/flux/index.ts';
import { envsubst } from '../../../../src/flux/substitute/envsubst.ts';
import { envsubstCases, evaluated, expectedOf } from '../../../support/envsubst-cases.ts';
import { describeWithShared } from '../../../support/shared.ts';

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof SlipwayError) return error.code;
    throw error;
  }
  return undefined;
};

describeWithShared('golden/fixtures', 'the cases of Flux’s own envsubst', (fixtures) => {
  test.each(envsubstCases(fixtures))('$fn of $input with $params is $output', (one) => {
    expect(evaluated(one)).toBe(expectedOf(one));
  });
});

describe('a text with variables', () => {
  const variables = new Map([
    ['HOST', 'example.org'],
    ['PATH_', 'a/b/c.tar.gz'],
    ['EMPTY', ''],
  ]);
  const evaluate = (text: string): string => envsubst(text, (name) => variables.get(name));

  // flux-semantics: every operator with `:` or `=` gives the default where there is no value, `:?` and `:+` too.
  test.each([
    ['${HOST}', 'example.org'],
    ['$HOST', '$HOST'],
    ['$${HOST}', '${HOST}'],
    ['${MISSING:=x}', 'x'],
    ['${EMPTY:-x}', 'x'],
    ['${MISSING:?x}', 'x'],
    ['${HOST:+x}', 'example.org'],
    ['${MISSING:=${HOST}}', 'example.org'],
    ['${#HOST}', '11'],
    ['${HOST^^}', 'EXAMPLE.ORG'],
    ['${HOST:0:7}', 'example'],
    ['${HOST/example/test}', 'test.org'],
    ['${PATH_//\\//-}', 'a-b-c.tar.gz'],
    ['${PATH_##*/}', 'c.tar.gz'],
    ['${PATH_%%.*}', 'a/b/c'],
  ])('%s becomes %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test.each(['${}', '${ HOST}', '${HOST.x}', '${HOST[0]}', '${HOST-x}', '${HOST'])('%s is refused', (text) => {
    expect(codeOf(() => evaluate(text))).toBe('flux/bad-substitution');
  });

  test('with one that is not set is refused', () => {
    expect(codeOf(() => evaluate('${MISSING}'))).toBe('flux/variable-not-set');
    expect(codeOf(() => evaluate('${MISSING^^}'))).toBe('flux/variable-not-set');
  });
});

describe('an object after post-build substitution', () => {
  const configMap = (data: Record<string, string>, metadata = {}): Parameters<typeof substitute>[0] => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config', ...metadata },
    data,
  });

  test('has its variables replaced in values and keys, where a value may become another type', () => {
    const object = { ...configMap({ '${NAME}': 'x' }), port: '${PORT}', text: '"${PORT}"' };
    expect(
      substitute(
        object,
        new Map([
          ['NAME', 'key'],
          ['PORT', '80'],
        ]),
      ),
    ).toMatchObject({
      data: { key: 'x' },
      port: 80,
      text: '"80"',
    });
  });

  test('is as it was where no variable is set, unless the strategy is Always', () => {
    const object = configMap({ a: '${A:=1}' });
    expect(substitute(object, new Map())).toBe(object);
    expect(substitute(object, new Map(), { always: true })).toMatchObject({ data: { a: 1 } });
  });

  test.each(['labels', 'annotations'])('is as it was where its %s switch that off', (map) => {
    const object = configMap({ a: '${A}' }, { [map]: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } });
    expect(substitute(object, new Map([['A', '1']]))).toBe(object);
  });

  test('that is no YAML any more is an error that shows no value', () => {
    const work = (): unknown => substitute(configMap({ a: '${A}' }), new Map([['A', '"s3cret: [']]));
    expect(codeOf(work)).toBe('flux/substituted-text');
    expect(work).not.toThrow('s3cret');
  });
});

describe('the variables of a Kustomization', () => {
  const spec = (postBuild: unknown): Parameters<typeof parsePostBuild>[0] => ({ spec: { postBuild } }) as never;
  const variablesOf = (postBuild: unknown): Record<string, string> => {
    const parsed = parsePostBuild(spec(postBuild));
    if (parsed === undefined) return {};
    const sources = new Map([
      [
        'ConfigMap/a',
        new Map([
          ['A', '1'],
          ['B', 'two\nlines\n'],
        ]),
      ],
      ['Secret/b', new Map([['A', '2']])],
    ]);
    return Object.fromEntries(loadVariables(parsed, ({ kind, name }) => sources.get(`${kind}/${name}`)));
  };

  test('come from sources in their order, then from what stands in line, without line breaks', () => {
    const substituteFrom = [
      { kind: 'ConfigMap', name: 'a' },
      { kind: 'Secret', name: 'b' },
    ];
    expect(variablesOf({ substituteFrom, substitute: { C: 'in\nline' } })).toEqual({
      A: '2',
      B: 'twolines',
      C: 'inline',
    });
    expect(variablesOf({ substituteFrom, substitute: { A: '3' } })).toMatchObject({ A: '3' });
  });

  test('may have a source that is not there only where it is optional', () => {
    expect(variablesOf({ substituteFrom: [{ kind: 'Secret', name: 'x', optional: true }] })).toEqual({});
    expect(codeOf(() => variablesOf({ substituteFrom: [{ kind: 'Secret', name: 'x' }] }))).toBe(
      'flux/no-variable-source',
    );
  });

  test('have names that a shell would take', () => {
    expect(codeOf(() => variablesOf({ substitute: { 'a-b': '1' } }))).toBe('flux/bad-variable-name');
    expect(codeOf(() => variablesOf({ substitute: { '1a': '1' } }))).toBe('flux/bad-variable-name');
  });

  test('are none, and nothing is substituted, without a postBuild', () => {
    expect(parsePostBuild({ spec: {} })).toBeUndefined();
    expect(codeOf(() => parsePostBuild(spec({ substitute: { A: 1 } })))).toBe('flux/bad-post-build');
  });
});
