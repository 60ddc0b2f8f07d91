import type { Environment } from '@marcbachmann/cel-js';

/** What cel-go's extensions add to what the library knows by itself (fluxcd/pkg runtime/cel: NewExpression). */
const SIGNATURES = [
  'string.charAt(int): string',
  'string.replace(string, string): string',
  'string.replace(string, string, int): string',
  'string.reverse(): string',
  'matches(string, string): bool',
  'list<A>.first(): optional<A>',
  'list<A>.last(): optional<A>',
  'StringsNamespace.quote(string): string',
  'SetsNamespace.contains(list<A>, list<A>): bool',
  'SetsNamespace.equivalent(list<A>, list<A>): bool',
  'SetsNamespace.intersects(list<A>, list<A>): bool',
  'Base64Namespace.encode(bytes): string',
  'Base64Namespace.decode(string): bytes',
  'OptionalNamespace.ofNonZeroValue(A): optional<A>',
];
class StringsNamespace {}
class SetsNamespace {}
class Base64Namespace {}

/** Lets the library's checker know what may be called, and by what names the objects go that an expression is about. */
export function declareFunctions(environment: Environment, variables: readonly string[]): Environment {
  for (const name of variables) environment.registerVariable(name, 'map<string, dyn>');
  environment
    .registerType('StringsNamespace', StringsNamespace)
    .registerType('SetsNamespace', SetsNamespace)
    .registerType('Base64Namespace', Base64Namespace)
    .registerConstant('strings', 'StringsNamespace', new StringsNamespace())
    .registerConstant('sets', 'SetsNamespace', new SetsNamespace())
    .registerConstant('base64', 'Base64Namespace', new Base64Namespace());
  for (const signature of SIGNATURES) environment.registerFunction(signature, notCalled);
  return environment;
}

/** Only their types are asked for: the evaluation is our own (evaluate.ts). */
function notCalled(): never {
  throw new Error('only declared');
}
