const NANOSECONDS = { h: 3600n * 10n ** 9n, m: 60n * 10n ** 9n, s: 10n ** 9n, ms: 10n ** 6n, us: 1000n, ns: 1n };

/** A point in time (google.protobuf.Timestamp). */
export class Timestamp {
  /** Since 1970. */
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** A length of time (google.protobuf.Duration). */
export class Duration {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

const RFC_3339 = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\d*([Zz]|[+-]\d\d:\d\d)$/;

/** A time as RFC 3339 has it; undefined for any other text. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = match;
  const milliseconds = Date.parse(`${seconds}${zone}`.toUpperCase());
  if (Number.isNaN(milliseconds)) return undefined;
  return new Timestamp(BigInt(milliseconds) * NANOSECONDS.ms + BigInt(fraction.padEnd(9, '0')));
}

/** As Go has it, `1h30m` (time.ParseDuration); undefined for any other text. */
export function parseDurationValue(text: string): Duration | undefined {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', parts = ''] = match;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of parts.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = NANOSECONDS[unit.replace(/[µμ]/, 'u') as keyof typeof NANOSECONDS];
    total += BigInt(whole === '' ? 0 : whole) * size;
    if (fraction !== '') total += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
  }
  return total >= 2n ** 63n ? undefined : new Duration(sign === '-' ? -total : total);
}

/** `2024-01-02T03:04:05.5Z`. */
export function formatTimestamp({ nanoseconds }: Timestamp): string {
  const within = ((nanoseconds % NANOSECONDS.s) + NANOSECONDS.s) % NANOSECONDS.s;
  const seconds = new Date(Number((nanoseconds - within) / NANOSECONDS.ms)).toISOString().slice(0, 19);
  const fraction = within.toString().padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** `5400s`, as `string(…)` gives it. */
export function formatDurationValue({ nanoseconds }: Duration): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = (size % NANOSECONDS.s).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nanoseconds < 0n ? '-' : ''}${size / NANOSECONDS.s}${fraction === '' ? '' : `.${fraction}`}s`;
}

/** `getFullYear` and its like of a time, in UTC (cel-go: DefaultUTCTimeZone); undefined where there is no such name. */
export function partOfTimestamp({ nanoseconds }: Timestamp, name: string): bigint | undefined {
  const date = new Date(Number(nanoseconds / NANOSECONDS.ms));
  switch (name) {
    case 'getFullYear':
      return BigInt(date.getUTCFullYear());
    case 'getMonth':
      return BigInt(date.getUTCMonth());
    case 'getDate':
      return BigInt(date.getUTCDate());
    case 'getDayOfMonth':
      return BigInt(date.getUTCDate() - 1);
    case 'getDayOfWeek':
      return BigInt(date.getUTCDay());
    case 'getDayOfYear':
      return BigInt(Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000));
    case 'getHours':
      return BigInt(date.getUTCHours());
    case 'getMinutes':
      return BigInt(date.getUTCMinutes());
    case 'getSeconds':
      return BigInt(date.getUTCSeconds());
    case 'getMilliseconds':
      return BigInt(date.getUTCMilliseconds());
    default:
      return undefined;
  }
}

/** `getHours` and its like of a length of time: all of it in that unit. */
export function partOfDuration({ nanoseconds }: Duration, name: string): bigint | undefined {
  switch (name) {
    case 'getHours':
      return nanoseconds / NANOSECONDS.h;
    case 'getMinutes':
      return nanoseconds / NANOSECONDS.m;
    case 'getSeconds':
      return nanoseconds / NANOSECONDS.s;
    case 'getMilliseconds':
      return nanoseconds / NANOSECONDS.ms;
    default:
      return undefined;
  }
}
