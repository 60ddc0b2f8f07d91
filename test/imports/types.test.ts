import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import type { Crd, Node } from './schema.ts';
import { readCrds } from './schema.ts';

/** What a value must be, in one notation for schema and TypeScript, so that the two can be compared. */
type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'unknown'
  | { readonly oneOf: readonly string[] }
  | { readonly items: Shape }
  | { readonly values: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

const crds = readCrds();
const IMPORTS = join(import.meta.dirname, '../../imports');
const fileOf = ({ group }: Crd) => join(IMPORTS, `${group}.ts`);

function shapeOfSchema(node: Node): Shape {
  if (node.enum) return { oneOf: [...node.enum].sort() };
  if (node['x-kubernetes-preserve-unknown-fields']) return { values: 'unknown' };
  switch (node.type) {
    case 'string':
    case 'boolean':
      return node.type;
    case 'integer':
      return 'number';
    case 'array':
      return { items: shapeOfSchema(node.items!) };
    default: {
      if (node.additionalProperties) return { values: shapeOfSchema(node.additionalProperties) };
      const fields = Object.entries(node.properties!).map(([name, of]): [string, Shape] => [
        node.required?.includes(name) ? name : `${name}?`,
        shapeOfSchema(of),
      ]);
      return { fields: Object.fromEntries(fields) };
    }
  }
}

function shapeOfType(type: ts.Type, checker: ts.TypeChecker): Shape {
  if (type.flags & ts.TypeFlags.String) return 'string';
  if (type.flags & ts.TypeFlags.Number) return 'number';
  if (type.flags & ts.TypeFlags.Unknown) return 'unknown';
  if (type.isStringLiteral()) return { oneOf: [type.value] };
  if (type.isUnion()) {
    if (type.types.every((member) => member.flags & ts.TypeFlags.BooleanLiteral)) return 'boolean';
    return { oneOf: type.types.map((member) => (member as ts.StringLiteralType).value).sort() };
  }
  if (checker.isArrayType(type))
    return { items: shapeOfType(checker.getTypeArguments(type as ts.TypeReference)[0]!, checker) };
  const values = type.getStringIndexType();
  if (values) return { values: shapeOfType(values, checker) };
  if (!(type.flags & ts.TypeFlags.Object)) throw new Error(`A type of no known shape: ${checker.typeToString(type)}`);
  const fields = type.getProperties().map((property): [string, Shape] => {
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    const of = checker.getNonNullableType(checker.getTypeOfSymbol(property));
    return [isOptional ? `${property.name}?` : property.name, shapeOfType(of, checker)];
  });
  return { fields: Object.fromEntries(fields) };
}

describe('the generated types', () => {
  let program: ts.Program;
  let checker: ts.TypeChecker;

  beforeAll(() => {
    const files = [...new Set(crds.map(fileOf))];
    program = ts.createProgram(files, {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      types: [],
    });
    checker = program.getTypeChecker();
  }, 60_000);

  function propsOf(crd: Crd): ts.Type {
    const file = checker.getSymbolAtLocation(program.getSourceFile(fileOf(crd))!)!;
    const props = checker.getExportsOfModule(file).find((symbol) => symbol.name === `${crd.kind}Props`)!;
    return checker.getDeclaredTypeOfSymbol(props);
  }

  test.each(crds)('demand and allow of $kind what its CRD does, field by field', (crd) => {
    const spec = propsOf(crd).getProperty('spec')!;
    expect(shapeOfType(checker.getTypeOfSymbol(spec), checker)).toStrictEqual(shapeOfSchema(crd.spec));
  });

  test.each(crds)('demand the spec of $kind, and a name', (crd) => {
    const [metadata, spec] = ['metadata', 'spec'].map((name) => propsOf(crd).getProperty(name)!);
    const name = checker.getTypeOfSymbol(metadata!).getProperty('name')!;
    for (const symbol of [metadata, spec, name]) expect(symbol!.flags & ts.SymbolFlags.Optional).toBe(0);
    expect(checker.typeToString(checker.getTypeOfSymbol(name))).toBe('string');
  });
});
