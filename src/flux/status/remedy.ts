import type { Readiness } from './readiness.ts';

/** What to do about an object of Flux that is not ready, by the reason of its Ready condition. */
const REMEDIES: Readonly<Record<string, string>> = {
  // kustomize-controller (KC: api/v1/condition_types.go, fluxcd/pkg apis/meta)
  ArtifactFailed: 'Look at its source, and whether spec.path names a folder that is there.',
  BuildFailed: 'Mend what the message names and commit that; `slipway build` tells it before a push.',
  ReconciliationFailed:
    'Mend what the API server refuses and commit that; `slipway diff --live` tells it before a push.',
  PruneFailed: 'See what holds the object that cannot be deleted: a finalizer, a webhook, or missing rights.',
  HealthCheckFailed: 'Look at the objects that are not well, and why their pods do not start.',
  InvalidCELExpression: 'Mend the expression in spec.healthCheckExprs or spec.dependsOn.',
  AccessDenied: 'Refer to a source of its own namespace: the controller runs with --no-cross-namespace-refs.',
  FeatureGateDisabled: 'Take the field out of its spec, or let a controller carry it out that has it.',
  // source-controller (SC: api/v1)
  GitOperationFailed: 'See whether the repository can be reached, and whether spec.ref names something that is there.',
  AuthenticationFailed: 'Put credentials that the server takes into the Secret that spec.secretRef names.',
  OCIArtifactPullFailed: 'See whether the registry can be reached, and has what spec.ref names.',
  OCIArtifactLayerOperationFailed: 'See whether spec.layerSelector fits what the artifact has.',
  URLInvalid: 'Mend spec.url.',
  VerificationError: 'See by whom it is signed, and whether spec.verify names that key.',
  BucketOperationFailed: 'See whether the bucket can be reached, and whether its credentials are right.',
  IndexationFailed: 'See whether spec.url is a Helm repository: it must serve index.yaml.',
  StorageOperationFailed: 'See whether the disk that keeps the artifacts is full.',
  IncludeUnavailable: 'Look at the GitRepository that spec.include names.',
  ChartPullError: 'See whether the chart is there in that version: spec.chart and spec.version.',
  InvalidChartReference: 'Mend the name of the chart, or its version.',
  ChartPackageError: 'See whether the folder of the chart, and what it depends on, is whole.',
  // helm-controller (HC: api/v2/condition_types.go)
  InstallFailed:
    'See what helm says in the message; the next try is made by itself where spec.install.remediation has retries.',
  UpgradeFailed: 'See what helm says in the message, and mend spec.values or the version of the chart.',
  TestFailed: 'Look at the logs of the test pods of the chart.',
  RollbackFailed: 'See what helm says in the message; the release is neither the old one nor the new one.',
  UninstallFailed: 'See what helm says in the message; a hook of the chart may hang.',
  ValuesError: 'Look at the ConfigMaps and Secrets that spec.valuesFrom names.',
  RetriesExceeded: 'Mend spec.values or the version of the chart: a change begins the tries anew.',
};

/** One sentence; undefined where nothing need be done, or nothing is known. */
export function remedyOf({ state, reason }: Readiness): string | undefined {
  if (state === 'unattended')
    return 'Start what carries it out: `slipway sync`, or the controller of Flux for its kind.';
  if (state === 'waiting') return 'It goes on by itself once that is ready.';
  if (state !== 'failed' && state !== 'stalled') return undefined;
  return Object.hasOwn(REMEDIES, reason) ? REMEDIES[reason] : undefined;
}
