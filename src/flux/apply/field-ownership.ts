import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';

/**
 * Whether somebody else applies a field, by `managedFields` (ssa: isFieldOwnedByOtherApplyManager). Who wrote it without
 * server-side apply does not count.
 *
 * @param path of the field; an item of a list by its place, of which the list must have keys
 */
export function isAppliedByAnother(object: JsonObject, path: readonly string[], manager: string): boolean {
  const entries = appliedFields(object);
  const steps = fieldSteps(object, path, entries);
  if (steps === undefined) return false;
  return entries.some((entry) => entry.manager !== manager && below(entry.fields, steps) !== undefined);
}

interface AppliedFields {
  readonly manager: string;
  readonly fields: Json | undefined;
}

function appliedFields({ metadata }: JsonObject): readonly AppliedFields[] {
  const entries = isObject(metadata) && isList(metadata.managedFields) ? metadata.managedFields.filter(isObject) : [];
  return entries
    .filter(({ operation, subresource }) => operation === 'Apply' && (subresource ?? '') === '')
    .map(({ manager, fieldsV1 }) => ({ manager: typeof manager === 'string' ? manager : '', fields: fieldsV1 }));
}

/** The path as FieldsV1 has it, `f:spec` and `k:{"name":"a"}`; undefined where an item of a list has no key. */
function fieldSteps(
  object: JsonObject,
  path: readonly string[],
  entries: readonly AppliedFields[],
): readonly string[] | undefined {
  const steps: string[] = [];
  let value: Json | undefined = object;
  for (const step of path) {
    if (isList(value)) {
      const item: Json | undefined = value[Number(step)];
      const key = isObject(item) ? keyOfItem(item, steps, entries) : undefined;
      if (key === undefined) return undefined;
      steps.push(key);
      value = item;
    } else {
      steps.push(`f:${step}`);
      value = isObject(value) ? value[step] : undefined;
    }
  }
  return steps;
}

function keyOfItem(item: JsonObject, steps: readonly string[], entries: readonly AppliedFields[]): string | undefined {
  const keys = entries
    .map(({ fields }) => below(fields, steps))
    .flatMap((fields) => (isObject(fields) ? Object.keys(fields) : []));
  return keys.find((key) => {
    if (!key.startsWith('k:')) return false;
    const wanted = JSON.parse(key.slice(2)) as JsonObject;
    return Object.entries(wanted).every(([name, value]) => item[name] === value);
  });
}

function below(fields: Json | undefined, steps: readonly string[]): Json | undefined {
  return steps.reduce<Json | undefined>((value, step) => (isObject(value) ? value[step] : undefined), fields);
}
