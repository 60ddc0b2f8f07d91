/**
 * Schemas of Kubernetes' own kinds (release 1.35), of Flux's, and of any CustomResourceDefinition or
 * ConstraintTemplate that is given; what is
 * wrong with an object by them, and which API versions a release serves. Offline; `npm run schemas` makes the data.
 */
export { type Api, builtInApis, KUBERNETES_MINOR, type Lifecycle, lifecycleOf, servingProblem } from './apis.ts';
export { constraintProblem } from './constraint-template.ts';
export { builtInSchema, customSchemas, definesKinds, type KindSchema } from './kind-schema.ts';
export type { ProblemCode, SchemaProblem } from './problem.ts';
export { schemaStamp } from './stamp.ts';
export { validateObject, type ValidateOptions } from './validate.ts';
