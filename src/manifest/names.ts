/** The API server's rules for names, label keys and label values (k8s.io/apimachinery: pkg/api/validate/content). */

/**
 * Which rule the name of an object follows:
 * - `subdomain`: most kinds, every custom kind among them (NameIsDNSSubdomain);
 * - `label`: NameIsDNSLabel; `service`: NameIsDNS1035Label;
 * - `path-segment`: whatever can stand in a URL (IsPathSegmentName), which every name must be.
 */
export type NameRule = 'subdomain' | 'label' | 'service' | 'path-segment';

/** Kinds that differ from the rest, by `group/kind`. */
const RULES: Readonly<Record<string, NameRule>> = {
  '/Namespace': 'label',
  '/Service': 'service',
  'apps/StatefulSet': 'label',
  'apiregistration.k8s.io/APIService': 'path-segment',
  'certificates.k8s.io/CertificateSigningRequest': 'path-segment',
  'certificates.k8s.io/ClusterTrustBundle': 'path-segment',
  'networking.k8s.io/IPAddress': 'path-segment',
  'rbac.authorization.k8s.io/ClusterRole': 'path-segment',
  'rbac.authorization.k8s.io/ClusterRoleBinding': 'path-segment',
  'rbac.authorization.k8s.io/Role': 'path-segment',
  'rbac.authorization.k8s.io/RoleBinding': 'path-segment',
};

export function nameRule(group: string, kind: string): NameRule {
  return RULES[`${group}/${kind}`] ?? 'subdomain';
}

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const DNS_1035_LABEL = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_PART = /^[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$/;

/** Why the API server would refuse this name, as the rest of a sentence that begins with it; undefined if it would not. */
export function nameProblem(rule: NameRule, name: string): string | undefined {
  if (name === '') return 'must not be empty';
  switch (rule) {
    case 'subdomain':
      return (
        tooLong(name, 253) ??
        unless(
          SUBDOMAIN.test(name),
          "must be lower-case letters, digits, '-' and '.', with a letter or digit at either end of each part",
        )
      );
    case 'label':
      return (
        tooLong(name, 63) ??
        unless(DNS_LABEL.test(name), "must be lower-case letters, digits and '-', with a letter or digit at either end")
      );
    case 'service':
      return (
        tooLong(name, 63) ??
        unless(
          DNS_1035_LABEL.test(name),
          "must be lower-case letters, digits and '-', with a letter first and a letter or digit last",
        )
      );
    case 'path-segment':
      if (name === '.' || name === '..') return "must not be '.' or '..'";
      return unless(!/[/%]/.test(name), "must not hold '/' or '%'");
  }
}

/** Why this is no label key (IsLabelKey): an optional DNS subdomain and '/', then a name of at most 63 characters. */
export function labelKeyProblem(key: string): string | undefined {
  const [first = '', second, ...rest] = key.split('/');
  if (rest.length > 0) return "must have at most one '/'";
  const [prefix, name] = second === undefined ? [undefined, first] : [first, second];
  if (prefix !== undefined) {
    const problem = nameProblem('subdomain', prefix);
    if (problem !== undefined) return `has a prefix that ${problem}`;
  }
  if (name === '') return 'must not be empty';
  const problem = tooLong(name, 63) ?? qualifiedPartProblem(name);
  return problem === undefined || prefix === undefined ? problem : `has a name after the '/' that ${problem}`;
}

/** Why this is no label value (IsLabelValue). */
export function labelValueProblem(value: string): string | undefined {
  return value === '' ? undefined : (tooLong(value, 63) ?? qualifiedPartProblem(value));
}

function qualifiedPartProblem(text: string): string | undefined {
  return unless(
    QUALIFIED_PART.test(text),
    "must be letters, digits, '-', '_' and '.', with a letter or digit at either end",
  );
}

/** Go counts bytes. Every rule allows ASCII only, so the difference never decides. */
function tooLong(text: string, limit: number): string | undefined {
  return unless(text.length <= limit, `must have at most ${limit} characters, and has ${text.length}`);
}

function unless(holds: boolean, problem: string): string | undefined {
  return holds ? undefined : problem;
}
