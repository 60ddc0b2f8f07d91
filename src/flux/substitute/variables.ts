import { SlipwayError } from '../../errors.ts';
import { isList, isObject, type JsonObject } from '../../manifest/index.ts';

/** A ConfigMap or Secret that spec.postBuild.substituteFrom names, in the namespace of the Kustomization. */
export interface VariableSource {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** Then it need not exist. */
  readonly optional: boolean;
}

/** spec.postBuild of a Kustomization, parsed. */
export interface PostBuild {
  readonly substituteFrom: readonly VariableSource[];
  /** Overrides what comes from substituteFrom. */
  readonly substitute: ReadonlyMap<string, string>;
  /** `Always` substitutes even where no variable is set, for the sake of defaults in the text. */
  readonly strategy: 'WithVariables' | 'Always';
}

/**
 * spec.postBuild of a Kustomization, undefined where it has none: then nothing is substituted.
 *
 * @throws SlipwayError `flux/bad-post-build`
 */
export function parsePostBuild(kustomization: JsonObject): PostBuild | undefined {
  const spec = isObject(kustomization.spec) ? kustomization.spec : {};
  const { postBuild } = spec;
  if (postBuild === undefined || postBuild === null) return undefined;
  if (!isObject(postBuild)) throw bad('spec.postBuild must be a map.');
  const { substitute = {}, substituteFrom = [], substituteStrategy = 'WithVariables' } = postBuild;
  if (substitute !== null && !isObject(substitute)) throw bad('spec.postBuild.substitute must be a map.');
  if (substituteFrom !== null && !isList(substituteFrom)) throw bad('spec.postBuild.substituteFrom must be a list.');
  return {
    substituteFrom: (substituteFrom ?? []).map(parseSource),
    substitute: new Map(Object.entries(substitute ?? {}).map(([name, value]) => [name, parseValue(name, value)])),
    strategy: substituteStrategy === 'Always' ? 'Always' : 'WithVariables',
  };
}

function parseValue(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw bad(`spec.postBuild.substitute.${name} must be text: put it into quotes.`);
}

function parseSource(source: unknown): VariableSource {
  if (
    isObject(source) &&
    typeof source.name === 'string' &&
    (source.kind === 'ConfigMap' || source.kind === 'Secret')
  ) {
    return { kind: source.kind, name: source.name, optional: source.optional === true };
  }
  throw bad('Each of spec.postBuild.substituteFrom needs a name and a kind, ConfigMap or Secret.');
}

function bad(message: string): SlipwayError {
  return new SlipwayError({ code: 'flux/bad-post-build', message });
}

/**
 * The variables of a Kustomization (fluxcd/pkg kustomize: LoadVariables, SubstituteVariables): those of each source in
 * order, then the ones in line, where later ones win. All line breaks are taken out of the values.
 *
 * @param read Gives the decoded data of a ConfigMap or Secret, undefined where it does not exist.
 * @throws SlipwayError `flux/no-variable-source`, `flux/bad-variable-name`
 */
export function loadVariables(
  postBuild: PostBuild,
  read: (source: VariableSource) => ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const source of postBuild.substituteFrom) {
    const data = read(source);
    if (data === undefined && !source.optional) {
      throw new SlipwayError({
        code: 'flux/no-variable-source',
        message: `The ${source.kind} ${source.name}, from which variables are to come, does not exist.`,
        remedy: 'Create it, or mark the reference as optional: true.',
      });
    }
    for (const [name, value] of data ?? []) variables.set(name, value.replaceAll('\n', ''));
  }
  for (const [name, value] of postBuild.substitute) variables.set(name, value.replaceAll('\n', ''));
  for (const name of variables.keys()) checkName(name);
  return variables;
}

/** kustomize_varsub.go: varsubRegex, of which one bad name fails the whole Kustomization. */
function checkName(name: string): void {
  if (/^[_A-Za-z][_A-Za-z0-9]*$/.test(name)) return;
  throw new SlipwayError({
    code: 'flux/bad-variable-name',
    message: `${JSON.stringify(name)} is no name for a variable: letters, digits and _ only, no digit first.`,
    remedy: 'Rename it, or name another ConfigMap or Secret in substituteFrom: every key of one becomes a variable.',
  });
}
