import { isList, isObject, type Json, type JsonObject, readDocument } from '../../manifest/index.ts';
import { compileRe2 } from '../../re2.ts';
import { withMember } from './edit.ts';
import { type FieldSpec, setField } from './field-spec.ts';
import { text } from './kustomization.ts';
import { notCovered } from './not-covered.ts';
import type { Resource } from './resource.ts';

/** An entry of `images` (types.Image). */
export interface Image {
  readonly isNamed: (reference: string) => boolean;
  readonly newName: string;
  readonly newTag: string;
  readonly tagSuffix: string;
  readonly digest: string;
}

export function parseImage({ name, newName, newTag, tagSuffix, digest }: JsonObject): Image {
  return {
    isNamed: named(text(name)),
    newName: text(newName),
    newTag: text(newTag),
    tagSuffix: text(tagSuffix),
    digest: text(digest),
  };
}

const TAG_AND_DIGEST = '(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?';

/** image.IsImageMatched: the name is a part of a pattern, and not quoted in it. */
function named(name: string): Image['isNamed'] {
  // Nearly every name: JavaScript means the same by it, but for the dot, and is quicker to start.
  if (/^[\w./:@-]*$/.test(name)) {
    const pattern = new RegExp(`^${name.replaceAll('.', '[^\\n]')}${TAG_AND_DIGEST}$`, 'u');
    return (reference) => pattern.test(reference);
  }
  try {
    const pattern = compileRe2(`^${name}${TAG_AND_DIGEST}$`);
    return (reference) => pattern.matcher(reference).find();
  } catch {
    return notCovered('a pattern that cannot be read');
  }
}

/**
 * `images`: the image of each item of any list called `containers` or `initContainers`, and what the configuration names
 * besides (ImageTagTransformer, filters/imagetag). Of a CustomResourceDefinition nothing is changed.
 */
export function setImage(
  resources: readonly Resource[],
  image: Image,
  specs: readonly FieldSpec[],
): readonly Resource[] {
  const set = (value: Json | undefined): Json => replaced(value ?? null, image);
  return resources.map((resource) => {
    if (resource.object.kind === 'CustomResourceDefinition') return resource;
    const walked = inContainers(resource.object, set);
    if (!isObject(walked)) return resource;
    // Nothing is made where it is missing, whatever a spec says: the filter is told of no kind to make.
    const object = specs.reduce((all, spec) => setField(all, { ...spec, create: false }, set), walked);
    return object === resource.object ? resource : resource.with({ object });
  });
}

/** imagetag.LegacyFilter. */
function inContainers(value: Json, set: (image: Json) => Json): Json {
  if (isList(value)) {
    const items = value.map((item) => inContainers(item, set));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  return Object.entries(value).reduce<JsonObject>((all, [key, member]) => {
    const walked = inContainers(member ?? null, set);
    const isContainers = key === 'containers' || key === 'initContainers';
    const next = isContainers && isList(walked) ? walked.map((item) => withImage(item, set)) : walked;
    const isSame = isList(next) && isList(walked) && next.every((item, at) => item === walked[at]);
    return withMember(all, key, isSame ? walked : next);
  }, value);
}

function withImage(container: Json, set: (image: Json) => Json): Json {
  if (container === null) return container;
  if (!isObject(container)) return notCovered('a container that is no map');
  return Object.hasOwn(container, 'image') ? withMember(container, 'image', set(container.image ?? null)) : container;
}

/** How an image may be written that is null. */
const NULLS = ['', '~', 'null', 'Null', 'NULL'];

/** imageTagUpdater.SetImageValue. */
function replaced(value: Json, { isNamed, newName, newTag, tagSuffix, digest: newDigest }: Image): Json {
  if (value === null) return NULLS.some(isNamed) ? notCovered('an image that is null') : value;
  if (typeof value !== 'string') return notCovered('an image that is no text');
  if (!isNamed(value)) return value;
  const { name, tag, digest } = split(value);
  const isTagKept = newTag === '' && newDigest === '' && tagSuffix === '';
  const [ownTag, ownDigest] = isTagKept
    ? [tag, digest]
    : newTag !== '' || newDigest !== ''
      ? [newTag, newDigest]
      : [tag + tagSuffix, ''];
  const named = newName === '' ? name : newName;
  const result = `${named}${ownTag === '' ? '' : `:${ownTag}`}${ownDigest === '' ? '' : `@${ownDigest}`}`;
  // It has no type of its own any more: what it is depends on whether it stands in quotes.
  return result === value || isPlainText(result) ? result : notCovered('an image that reads as no text');
}

function isPlainText(value: string): boolean {
  try {
    return readDocument(value, { dialect: 'kyaml' })?.value === value;
  } catch {
    return false;
  }
}

/** image.Split. */
function split(reference: string): { readonly name: string; readonly tag: string; readonly digest: string } {
  const slash = Math.max(reference.indexOf('/'), 0);
  const at = reference.indexOf('@', slash);
  const colon = reference.indexOf(':', slash);
  if (at < 0 && colon < 0) return { name: reference, tag: '', digest: '' };
  if (at >= 0 && (at < colon || colon < 0)) {
    return { name: reference.slice(0, at), tag: '', digest: reference.slice(at + 1) };
  }
  const end = at < 0 ? reference.length : at;
  return { name: reference.slice(0, colon), tag: reference.slice(colon + 1, end), digest: reference.slice(end + 1) };
}
