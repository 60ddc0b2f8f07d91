import { isObject, type JsonObject } from '../../src/manifest/index.ts';
import { isFloatingTag } from './images.ts';
import { at, mapAt } from './pods.ts';
import { warning, type Finding, type Rule } from './rule.ts';

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

function moves(message: string, pointer: string): Finding {
  return warning('synth/floating-version', message, 'Name a version, or a digest.', pointer);
}
