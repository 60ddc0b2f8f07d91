import { SlipwayError } from './errors.ts';
import { compileRe2, type Pattern } from './re2.ts';

/**
 * Versions and version ranges as Flux and Helm read them: github.com/Masterminds/semver/v3. Npm's ranges differ from it
 * (commas, `!=`, what `~1` and `>1.2` mean, when a pre-release counts), so its library would not do.
 */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Without the dash; '' for a release. */
  readonly prerelease: string;
  /** As it was written, with its `v` and its build metadata. */
  readonly original: string;
}

export interface VersionRange {
  /** Any of the groups must hold, and in a group every comparison. */
  readonly groups: readonly RangeGroup[];
}

interface RangeGroup {
  /** A pre-release is in the range only where one of the group's comparisons names a pre-release. */
  readonly prereleases: boolean;
  readonly comparisons: readonly Comparison[];
}

interface Comparison {
  readonly operator: string;
  readonly version: Version;
  /** The version has a part that is missing or `x`; which of them is first. */
  readonly open: 'major' | 'minor' | 'patch' | undefined;
}

const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_RANGE_BYTES = 512;
const MAX_GROUPS = 32;

const SUFFIXES = String.raw`(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?`;
const VERSION = String.raw`v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?${SUFFIXES}`;
const RANGE_VERSION = String.raw`v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?${SUFFIXES}`;
const OPERATOR = String.raw`=||!=|>|<|>=|=>|<=|=<|~|~>|\^`;

// Compiled by RE2, since ranges come from a cluster's users and JavaScript's engine would need exponential time for some.
const PATTERNS = {
  version: `^${VERSION}$`,
  comparison: String.raw`^\s*(${OPERATOR})\s*(${RANGE_VERSION})\s*$`,
  findComparison: String.raw`(${OPERATOR})\s*(${RANGE_VERSION})`,
  hyphenRange: String.raw`\s*(${RANGE_VERSION})\s+-\s+(${RANGE_VERSION})\s*`,
  group: String.raw`^(\s*(${OPERATOR})\s*(${RANGE_VERSION})\s*)((?:\s+|,\s*)(${OPERATOR})\s*(${RANGE_VERSION})\s*)*$`,
};

const compiled = new Map<string, Pattern>();

/** Compiling takes long enough to wait until a version is asked for. */
function pattern(name: keyof typeof PATTERNS): Pattern {
  const known = compiled.get(name) ?? compileRe2(PATTERNS[name]);
  compiled.set(name, known);
  return known;
}

/** semver.NewVersion; `undefined` where it is no version. `v` in front and missing parts are let pass. */
export function parseVersion(text: string): Version | undefined {
  const parts = pattern('version').matcher(text);
  if (!parts.matches()) return undefined;
  const numbers = [1, 2, 3].map((group) => BigInt((parts.group(group) ?? '').replace('.', '') || '0'));
  const [major = 0n, minor = 0n, patch = 0n] = numbers;
  const prerelease = parts.group(5) ?? '';
  const hasLeadingZero = prerelease.split('.').some((part) => /^0[0-9]+$/.test(part));
  if (hasLeadingZero || numbers.some((number) => number > MAX_UINT64)) return undefined;
  return { major, minor, patch, prerelease, original: text };
}

/** fluxcd/pkg version.ParseVersion: as {@link parseVersion}, but all three numbers must be there. */
export function parseFullVersion(text: string): Version | undefined {
  return text.split('.').length < 3 ? undefined : parseVersion(text);
}

/** By precedence; build metadata does not count. */
export function compareVersions(left: Version, right: Version): number {
  for (const part of ['major', 'minor', 'patch'] as const) {
    if (left[part] !== right[part]) return left[part] < right[part] ? -1 : 1;
  }
  if (left.prerelease === right.prerelease) return 0;
  if (left.prerelease === '') return 1;
  if (right.prerelease === '') return -1;
  return comparePrereleases(left.prerelease, right.prerelease);
}

function comparePrereleases(left: string, right: string): number {
  const lefts = left.split('.');
  const rights = right.split('.');
  for (let index = 0; index < Math.max(lefts.length, rights.length); index += 1) {
    const order = comparePrereleaseParts(lefts[index] ?? '', rights[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function comparePrereleaseParts(left: string, right: string): number {
  if (left === right) return 0;
  if (left === '') return -1;
  if (right === '') return 1;
  const [leftNumber, rightNumber] = [left, right].map((part) => {
    const number = /^[0-9]+$/.test(part) ? BigInt(part) : undefined;
    return number !== undefined && number <= MAX_UINT64 ? number : undefined;
  });
  if (leftNumber === undefined && rightNumber === undefined) return left < right ? -1 : 1;
  if (leftNumber === undefined) return 1;
  if (rightNumber === undefined) return -1;
  return leftNumber < rightNumber ? -1 : 1;
}

/**
 * semver.NewConstraint.
 *
 * @throws SlipwayError `sources/semver-invalid`.
 */
export function parseVersionRange(text: string): VersionRange {
  const groups = Buffer.byteLength(text) > MAX_RANGE_BYTES ? [] : rewriteHyphenRanges(text).split('||');
  const parsed = groups.map((group) => parseGroup(group));
  if (groups.length === 0 || groups.length > MAX_GROUPS || !parsed.every((group) => group !== undefined)) {
    throw new SlipwayError({
      code: 'sources/semver-invalid',
      message: `${JSON.stringify(text.slice(0, 80))} is not a range of versions.`,
      remedy: "Write it as Masterminds/semver reads it, for example '>=1.2.0 <2.0.0', '1.x' or '~1.4'.",
    });
  }
  return { groups: parsed };
}

function rewriteHyphenRanges(text: string): string {
  let rewritten = text;
  const found = pattern('hyphenRange').matcher(text);
  while (found.find()) {
    const comparisons = `>= ${found.group(1) ?? ''}, <= ${found.group(11) ?? ''} `;
    rewritten = rewritten.replace(found.group() ?? '', () => comparisons);
  }
  return rewritten;
}

function parseGroup(text: string): RangeGroup | undefined {
  if (!pattern('group').matcher(text).matches()) return undefined;
  const comparisons: Comparison[] = [];
  const found = pattern('findComparison').matcher(text);
  while (found.find()) {
    const comparison = parseComparison(found.group() ?? '');
    if (comparison === undefined) return undefined;
    comparisons.push(comparison);
  }
  return { prereleases: comparisons.some(({ version }) => version.prerelease !== ''), comparisons };
}

function parseComparison(text: string): Comparison | undefined {
  const parts = pattern('comparison').matcher(text);
  if (!parts.matches()) return undefined;
  const [, operator = '', written = '', major = '', minor = '', patch = '', prerelease = ''] = Array.from(
    { length: 7 },
    (_, group) => parts.group(group) ?? '',
  );
  const isOpen = (part: string) => ['', 'x', 'X', '*'].includes(part.replace('.', ''));
  const [open, full] = isOpen(major)
    ? (['major', `0.0.0${prerelease}`] as const)
    : isOpen(minor)
      ? (['minor', `${major}.0.0${prerelease}`] as const)
      : isOpen(patch)
        ? (['patch', `${major}${minor}.0${prerelease}`] as const)
        : ([undefined, written] as const);
  const version = parseVersion(full);
  return version && { operator, version, open };
}

export function isInRange(version: Version, range: VersionRange): boolean {
  return range.groups.some(
    ({ prereleases, comparisons }) =>
      (prereleases || version.prerelease === '') && comparisons.every((comparison) => holds(version, comparison)),
  );
}

function holds(version: Version, { operator, version: bound, open }: Comparison): boolean {
  const order = compareVersions(version, bound);
  switch (operator) {
    case '!=':
      return differs(version, bound, open, order);
    case '>':
      return isGreater(version, bound, open, order);
    case '<':
      return order < 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '<=':
    case '=<':
      return isAtMost(version, bound, open, order);
    case '~':
    case '~>':
      return isCloseTo(version, bound, open, order);
    case '^':
      return isCompatible(version, bound, open, order);
    default:
      return open === undefined ? order === 0 : isCloseTo(version, bound, open, order);
  }
}

type Open = Comparison['open'];

function differs(version: Version, bound: Version, open: Open, order: number): boolean {
  if (open === undefined) return order !== 0;
  if (version.major !== bound.major) return true;
  if (open === 'minor') return false;
  if (version.minor !== bound.minor) return true;
  if (open === 'patch') return version.prerelease !== bound.prerelease;
  return version.patch !== bound.patch || version.prerelease !== bound.prerelease;
}

/** `>11` means 12 or more, and `>11.1` means 11.2 or more. */
function isGreater(version: Version, bound: Version, open: Open, order: number): boolean {
  if (open === undefined) return order > 0;
  if (version.major !== bound.major) return version.major > bound.major;
  if (open === 'minor') return false;
  if (open === 'patch') return version.minor > bound.minor;
  return order > 0;
}

function isAtMost(version: Version, bound: Version, open: Open, order: number): boolean {
  if (open === undefined) return order <= 0;
  if (version.major !== bound.major) return version.major < bound.major;
  return version.minor <= bound.minor || open === 'minor';
}

function isCloseTo(version: Version, bound: Version, open: Open, order: number): boolean {
  if (order < 0) return false;
  const isZero = bound.major === 0n && bound.minor === 0n && bound.patch === 0n;
  if (isZero && open !== 'minor' && open !== 'patch') return true;
  return version.major === bound.major && (version.minor === bound.minor || open === 'minor');
}

function isCompatible(version: Version, bound: Version, open: Open, order: number): boolean {
  if (order < 0) return false;
  if (bound.major > 0n || open === 'minor') return version.major === bound.major;
  if (version.major > 0n) return false;
  if (bound.minor > 0n || open === 'patch') return version.minor === bound.minor;
  return version.minor === 0n && version.patch === bound.patch;
}
