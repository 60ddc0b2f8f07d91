import type { ObjectChange } from '../../flux/index.ts';
import type { Json } from '../../manifest/index.ts';
import { hideValues } from '../hide-values.ts';

/**
 * A change without the fields' values where one of some secret values stands in it, for example in a ConfigMap: both
 * sides of the field go, since what was there before is a secret of before.
 */
export function withoutValues(change: ObjectChange, secretValues: ReadonlySet<string>): ObjectChange {
  if (secretValues.size === 0) return change;
  const isSecret = (value: Json | undefined): boolean => {
    const text = JSON.stringify(value, bigints) as string | undefined;
    return text !== undefined && hideValues(text, secretValues) !== text;
  };
  const hidden = (value: Json | undefined): Json | undefined => (value === undefined ? undefined : '***');
  const differences = change.differences.map(({ pointer, before, after }) =>
    isSecret(before) || isSecret(after)
      ? { pointer, before: hidden(before), after: hidden(after) }
      : { pointer, before, after },
  );
  return { ...change, differences };
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
