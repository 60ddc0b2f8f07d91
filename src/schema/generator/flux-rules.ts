/** What the rules of Flux's CustomResourceDefinitions ask for: the CRDs in imports/crds/ are kept without their texts. */

/** By rule, the end of a sentence, `spec breaks a rule: it …`. */
const MESSAGES: Readonly<Record<string, string>> = {
  // HelmRelease
  '(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))':
    'must have either chart or chartRef, and not both',
  "!has(self.retryInterval) || self.name != 'RemediateOnFailure'":
    "may not have retryInterval with the strategy 'RemediateOnFailure'",
  "!has(self.retryInterval) || self.name == 'RetryOnFailure'":
    "may have retryInterval only with the strategy 'RetryOnFailure'",
  // Kustomization and HelmRelease: kubeConfig
  'has(self.configMapRef) || has(self.secretRef)': 'must have configMapRef or secretRef',
  '!has(self.configMapRef) || !has(self.secretRef)': 'may have configMapRef or secretRef, and not both',
  // ImagePolicy
  "!has(self.interval) || (has(self.digestReflectionPolicy) && self.digestReflectionPolicy == 'Always')":
    "may have interval only with digestReflectionPolicy 'Always'",
  "has(self.interval) || !has(self.digestReflectionPolicy) || self.digestReflectionPolicy != 'Always'":
    "must have interval with digestReflectionPolicy 'Always'",
  // Provider
  "self.type == 'github' || self.type == 'gitlab' || self.type == 'gitea' || self.type == 'bitbucketserver' || self.type == 'bitbucket' || self.type == 'azuredevops' || !has(self.commitStatusExpr)":
    'may have commitStatusExpr only with a type of git provider',
  // Receiver
  "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)":
    "must have oidcProviders with the type 'generic-oidc'",
  "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0":
    "may have oidcProviders only with the type 'generic-oidc'",
  "self.type != 'generic-oidc' || !has(self.secretRef)": "may not have secretRef with the type 'generic-oidc'",
  "self.type == 'generic-oidc' || has(self.secretRef)": "must have secretRef unless its type is 'generic-oidc'",
  // ArtifactGenerator
  "has(self.pathPattern) && size(self.pathPattern) > 0 || self.artifacts.all(a, a.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'))":
    'must have artifacts whose names could be names of Kubernetes objects, unless it has a pathPattern',
  // Bucket
  "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)":
    "may have sts only with the provider 'aws' or 'generic'",
  "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'":
    "must have sts.provider 'aws' with the provider 'aws'",
  "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'":
    "must have sts.provider 'ldap' with the provider 'generic'",
  "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)":
    "may not have sts.secretRef with sts.provider 'aws'",
  "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)":
    "may not have sts.certSecretRef with sts.provider 'aws'",
  "self.provider != 'generic' || !has(self.serviceAccountName)":
    "may not have serviceAccountName with the provider 'generic'",
  '!has(self.secretRef) || !has(self.serviceAccountName)': 'may have secretRef or serviceAccountName, and not both',
  // GitRepository
  "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))":
    "may have serviceAccountName only with the provider 'azure' or 'aws'",
  // HelmChart
  "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'": 'may have verify only with a HelmRepository',
};

/** Rules with their messages. A rule that has no words here stops the generator. */
export function fluxRules(rules: unknown): unknown {
  return (rules as readonly { readonly rule: string }[]).map(({ rule }) => {
    const message = MESSAGES[rule];
    if (message === undefined) throw new Error(`flux-rules.ts says nothing of the rule ${rule}`);
    return { rule, message: `it ${message}` };
  });
}
