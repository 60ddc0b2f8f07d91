import type { Difference, Json, ObjectIdentity } from '../../manifest/index.ts';

/** Binary and decimal suffixes of a quantity (apimachinery: resource.suffixHandler). */
const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Undefined of what is none, such as a variable that has no value here. */
export function quantityOf(value: Json | undefined): number | undefined {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const [, number, suffix = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(FACTORS, suffix) ? FACTORS[suffix] : undefined;
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** Whether a claim asks for less than it did, which the API server refuses (ValidatePersistentVolumeClaimUpdate). */
export function shrinks({ kind, group }: ObjectIdentity, { pointer, before, after }: Difference): boolean {
  if (kind !== 'PersistentVolumeClaim' || group !== '') return false;
  if (pointer !== '/spec/resources/requests/storage') return false;
  const [old, now] = [quantityOf(before), quantityOf(after)];
  return old !== undefined && now !== undefined && now < old;
}
