/**
 * The real programs that Slipway builds, each from its Go module: what each is called and which package makes it.
 * The versions stand in the go.mod files, once. There are two, each one dependency set: the programs of the command
 * line keep clear of what Kubernetes and Flux's controllers require, so they are closer to their own releases.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '../../src/errors.ts';

export interface Program {
  readonly name: string;
  /** Import path of its main package. */
  readonly package: string;
  /** Folder of the go.mod that it is built from. */
  readonly module: string;
  /** Variables that its release build sets at link time, given its version. */
  readonly linkerVariables?: (version: string) => Readonly<Record<string, string>>;
}

const COMMAND_LINE = import.meta.dirname;
const CLUSTER = join(import.meta.dirname, 'cluster');

/** What renders and encrypts: built where no name is given. */
const DEFAULT_PROGRAMS: readonly Program[] = [
  { name: 'kustomize', package: 'sigs.k8s.io/kustomize/kustomize/v5', module: COMMAND_LINE },
  {
    name: 'helm',
    package: 'helm.sh/helm/v4/cmd/helm',
    module: COMMAND_LINE,
    // Charts read it as .Capabilities.HelmVersion; the source has the minor version only (helm's Makefile, LDFLAGS).
    linkerVariables: (version) => ({ 'helm.sh/helm/v4/internal/version.version': version }),
  },
  { name: 'sops', package: 'github.com/getsops/sops/v3/cmd/sops', module: COMMAND_LINE },
  { name: 'age', package: 'filippo.io/age/cmd/age', module: COMMAND_LINE },
  { name: 'age-keygen', package: 'filippo.io/age/cmd/age-keygen', module: COMMAND_LINE },
];

/** A control plane and Flux's controllers: built by name, or all of them as `sandbox`. */
const SANDBOX_PROGRAMS: readonly Program[] = [
  { name: 'etcd', package: 'go.etcd.io/etcd/server/v3', module: CLUSTER },
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'].map((name) => ({
    name,
    package: `k8s.io/kubernetes/cmd/${name}`,
    module: CLUSTER,
    linkerVariables: kubernetesVersion,
  })),
  ...['source-controller', 'kustomize-controller', 'helm-controller'].map((name) => ({
    name,
    package: `github.com/fluxcd/${name}`,
    module: CLUSTER,
  })),
  { name: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', module: CLUSTER },
];

const PROGRAMS = [...DEFAULT_PROGRAMS, ...SANDBOX_PROGRAMS];

/** Charts and clients ask the API server for its version; the source has none (Kubernetes' hack/lib/version.sh). */
function kubernetesVersion(version: string): Readonly<Record<string, string>> {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((place) =>
      Object.entries(variables).map(([name, value]) => [`${place}.${name}`, value]),
    ),
  );
}

/**
 * The programs of these names, where `sandbox` is all of a sandbox; the default ones where there is none.
 *
 * @throws {SlipwayError} `tools/unknown-name` (status 2), with the list of names.
 */
export function choosePrograms(names: readonly string[]): readonly Program[] {
  if (names.length === 0) return DEFAULT_PROGRAMS;
  return names.flatMap((name) => {
    if (name === 'sandbox') return SANDBOX_PROGRAMS;
    const program = PROGRAMS.find((known) => known.name === name);
    if (program !== undefined) return program;
    throw new SlipwayError({
      code: 'tools/unknown-name',
      message: `${JSON.stringify(name)} is none of the programs that can be built.`,
      remedy:
        `Name some of ${PROGRAMS.map((known) => known.name).join(', ')}; or sandbox, for what a sandbox takes; ` +
        `or none, for ${DEFAULT_PROGRAMS.map((known) => known.name).join(', ')}.`,
      exitStatus: 2,
    });
  });
}

/** Version of the module that a package belongs to, as go.mod requires it, for example `v5.8.1`. */
export function versionOf(program: Program): string {
  const goMod = readFileSync(join(program.module, 'go.mod'), 'utf8');
  const required = [...goMod.matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)]
    .map(([, path = '', version = '']) => ({ path, version }))
    .filter(({ path }) => program.package === path || program.package.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (required === undefined) throw new Error(`go.mod requires no module that holds ${program.package}.`);
  return required.version;
}
