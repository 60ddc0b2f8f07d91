import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { generatedFiles, readKinds, strippedCrds } from '../../imports/generate.ts';
import { readKind, withoutTexts } from '../../imports/generator/crd.ts';
import { typesOf } from '../../imports/generator/types.ts';
import * as imports from '../../imports/index.ts';
import { CRDS } from './schema.ts';

const IMPORTS = join(import.meta.dirname, '../../imports');
const FLUX_CRDS = join(import.meta.dirname, '../../../shared/flux-install/crds');

/** A CRD of the kind `Thing` whose spec has the given fields. */
function crd(properties: unknown): string {
  return stringify({
    spec: {
      group: 'example.org',
      names: { kind: 'Thing' },
      versions: [
        { name: 'v1alpha1', served: true, storage: false, schema: { openAPIV3Schema: { type: 'object' } } },
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
        },
      ],
    },
  });
}

const thing = (properties: unknown) => typesOf([readKind(crd(properties), 'thing.yaml')]);

describe('npm run import', () => {
  test('gives the committed files, byte for byte', () => {
    const committed = readdirSync(IMPORTS).filter((file) => file.endsWith('.io.ts'));
    const generated = generatedFiles(readKinds());
    expect([...generated.keys()].sort()).toEqual(committed.sort());
    for (const [file, text] of generated) expect(text).toBe(readFileSync(join(IMPORTS, file), 'utf8'));
  });

  test('has every kind in index.ts', () => {
    const kinds = readKinds().map(({ kind }) => kind);
    expect(kinds).toHaveLength(15);
    expect(Object.keys(imports).sort()).toEqual([...kinds].sort());
  });

  if (existsSync(FLUX_CRDS)) {
    test("takes Flux's CRDs as they are committed", () => {
      for (const [file, text] of strippedCrds(FLUX_CRDS)) expect(text).toBe(readFileSync(join(CRDS, file), 'utf8'));
    });
  } else {
    process.stderr.write(`skipped, as Flux's own CRDs are not here: the committed ones compared with them\n`);
  }
});

describe('taking a CRD', () => {
  test('leaves its texts behind, and never a field or a default that has their name', () => {
    const schema = {
      description: 'A thing.',
      properties: { description: { type: 'string', description: 'What.' }, message: { type: 'string' } },
      default: { description: 'kept' },
      'x-kubernetes-validations': [{ rule: 'self.a', message: 'a, please' }],
    };
    expect(withoutTexts(schema)).toEqual({
      properties: { description: { type: 'string' }, message: { type: 'string' } },
      default: { description: 'kept' },
      'x-kubernetes-validations': [{ rule: 'self.a' }],
    });
  });

  test('takes the version that is stored, whichever comes first', () => {
    expect(thing({ a: { type: 'string' } })).toContain("apiVersion: 'example.org/v1', kind: 'Thing'");
  });

  test.each([
    [{ a: { type: 'string', nullable: true } }, 'thing.yaml.spec.a uses the keyword nullable.'],
    [{ a: { type: 'number' } }, 'thing.yaml.spec.a has a type of another name.'],
    [{ a: { type: 'integer', enum: [1] } }, 'thing.yaml.spec.a is not a string.'],
    [{ a: { type: 'array', items: { 'x-kubernetes-int-or-string': true } } }, 'thing.yaml.spec.a[] uses the keyword'],
  ])('refuses what no type is made for: %j', (properties, message) => {
    expect(() => thing(properties)).toThrow(message);
  });
});

describe('a generated field', () => {
  test.each([
    [{ 'a-b': { type: 'string' } }, "'a-b'?: string | undefined;"],
    [{ a: { type: 'string', enum: ['', "it's"] } }, "a?: '' | 'it\\'s' | undefined;"],
    [{ a: { type: 'array', items: { type: 'string', enum: ['b', 'c'] } } }, "a?: readonly ('b' | 'c')[] | undefined;"],
    [{ a: { type: 'object' } }, 'a?: Readonly<Record<string, unknown>> | undefined;'],
    [{ a: { type: 'string', pattern: '^.*/x$', default: '*/' } }, '/** pattern `^.*\\/x$`, default `*\\/` */'],
    [
      { a: { type: 'object', properties: { b: { type: 'string' } }, 'x-kubernetes-preserve-unknown-fields': true } },
      'export interface ThingSpecA {\n  readonly b?: string | undefined;\n  readonly [field: string]: unknown;\n}',
    ],
  ])('of %j', (properties, text) => {
    expect(thing(properties)).toContain(text);
  });
});
