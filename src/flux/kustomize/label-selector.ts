import { notCovered } from './not-covered.ts';

/** The requirements of a label selector, all of which must hold; of an empty selector there are none. */
export type LabelSelector = readonly ((labels: ReadonlyMap<string, string>) => boolean)[];

const KEY = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?`;
const VALUE = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?`;

const REQUIREMENT = new RegExp(
  String.raw`^\s*(?:(?<absent>!)\s*(?<missing>${KEY})|(?<key>${KEY})(?:\s*(?<operator>==?|!=)\s*(?<value>${VALUE})|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?)\s*(?:,|$)`,
);

/**
 * A label selector, such as `a=b,c!=d,e in (x, y),!f` (k8s.io/apimachinery: labels.Parse). A label that is missing
 * satisfies `!=` and `notin`.
 *
 * @throws NotCovered for one that is not well-formed, and for `<` and `>`.
 */
export function parseLabelSelector(selector: string): LabelSelector {
  const requirements: ((labels: ReadonlyMap<string, string>) => boolean)[] = [];
  let rest = selector.trim();
  while (rest !== '') {
    const match = REQUIREMENT.exec(rest);
    if (match?.groups === undefined) return notCovered(`the label selector ${JSON.stringify(selector)}`);
    requirements.push(parseRequirement(match.groups));
    const next = rest.slice(match[0].length);
    if (next === '' && match[0].trimEnd().endsWith(',')) return notCovered('a label selector that ends with a comma');
    rest = next;
  }
  return requirements;
}

function parseRequirement({
  missing,
  key = '',
  operator,
  value = '',
  set,
  values = '',
}: Record<string, string | undefined>) {
  if (missing !== undefined) return (labels: ReadonlyMap<string, string>) => !labels.has(missing);
  if (operator === undefined && set === undefined) return (labels: ReadonlyMap<string, string>) => labels.has(key);
  const wanted = set === undefined ? [value] : values.split(',').map((item) => item.trim());
  const isOneOf = operator !== '!=' && set !== 'notin';
  return (labels: ReadonlyMap<string, string>) => {
    const found = labels.get(key);
    return isOneOf ? found !== undefined && wanted.includes(found) : found === undefined || !wanted.includes(found);
  };
}
