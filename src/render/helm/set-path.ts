/**
 * One value put at a path of values, as helm's `--set` does it (helm: pkg/strvals). Several assignments in one value
 * (`a,b=c`) and lists (`{a,b}`) are not worked out.
 */
import { SlipwayError } from '../../errors.ts';

export type Value = string | number | bigint | boolean | null | Value[] | Values;
export interface Values {
  [key: string]: Value;
}

type Step = string | number;
/** strvals: MaxIndex. */
const MAX_INDEX = 65536;
const INT64 = 2n ** 63n;

/**
 * @param mode `typed` reads true, null and integers as such; `string` never does; `literal` takes each character as it is
 * @throws SlipwayError `render/helm-target-path`
 */
export function setPath(values: Values, path: string, value: string, mode: 'typed' | 'string' | 'literal'): void {
  const plain = mode === 'literal' ? value : unescaped(value, path);
  // Of an empty value in a map in a list strvals makes nothing, and says nothing.
  if (value === '' && /\]./s.test(path)) throw refused(path, 'gets an empty value, which is not worked out here');
  put(values, steps(path), mode === 'typed' ? typed(plain) : plain, path);
}

function steps(path: string): Step[] {
  const found: Step[] = [];
  const pattern = /(?:^|(?<!^)\.)((?:\\.|[^\\.,=[\]])+)|\[(\d+)\]/gsy;
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path);
    if (match === null) throw refused(path, 'is not a path that is worked out here');
    const [, key, index] = match;
    found.push(key === undefined ? Number(index) : key.replaceAll(/\\(.)/gs, '$1'));
  }
  if (typeof found[0] !== 'string') throw refused(path, 'does not begin with a name');
  if (found.some((step) => typeof step === 'number' && step > MAX_INDEX)) throw refused(path, 'has too large an index');
  return found;
}

function unescaped(value: string, path: string): string {
  if (value.startsWith('{') || /^(?:\\.|[^\\,])*,/s.test(value)) {
    throw refused(path, 'gets a value with several parts, which is not worked out here');
  }
  return value.replaceAll(/\\(.|$)/gs, '$1');
}

/** strvals: typedVal. */
function typed(value: string): Value {
  const lower = value.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  if (lower === 'null') return null;
  if (value === '0') return 0;
  if (!/^[+-]?\d+$/.test(value) || value.startsWith('0')) return value;
  const integer = BigInt(value.replace(/^\+/, ''));
  if (integer >= INT64 || integer < -INT64) return value;
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

function put(values: Values, path: readonly Step[], value: Value, whole: string): void {
  let at: Values | Value[] = values;
  for (const [index, step] of path.entries()) {
    const next = path[index + 1];
    const known: Value | undefined = member(at, step);
    let inner: Value;
    if (next === undefined) inner = value;
    else if (known === undefined || (known === null && Array.isArray(at))) inner = typeof next === 'number' ? [] : {};
    // strvals: setIndex puts a longer list in place of one that is too short, which others may hold.
    else if (Array.isArray(known) && typeof next === 'number' && next >= known.length) inner = [...known];
    else inner = known;
    if (Array.isArray(at) && typeof step === 'number') {
      while (at.length < step) at.push(null);
      at[step] = inner;
    } else if (!Array.isArray(at) && typeof step === 'string') {
      Object.defineProperty(at, step, { value: inner, writable: true, enumerable: true, configurable: true });
    }
    if (next === undefined) return;
    const fits = typeof next === 'number' ? Array.isArray(inner) : isValues(inner);
    if (!fits || typeof inner !== 'object' || inner === null)
      throw refused(whole, 'leads through a value of another kind');
    at = inner;
  }
}

function member(at: Values | Value[], step: Step): Value | undefined {
  if (Array.isArray(at)) return typeof step === 'number' ? at[step] : undefined;
  return Object.hasOwn(at, step) ? at[step] : undefined;
}

export function isValues(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(path: string, why: string): SlipwayError {
  return new SlipwayError({
    code: 'render/helm-target-path',
    message: `The targetPath ${JSON.stringify(path)} ${why}.`,
    remedy: 'Put the values under a valuesKey without a targetPath.',
  });
}
