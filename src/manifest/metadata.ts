import { isBuiltInClusterScoped } from './cluster-scoped.ts';
import { splitApiVersion } from './identity.ts';
import { isObject, type Json, type JsonObject, jsonPointer } from './json.ts';
import { labelKeyProblem, labelValueProblem, nameProblem, nameRule } from './names.ts';

/** Something that the API server would refuse. */
export interface ManifestProblem {
  /** JSON pointer to it. */
  readonly pointer: string;
  /** A sentence. */
  readonly message: string;
}

/** UTF-8 bytes of all annotations of an object, keys and values together (apimachinery: TotalAnnotationSizeLimitB). */
const ANNOTATIONS_LIMIT = 256 * 1024;

/**
 * Names of these kinds become parts of other names, in so many characters:
 * - a CronJob's is followed by 11 more in its Jobs' names (pkg/apis/batch/validation: ValidateCronJobCreate);
 * - a Job's is the value of a label of its Pods (pkg/registry/batch/job: generateSelector).
 */
const NAME_LIMITS: Readonly<Record<string, number>> = { 'batch/CronJob': 52, 'batch/Job': 63 };

/**
 * What the API server would refuse in the metadata of an object: its name by the rule of its kind, its namespace,
 * labels and annotations (apimachinery: ValidateObjectMeta). An object with an unknown kind is held to the rule for
 * custom kinds. generateName, finalizers and ownerReferences are not looked at.
 */
export function metadataProblems(object: JsonObject): readonly ManifestProblem[] {
  const { metadata } = object;
  if (!isObject(metadata)) return [{ pointer: '/metadata', message: 'There must be metadata with a name.' }];
  const { group } = splitApiVersion(text(object.apiVersion));
  const kind = text(object.kind);
  const problems: ManifestProblem[] = [];
  const report = (path: readonly string[], subject: string, problem: string | undefined): void => {
    if (problem === undefined) return;
    problems.push({ pointer: jsonPointer(['metadata', ...path]), message: `${subject} ${problem}.` });
  };

  if (typeof metadata.name === 'string') {
    const subject = `The name ${quote(metadata.name)} of a ${kind}`;
    report(
      ['name'],
      subject,
      nameProblem(nameRule(group, kind), metadata.name) ?? derivedNameProblem(group, object, metadata.name),
    );
  } else if (metadata.generateName === undefined) {
    report(['name'], 'The name', metadata.name === undefined ? 'is missing' : 'must be text');
  }
  if (typeof metadata.namespace === 'string' && metadata.namespace !== '') {
    const clusterScoped = isBuiltInClusterScoped(group, kind);
    const problem = clusterScoped ? `must not be given: a ${kind} has none` : nameProblem('label', metadata.namespace);
    report(['namespace'], `The namespace ${quote(metadata.namespace)}`, problem);
  } else if (metadata.namespace !== undefined && metadata.namespace !== null && metadata.namespace !== '') {
    report(['namespace'], 'The namespace', 'must be text');
  }
  for (const [key, value] of entries(metadata.labels)) {
    report(['labels', key], `The label key ${quote(key)}`, labelKeyProblem(key));
    const problem = typeof value === 'string' ? labelValueProblem(value) : notText(value);
    report(['labels', key], `The value of the label ${key}`, problem);
  }
  let size = 0;
  for (const [key, value] of entries(metadata.annotations)) {
    // ValidateAnnotations: a label key, except that the case of letters does not matter.
    report(['annotations', key], `The annotation key ${quote(key)}`, labelKeyProblem(key.toLowerCase()));
    if (typeof value !== 'string') report(['annotations', key], `The annotation ${key}`, notText(value));
    else size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  const tooLarge =
    size > ANNOTATIONS_LIMIT ? `must have at most ${ANNOTATIONS_LIMIT} bytes, and have ${size}` : undefined;
  report(['annotations'], 'The annotations together', tooLarge);
  return problems;
}

function derivedNameProblem(group: string, object: JsonObject, name: string): string | undefined {
  const key = `${group}/${text(object.kind)}`;
  const spec = isObject(object.spec) ? object.spec : {};
  if (key === 'apiextensions.k8s.io/CustomResourceDefinition') {
    const plural = isObject(spec.names) ? text(spec.names.plural) : '';
    // ValidateCustomResourceDefinition: nameValidationFn
    return mustEqual(name, `${plural}.${text(spec.group)}`, '<spec.names.plural>.<spec.group>');
  }
  if (key === 'apiregistration.k8s.io/APIService') {
    // ValidateAPIService
    return mustEqual(name, `${text(spec.version)}.${text(spec.group)}`, '<spec.version>.<spec.group>');
  }
  const limit = NAME_LIMITS[key];
  if (limit === undefined || name.length <= limit || (key === 'batch/Job' && spec.manualSelector === true))
    return undefined;
  return `must have at most ${limit} characters, and has ${name.length}`;
}

function mustEqual(name: string, required: string, form: string): string | undefined {
  return name === required ? undefined : `must be ${quote(required)}, that is ${form}`;
}

/** YAML that was meant as text: `"true"` without its quotes. Go decodes null to ''. */
function notText(value: Json | undefined): string | undefined {
  return value === null ? undefined : 'must be text: put it into quotes';
}

function entries(value: Json | undefined): readonly [string, Json | undefined][] {
  return isObject(value) ? Object.entries(value).filter(([, member]) => member !== undefined) : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
