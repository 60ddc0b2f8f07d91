/** The formats of texts: what Go's decoders take for built-in kinds, kube-openapi's strfmt for custom ones. */
import { isIPv6 } from 'node:net';

interface Format {
  readonly fits: (text: string) => boolean;
  /** What it is, with an article. */
  readonly what: string;
  readonly example: string;
}

const DATE_TIME = /^([\d-]{10})[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const HEX_GROUPS = [8, 4, 4, 4, 12];

/** Go's time.ParseDuration. */
const GO_DURATION = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:[nuµμm]?s|m|h))+)$/;
const UNIT = /^(?:ns|nano.*|us|µs|micro.*|ms|milli.*|s|sec.*|m|min.*|h|hr|hour.*|d|day.*|w|wk|week.*)$/i;

/** Kubernetes' amounts of resources (apimachinery: pkg/api/resource, ParseQuantity). */
const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

const FORMATS: Readonly<Record<string, Format>> = {
  quantity: { fits: (text) => QUANTITY.test(text.trim()), what: 'a quantity', example: '500m, 2 or 1Gi' },
  byte: { fits: isBase64, what: 'base64', example: 'aGVsbG8=' },
  'date-time': { fits: isDateTime, what: 'a time as in RFC 3339', example: '2006-01-02T15:04:05Z' },
  date: { fits: isDate, what: 'a date', example: '2006-01-02' },
  duration: { fits: isDuration, what: 'a duration', example: '1h30m' },
  ipv4: { fits: isIPv4, what: 'an IPv4 address', example: '192.0.2.1' },
  ipv6: { fits: isPlainIPv6, what: 'an IPv6 address', example: '2001:db8::1' },
  cidr: { fits: isCidr, what: 'a range of addresses', example: '192.0.2.0/24' },
  mac: {
    fits: (text) =>
      /^(?:[\da-f]{2}([:-]))(?:[\da-f]{2}\1){4}[\da-f]{2}$/i.test(text) ||
      /^(?:[\da-f]{4}\.){2}[\da-f]{4}$/i.test(text),
    what: 'a MAC address',
    example: '00:00:5e:00:53:01',
  },
  uuid: { fits: isUuid, what: 'a UUID', example: '123e4567-e89b-12d3-a456-426614174000' },
  'k8s-short-name': {
    fits: (text) => text.length <= 63 && new RegExp(`^${LABEL}$`).test(text),
    what: 'a name of letters, digits and dashes',
    example: 'my-name',
  },
  'k8s-long-name': {
    fits: (text) => text.length <= 253 && new RegExp(`^${LABEL}(?:\\.${LABEL})*$`).test(text),
    what: 'a name of letters, digits, dashes and dots',
    example: 'my-name.example.org',
  },
};

/** Formats of numbers: the range of the Go type. */
const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** What a text should be and is not; undefined where it is, and for formats that are not known or not looked at. */
export function formatProblem(format: string, text: string): Omit<Format, 'fits'> | undefined {
  const known = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  return known === undefined || known.fits(text) ? undefined : known;
}

/** Whether a whole number is in the range of its format. */
export function inRange(format: string | undefined, value: number | bigint): boolean {
  const [low, high] = RANGES[format ?? 'int64'] ?? RANGES.int64 ?? [0n, 0n];
  if (typeof value === 'bigint') return value >= low && value <= high;
  return value >= Number(low) && value <= Number(high);
}

/** Go's encoding/json: base64 with padding; line breaks do not count. */
function isBase64(text: string): boolean {
  const plain = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text;
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
}

function isDateTime(text: string): boolean {
  return isDate(DATE_TIME.exec(text)?.[1] ?? '');
}

function isDate(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // The 30th of February is the 1st of March to JavaScript.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** strfmt takes more than Go: any number with a unit that it knows, and whatever stands around it. */
function isDuration(text: string): boolean {
  return (
    GO_DURATION.test(text) || Array.from(text.matchAll(/\d\s*([A-Za-zµ]+)/g)).some(([, unit = '']) => UNIT.test(unit))
  );
}

/** Leading zeros are no harm (utils/net: ParseIPSloppy). */
function isIPv4(text: string): boolean {
  const parts = text.split('.');
  if (parts.length !== 4) return false;
  return parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255) || isPlainIPv6(text);
}

function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isCidr(text: string): boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  return (isIPv4(address) && Number(bits) <= 32) || (isPlainIPv6(address) && Number(bits) <= 128);
}

function isUuid(text: string): boolean {
  return new RegExp(`^${HEX_GROUPS.map((length) => `[\\da-f]{${length}}`).join('-?')}$`, 'i').test(text);
}
