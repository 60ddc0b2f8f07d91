import { isList, isObject, type Json, type JsonObject } from '../../manifest/index.ts';

/**
 * A set of fields as `managedFields` writes it (structured-merge-diff: fieldpath.Set in its JSON form, fieldsV1): `f:` is
 * a key of a map, `k:` an item of a list by its key fields, `v:` one by its value; `.` among others is the place itself.
 */
export type FieldSet = JsonObject;

/**
 * A value without the fields of one set that are in none of the others: what an apply takes away that no longer has them
 * (structured-merge-diff: Updater.prune). A map that is empty then goes too.
 */
export function withoutManaged(value: Json | undefined, fields: FieldSet, kept: readonly FieldSet[]): Json | undefined {
  if (isList(value)) return withoutItems(value, fields, kept);
  if (!isObject(value)) return value;
  const remaining: Record<string, Json | undefined> = { ...value };
  for (const [step, below] of Object.entries(fields)) {
    const name = step.startsWith('f:') ? step.slice(2) : undefined;
    if (name === undefined || remaining[name] === undefined || !isObject(below)) continue;
    const others = belowStep(kept, step);
    if (others.some(isLeaf)) continue;
    const changed = others.length === 0 && isWhole(below) ? undefined : withoutManaged(remaining[name], below, others);
    const isEmptied = others.length === 0 && isObject(changed) && Object.keys(changed).length === 0;
    remaining[name] = isEmptied ? undefined : changed;
  }
  return Object.fromEntries(Object.entries(remaining).filter(([, member]) => member !== undefined));
}

function withoutItems(list: readonly Json[], fields: FieldSet, kept: readonly FieldSet[]): readonly Json[] {
  return list.flatMap((item) => {
    const step = Object.keys(fields).find((one) => isStepTo(item, one));
    const below = step === undefined ? undefined : fields[step];
    if (step === undefined || !isObject(below)) return [item];
    const others = belowStep(kept, step);
    if (others.length === 0) return [];
    if (others.some(isLeaf)) return [item];
    const changed = withoutManaged(item, below, others);
    return changed === undefined ? [] : [changed];
  });
}

function isWhole(below: FieldSet): boolean {
  return below['.'] !== undefined || isLeaf(below);
}

/** `{}` is the field with all that is below it. */
function isLeaf(below: FieldSet): boolean {
  return Object.keys(below).length === 0;
}

function belowStep(sets: readonly FieldSet[], step: string): readonly FieldSet[] {
  return sets.map((set) => set[step]).filter(isObject);
}

function isStepTo(item: Json, step: string): boolean {
  if (step.startsWith('v:')) return step.slice(2) === JSON.stringify(item);
  if (!step.startsWith('k:') || !isObject(item)) return false;
  const keys: unknown = JSON.parse(step.slice(2));
  return isObject(keys) && Object.entries(keys).every(([key, value]) => item[key] === value);
}
