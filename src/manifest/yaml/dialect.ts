/**
 * Which of Go's readers is followed:
 * - `kyaml`: kustomize's, for resources and strategic merge patches (go.yaml.in/yaml/v3): `yes` is text, a date is a
 *   timestamp;
 * - `sigs`: sigs.k8s.io/yaml (go.yaml.in/yaml/v2), for kustomization.yaml files, JSON 6902 patches, what Flux has
 *   substituted variables in, and Helm values: `yes` is true, a date is text, and so is a key of any type.
 */
export type YamlDialect = 'kyaml' | 'sigs';
