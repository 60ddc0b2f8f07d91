/** What kustomize-controller's flags and feature gates say (KC: main.go, internal/features). */
export interface Policy {
  /** `--no-cross-namespace-refs`. */
  readonly noCrossNamespaceRefs: boolean;
  /** `--override-manager`: field managers whose fields are taken over, as those of kubectl are. */
  readonly overrideManagers: readonly string[];
  /** `--custom-apply-stage-kinds`: kinds as `group/Kind`, `Kind` alone in the core group, applied before most others. */
  readonly customApplyStageKinds: readonly string[];
  /** `AdditiveCELDependencyCheck`: a `readyExpr` is asked besides whether the dependency is ready, and not instead. */
  readonly additiveReadyExpr: boolean;
  /** Not `DisableFailFastBehavior`: the wait for health ends with the first object that has failed. */
  readonly failFast: boolean;
  /** `StrictPostBuildSubstitutions`: a variable that has neither a value nor a default is an error, and not empty. */
  readonly strictSubstitutions: boolean;
  /** `MigrateAPIVersion`: what others' fields are written down in is made the version that is applied, before that. */
  readonly migrateApiVersion: boolean;
  /** `--interval-jitter-percentage`: how much an interval may be longer or shorter than it says, so that not all end at once. */
  readonly intervalJitter: number;
  /** `--sops-age-secret`: the Secret whose age keys open what a Kustomization without a `decryption.secretRef` decrypts. */
  readonly sopsAgeSecret: { readonly namespace: string; readonly name: string } | undefined;
  /** `--default-kubeconfig-service-account`: whose token a `kubeConfig.configMapRef` takes that names none; '' where there is none. */
  readonly kubeConfigServiceAccount: string;
  /** Not of Flux, which verifies no MAC: one that is missing or wrong is told of, and no reason to refuse. */
  readonly allowBrokenMac: boolean;
}

/** fluxcd/pkg runtime/jitter: an interval in milliseconds, and up to so many percent more or less. */
export function jittered(interval: number, { intervalJitter }: Policy, random: () => number = Math.random): number {
  return interval * (1 + (intervalJitter / 100) * (2 * random() - 1));
}

/** What Flux does where nobody asks for anything else. */
export const DEFAULT_POLICY: Policy = {
  noCrossNamespaceRefs: false,
  overrideManagers: [],
  customApplyStageKinds: [],
  additiveReadyExpr: false,
  failFast: true,
  strictSubstitutions: true,
  migrateApiVersion: false,
  intervalJitter: 5,
  sopsAgeSecret: undefined,
  kubeConfigServiceAccount: '',
  allowBrokenMac: false,
};
