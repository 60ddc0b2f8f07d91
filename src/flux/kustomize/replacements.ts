import { isList, isObject, type Json, type JsonObject, readDocument, resolveScalar } from '../../manifest/index.ts';
import { member, withMember } from './edit.ts';
import { flag, objects, REPLACEMENT_SHAPE, strings, text } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import type { Resource } from './resource.ts';
import { type Gvk, isSelected, type ResourceId } from './resource-id.ts';
import { hasLabels, matchesGvk, parseSelector, type Selector } from './selector.ts';
import { conform } from './shape.ts';
import { parseGvk } from './transformer-config.ts';

/** One replacement: a value from one resource, or a given one, set in fields of others (types.Replacement). */
export interface Replacement {
  readonly source: Source | string;
  readonly targets: readonly Target[];
}

interface Source extends Gvk {
  readonly name: string;
  readonly namespace: string;
  readonly path: readonly string[];
  readonly options: FieldOptions;
}

interface Target {
  readonly select: Selector;
  readonly reject: readonly Selector[];
  readonly paths: readonly (readonly string[])[];
  readonly options: FieldOptions;
}

interface FieldOptions {
  readonly delimiter: string;
  readonly index: number;
  readonly create: boolean;
}

/** @param read Gives the content of a file named relative to the kustomization. */
export function parseReplacements(
  entries: readonly JsonObject[],
  read: (path: string) => Buffer,
): readonly Replacement[] {
  return entries.flatMap((entry) => {
    const path = text(entry.path);
    if (path === '') return [parseReplacement(entry)];
    if (entry.source !== undefined || entry.targets !== undefined)
      return notCovered('a replacement with a path and more');
    const value = readDocument(read(path), { file: path, dialect: 'sigs' })?.value;
    const items = isList(value) ? value : [value];
    return items.map((item) => {
      if (!isObject(item)) return notCovered('a replacement that is no map');
      const { value: replacement, problems } = conform(item, REPLACEMENT_SHAPE);
      // Here kustomize does not mind fields that it does not know.
      if (problems.some(({ problem }) => problem === 'type')) notCovered('an ill-typed replacement');
      return parseReplacement(replacement);
    });
  });
}

function parseReplacement({ source, sourceValue, targets }: JsonObject): Replacement {
  if (targets === undefined || (source === undefined) === (sourceValue === undefined)) {
    return notCovered('a replacement without a source or targets');
  }
  return {
    source: isObject(source) ? parseSource(source) : text(sourceValue),
    targets: objects(targets).map(parseTarget),
  };
}

function parseSource(source: JsonObject): Source {
  return {
    ...parseGvk(source),
    name: text(source.name),
    namespace: text(source.namespace),
    path: splitFieldPath(text(source.fieldPath) || 'metadata.name'),
    options: parseOptions(source.options),
  };
}

function parseTarget(target: JsonObject): Target {
  const { select } = target;
  if (!isObject(select)) return notCovered('a replacement whose target selects nothing');
  const reject = objects(target.reject);
  const paths = strings(target.fieldPaths);
  return {
    select: parseSelector(select),
    reject: reject.map((selector) => {
      if (text(selector.labelSelector) !== '' || text(selector.annotationSelector) !== '') {
        return notCovered('a replacement that rejects by labels');
      }
      return parseSelector(selector);
    }),
    paths: (paths.length > 0 ? paths : ['metadata.name']).map(splitFieldPath),
    options: parseOptions(target.options),
  };
}

function parseOptions(options: Json | undefined): FieldOptions {
  const given = isObject(options) ? options : {};
  return {
    delimiter: text(given.delimiter),
    index: typeof given.index === 'number' ? given.index : 0,
    create: flag(given.create),
  };
}

/** kyaml utils.SmarterPathSplitter: points within brackets do not separate, nor do those after a backslash. */
function splitFieldPath(path: string): readonly string[] {
  const parts = path.split('.');
  const unescaped: string[] = [];
  for (const part of parts) {
    const last = unescaped.at(-1);
    if (last?.endsWith('\\') === true) unescaped[unescaped.length - 1] = `${last.slice(0, -1)}.${part}`;
    else unescaped.push(part);
  }
  const result: string[] = [];
  for (let i = 0; i < unescaped.length; i++) {
    let step = unescaped[i] ?? '';
    if (step.startsWith('[') && !step.endsWith(']')) {
      while (i + 1 < unescaped.length && !step.endsWith(']')) step += `.${unescaped[++i] ?? ''}`;
      if (!step.includes('=')) step = step.replace(/^[[\]]+|[[\]]+$/g, '');
    }
    result.push(step);
  }
  return result;
}

/** replacement.Filter. */
export function applyReplacements(
  resources: readonly Resource[],
  replacements: readonly Replacement[],
): readonly Resource[] {
  return replacements.reduce((all, { source, targets }) => {
    const value = typeof source === 'string' ? source : sourceValue(all, source);
    return targets.reduce((current, target) => setInTargets(current, target, value), all);
  }, resources);
}

function sourceValue(resources: readonly Resource[], source: Source): string {
  const matches = resources.filter((resource) => idsOf(resource).some((id) => isSourceId(id, source)));
  const [only] = matches;
  if (only === undefined || matches.length > 1) return notCovered('a source that is not one resource');
  let value: Json | undefined = only.object;
  for (const step of source.path) {
    if (!isObject(value) || !isPlainStep(step)) return notCovered('a source through a list');
    value = member(value, step);
  }
  if (typeof value !== 'string' || value === '') return notCovered('a source that is no text');
  const { delimiter, index } = source.options;
  if (delimiter === '') return value;
  return value.split(delimiter)[index] ?? notCovered('an index that is out of bounds');
}

/** The ids of a resource with its namespace as it is written, '' where there is none (utils.MakeResIds). */
function idsOf(resource: Resource): readonly ResourceId[] {
  const { object } = resource;
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return [{ ...resource.id, namespace: text(metadata.namespace) }, ...resource.formerIds];
}

/** resid.ResId.IsSelectedBy: here no namespace and `default` are the same. */
function isSourceId(id: ResourceId, source: Source): boolean {
  return (
    (source.name === '' || source.name === id.name) &&
    (source.namespace === '' || source.namespace === (id.namespace || 'default')) &&
    isSelected(id, source)
  );
}

function setInTargets(resources: readonly Resource[], target: Target, value: string): readonly Resource[] {
  return resources.map((resource) => {
    const ids = idsOf(resource);
    if (!hasLabels(target.select, resource)) return resource;
    if (target.reject.some((selector) => ids.some((id) => isSelectedBy(id, selector)))) return resource;
    if (!ids.some((id) => isSelectedBy(id, target.select))) return resource;
    if (target.paths.some((path) => resource.shared.has(path.at(-1) ?? '')))
      notCovered('a label that is set once more');
    const object = target.paths.reduce<JsonObject>((current, path) => {
      const changed = setAt(current, path, value, target.options);
      return isObject(changed) ? changed : notCovered('a replacement of an object');
    }, resource.object);
    return object === resource.object ? resource : resource.with({ object });
  });
}

function isSelectedBy(id: ResourceId, selector: Selector): boolean {
  return matchesGvk(selector, id) && selector.name(id.name) && selector.namespace(id.namespace);
}

function isPlainStep(step: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(step);
}

function setAt(value: Json, path: readonly string[], to: string, options: FieldOptions): Json {
  const [step, ...rest] = path;
  if (step === undefined) return setScalar(value, to, options);
  if (isObject(value)) {
    if (!isPlainStep(step)) return notCovered(`the step ${step}`);
    const found = member(value, step);
    if (found === undefined || found === null) {
      if (!options.create || rest.some((next) => !isPlainStep(next)) || options.delimiter !== '') {
        return notCovered('a field that is not there');
      }
      return withMember(value, step, rest.length === 0 ? createdScalar(to) : setAt({}, rest, to, options));
    }
    return withMember(value, step, setAt(found, rest, to, options));
  }
  if (!isList(value)) return notCovered('a path into text');
  const match = /^\[([A-Za-z]+)=([A-Za-z0-9-]+)\]$/.exec(step);
  const isEach = step === '*';
  if (!isEach && match === null) return notCovered(`the step ${step}`);
  const [, key = '', name = ''] = match ?? [];
  const isMeant = (item: Json): boolean => {
    // The name is a pattern that may match anywhere in the text.
    const own = isObject(item) ? member(item, key) : undefined;
    return isEach || (typeof own === 'string' && own.includes(name));
  };
  if (!value.some(isMeant)) return notCovered('a list item that is not there');
  return value.map((item) => (isMeant(item) ? setAt(item, rest, to, options) : item));
}

/** The text of a scalar is set, and its type follows from that text. */
function setScalar(value: Json, to: string, { delimiter, index }: FieldOptions): Json {
  if (typeof value !== 'string') return notCovered('a replacement of what is no text');
  if (delimiter === '') return to;
  const parts = value.split(delimiter);
  if (index < 0) parts.unshift(to);
  else if (index >= parts.length) parts.push(to);
  else parts[index] = to;
  return parts.join(delimiter);
}

/** A new field has the text alone, whose type YAML tells. */
function createdScalar(to: string): Json {
  return resolveScalar({ kind: 'scalar', style: 'plain', tag: '', text: to, start: 0 }, 'kyaml').value;
}
