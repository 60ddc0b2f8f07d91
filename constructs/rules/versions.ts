import { isObject, type JsonObject } from '../../src/manifest/index.ts';
import { isFloatingTag } from './images.ts';
import { at, mapAt } from './pods.ts';
import { error, warning, type Finding, type Rule } from './rule.ts';

/** A chart or artifact whose version moves by itself: what runs changes without a commit. */
export const floatingVersion: Rule = (object) => {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || !apiVersion.includes('.fluxcd.io/')) return [];
  if (kind === 'HelmRelease') return chart(mapAt(object, ['spec', 'chart', 'spec']), '/spec/chart/spec/version');
  if (kind === 'HelmChart') return chart(mapAt(object, ['spec']), '/spec/version');
  return kind === 'OCIRepository' ? artifact(at(object, ['spec', 'ref'])) : [];
};

/** Of a repository of charts; one that lies in git or a bucket is as its source is. */
function chart({ chart: name, version, sourceRef }: JsonObject, pointer: string): Finding[] {
  if (!isObject(sourceRef) || sourceRef.kind !== 'HelmRepository' || typeof name !== 'string') return [];
  const isFloating = version === undefined || (typeof version === 'string' && /^[\s*xX]*$/.test(version));
  return isFloating
    ? [moves(`The chart ${name} has no version, so Flux installs the newest at any time.`, pointer)]
    : [];
}

function artifact(ref: unknown): Finding[] {
  const { tag, digest, semver } = isObject(ref) ? ref : {};
  if (digest !== undefined || semver !== undefined) return [];
  if (tag === undefined) return [moves('It names no tag, so Flux takes what `latest` is at the time.', '/spec/ref')];
  return typeof tag === 'string' && isFloatingTag(tag)
    ? [moves(`Its tag ${tag} may point to another artifact tomorrow.`, '/spec/ref/tag')]
    : [];
}

/** A range of versions that Flux cannot read: nothing would ever be fetched. */
export const versionRange: Rule = (object) => {
  const { apiVersion } = object;
  if (typeof apiVersion !== 'string' || !apiVersion.includes('.toolkit.fluxcd.io/')) return [];
  return rangesOf(object).flatMap((path) => {
    const range = at(object, path);
    if (typeof range !== 'string' || range.includes('${') || range.split('||').every(isRange)) return [];
    return error(
      'synth/version',
      `${JSON.stringify(range)} is no range of versions.`,
      'Write a version, such as `1.2.3`, or a range, such as `1.x`, `~1.2` or `>=1.2.0 <2.0.0`.',
      `/${path.join('/')}`,
    );
  });
};

/** Where an object has one. The version of a chart that lies in git or a bucket is not read. */
function rangesOf(object: JsonObject): readonly (readonly string[])[] {
  const ofChart = (path: readonly string[]) =>
    at(object, [...path, 'sourceRef', 'kind']) === 'HelmRepository' ? [[...path, 'version']] : [];
  switch (object.kind) {
    case 'HelmRelease':
      return ofChart(['spec', 'chart', 'spec']);
    case 'HelmChart':
      return ofChart(['spec']);
    case 'GitRepository':
    case 'OCIRepository':
      return [['spec', 'ref', 'semver']];
    case 'ImagePolicy':
      return [['spec', 'policy', 'semver', 'range']];
    default:
      return [];
  }
}

/** github.com/Masterminds/semver/v3: NewConstraint. */
const VERSION = String.raw`v?[\dxX*]+(?:\.[\dxX*]+){0,2}(?:-[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?`;
const COMPARISON = String.raw`(?:${VERSION}\s+-\s+${VERSION}|(?:=|!=|>|<|>=|=>|<=|=<|~|~>|\^)?\s*${VERSION})`;
const RANGE = new RegExp(String.raw`^\s*${COMPARISON}(?:(?:\s*,\s*|\s+)${COMPARISON})*\s*$`);

function isRange(text: string): boolean {
  return RANGE.test(text);
}

function moves(message: string, pointer: string): Finding {
  return warning('synth/floating-version', message, 'Name a version, or a digest.', pointer);
}
