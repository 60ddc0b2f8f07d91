import { isObject, type JsonObject } from '../../src/manifest/index.ts';
import { error, warning, type Applied, type Finding, type Rule } from './rule.ts';
import { visitStrings } from './strings.ts';

const SWITCH = 'kustomize.toolkit.fluxcd.io/substitute';
/** `${NAME…}`; `$${…}` is how a manifest says that it wants the text itself (fluxcd/pkg: envsubst). */
const VARIABLE = /(?<!\$)\$\{([^}\s:=\-+/#%^,@?]*)([^}]*)\}/g;

/**
 * Text that post-build substitution would replace or choke on. Flux substitutes in every object of a Kustomization that
 * has `postBuild`, unless the object is marked; since 1.9 an unknown variable fails the build
 * (flux-semantics: kustomize_varsub.go, SubstituteVariables; gate StrictPostBuildSubstitutions).
 */
export const substitution: Rule = (object, { kustomization }) => {
  const postBuild = kustomization?.postBuild;
  if (postBuild === undefined || !isSubstituted(object, kustomization)) return [];
  const known = new Set(Object.keys(postBuild.substitute ?? {}));
  const mayComeFromElsewhere = (postBuild.substituteFrom ?? []).length > 0;
  const findings: Finding[] = [];
  visitStrings(object, (text, pointer) => {
    for (const [expression, name = '', operator = ''] of text.matchAll(VARIABLE)) {
      if (known.has(name) || operator.startsWith(':') || operator.startsWith('-') || operator.startsWith('=')) continue;
      const remedy =
        'Give the variable in `postBuild.substitute`, write `$${…}` to keep the text, or switch substitution off for this object.';
      const message = `At ${pointer}, ${expression} would be substituted, and nothing here gives ${name === '' ? 'it a value' : name}.`;
      findings.push((mayComeFromElsewhere ? warning : error)('synth/substitution', message, remedy, pointer));
    }
  });
  return findings;
};

/** Whether post-build substitution comes over an object. */
export function isSubstituted({ metadata }: JsonObject, kustomization: Applied | undefined): boolean {
  if (kustomization?.postBuild === undefined) return false;
  if (!isObject(metadata)) return true;
  return ![metadata.labels, metadata.annotations].some((map) => isObject(map) && map[SWITCH] === 'disabled');
}
