/**
 * Shamir's secret sharing over GF(2^8), as SOPS splits a data key among key groups (shamir/shamir.go): a part is the
 * polynomials' values, one byte for each byte of the secret, then the x at which they were taken.
 */
import { randomBytes } from 'node:crypto';
import { failure } from './failure.ts';

/** Multiplication modulo x^8 + x^4 + x^3 + x + 1, in constant time. */
function multiply(a: number, b: number): number {
  let result = 0;
  for (let i = 7; i >= 0; i--) {
    result = (-((b >> i) & 1) & a) ^ (-(result >> 7) & 0x1b) ^ ((result << 1) & 0xff);
  }
  return result;
}

/** a^254, which is 1/a. */
function invert(a: number): number {
  let result = 1;
  let power = a;
  for (let exponent = 254; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) === 1) result = multiply(result, power);
    power = multiply(power, power);
  }
  return result;
}

/** `count` parts of which any `threshold` give the secret. Both are between 2 and 255, the threshold no larger. */
export function split(secret: Buffer, count: number, threshold: number): Buffer[] {
  if (count < threshold || threshold < 2 || count > 255) {
    throw failure('shamir', `${count} key groups cannot be split with a threshold of ${threshold}.`, {
      remedy: 'Set shamir_threshold to at least 2 and at most the number of key groups.',
      exitStatus: 2,
    });
  }
  const parts = Array.from({ length: count }, (_, index) =>
    Buffer.concat([Buffer.alloc(secret.length), Buffer.from([index + 1])]),
  );
  for (let i = 0; i < secret.length; i++) {
    const coefficients = randomBytes(threshold);
    coefficients[0] = secret[i] ?? 0;
    parts.forEach((part, index) => {
      const x = index + 1;
      part[i] = coefficients.reduceRight((sum, coefficient) => multiply(sum, x) ^ coefficient, 0);
    });
    coefficients.fill(0);
  }
  return parts;
}

/** The secret from parts, by Lagrange's interpolation at 0. Undefined where the parts do not fit together. */
export function combine(parts: readonly Buffer[]): Buffer | undefined {
  const length = (parts[0]?.length ?? 0) - 1;
  const xs = parts.map((part) => part[length] ?? 0);
  if (parts.length < 2 || length < 1 || parts.some((part) => part.length !== length + 1)) return undefined;
  if (new Set(xs).size !== xs.length) return undefined;
  const weights = xs.map((x, i) =>
    xs.reduce((product, other, j) => (i === j ? product : multiply(product, multiply(other, invert(other ^ x)))), 1),
  );
  const secret = Buffer.alloc(length);
  for (let i = 0; i < length; i++) {
    secret[i] = parts.reduce((sum, part, j) => sum ^ multiply(weights[j] ?? 0, part[i] ?? 0), 0);
  }
  return secret;
}
