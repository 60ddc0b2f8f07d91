import { type Difference, type ObjectIdentity, quantity } from '../../manifest/index.ts';

/** Whether a claim asks for less than it did, which the API server refuses (ValidatePersistentVolumeClaimUpdate). */
export function shrinks({ kind, group }: ObjectIdentity, { pointer, before, after }: Difference): boolean {
  if (kind !== 'PersistentVolumeClaim' || group !== '') return false;
  if (pointer !== '/spec/resources/requests/storage') return false;
  const [old, now] = [quantity(before), quantity(after)];
  return old !== undefined && now !== undefined && now < old;
}
