/**
 * The real programs that Slipway builds, each from its Go module: what each is called and which package makes it.
 * The versions stand in go.mod beside this file, once.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '../../src/errors.ts';

export interface Program {
  readonly name: string;
  /** Import path of its main package. */
  readonly package: string;
  /** Variables that its release build sets at link time; a value of `VERSION` is the module's version. */
  readonly linkerVariables?: Readonly<Record<string, string>>;
}

export const PROGRAMS: readonly Program[] = [
  { name: 'kustomize', package: 'sigs.k8s.io/kustomize/kustomize/v5' },
  {
    name: 'helm',
    package: 'helm.sh/helm/v4/cmd/helm',
    // Charts read it as .Capabilities.HelmVersion; the source has the minor version only (helm's Makefile, LDFLAGS).
    linkerVariables: { 'helm.sh/helm/v4/internal/version.version': 'VERSION' },
  },
  { name: 'sops', package: 'github.com/getsops/sops/v3/cmd/sops' },
  { name: 'age', package: 'filippo.io/age/cmd/age' },
  { name: 'age-keygen', package: 'filippo.io/age/cmd/age-keygen' },
];

/**
 * The programs of these names; all of them where there is none.
 *
 * @throws {SlipwayError} `tools/unknown-name` (status 2), with the list of names.
 */
export function choosePrograms(names: readonly string[]): readonly Program[] {
  if (names.length === 0) return PROGRAMS;
  return names.map((name) => {
    const program = PROGRAMS.find((known) => known.name === name);
    if (program !== undefined) return program;
    throw new SlipwayError({
      code: 'tools/unknown-name',
      message: `${JSON.stringify(name)} is none of the programs that can be built.`,
      remedy: `Name some of ${PROGRAMS.map((known) => known.name).join(', ')}, or none for all of them.`,
      exitStatus: 2,
    });
  });
}

const goMod = readFileSync(join(import.meta.dirname, 'go.mod'), 'utf8');

/** Version of the module that a package belongs to, as go.mod requires it, for example `v5.8.1`. */
export function versionOf(program: Program): string {
  const required = [...goMod.matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)]
    .map(([, path = '', version = '']) => ({ path, version }))
    .filter(({ path }) => program.package === path || program.package.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (required === undefined) throw new Error(`go.mod requires no module that holds ${program.package}.`);
  return required.version;
}
