/**
 * The values that a field of a built-in kind may have. The published OpenAPI documents name them in descriptions only;
 * pkg/generated/openapi, which they are made from, has them as data.
 */

/** The allowed values by `<Go package as in its function's name>_<Type>.<field>`, such as `k8sio_api_core_v1_Container.imagePullPolicy`. */
export function readGoEnums(source: string): ReadonlyMap<string, readonly string[]> {
  const enums = new Map<string, readonly string[]>();
  let type = '';
  let field = '';
  for (const line of source.split('\n')) {
    // gofmt fixes the indentation: a property of a type stands at five tabs, those of nested schemas have no names.
    type = /^func schema_(\w+)\(/.exec(line)?.[1] ?? type;
    field = /^\t{5}"([^"]+)": \{$/.exec(line)?.[1] ?? field;
    const values = /^\t+Enum: +\[\]interface\{\}\{(.*)\},$/.exec(line)?.[1];
    if (values !== undefined) enums.set(`${type}.${field}`, JSON.parse(`[${values.replaceAll('`', '"')}]`) as string[]);
  }
  return enums;
}
