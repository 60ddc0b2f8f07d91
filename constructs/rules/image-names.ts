import { isObject, type JsonObject } from '../../src/manifest/index.ts';
import { containersOf, mapAt, nameOf, pointerTo } from './pods.ts';
import { error, type Finding, type Rule } from './rule.ts';

/**
 * Images and artifacts whose name none can have. The API server takes any text; the node then fails with
 * InvalidImageName, and Flux with every look at the registry.
 */
export const imageNames: Rule = (object) => [
  ...containersOf(object).flatMap((container) => {
    const { image: name } = container.value;
    const subject = `The container ${nameOf(container)}`;
    // pkg/apis/core/validation: validateContainerCommon
    if (name === undefined || name === null || name === '')
      return error('synth/image', `${subject} names no image.`, 'Give its `image`.', pointerTo(container, 'image'));
    return image(name, `${subject} runs`, pointerTo(container, 'image'));
  }),
  ...ofFlux(object),
];

function ofFlux(object: JsonObject): Finding[] {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || !apiVersion.includes('.toolkit.fluxcd.io/')) return [];
  const spec = mapAt(object, ['spec']);
  if (kind === 'ImageRepository') return image(spec.image, 'It looks at', '/spec/image');
  if (kind !== 'OCIRepository' || !isObject(spec.ref)) return [];
  const { tag } = spec.ref;
  return typeof tag !== 'string' || tag.includes('${') || TAG.test(tag)
    ? []
    : [wrong(`The tag ${JSON.stringify(tag)} is none that a registry can have.`, '/spec/ref/tag')];
}

function image(name: unknown, subject: string, pointer: string): Finding[] {
  // A variable stands for what is not known here.
  if (typeof name !== 'string' || name.includes('${') || IMAGE.test(name)) return [];
  return [wrong(`${subject} ${JSON.stringify(name)}, which no image can be called.`, pointer)];
}

function wrong(message: string, pointer: string): Finding {
  return error(
    'synth/image',
    message,
    'Write it like `ghcr.io/owner/name:1.2.3`: lower case up to the tag, and no space.',
    pointer,
  );
}

/** The grammar of github.com/distribution/reference, which kubelet and Flux read names by. */
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const REGISTRY = String.raw`(?:${LABEL}(?:\.${LABEL})*|\[[a-fA-F0-9:]+\])(?::\d+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*';
const TAG_TEXT = String.raw`\w[\w.-]{0,127}`;
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const IMAGE = new RegExp(`^(?:${REGISTRY}/)?${COMPONENT}(?:/${COMPONENT})*(?::${TAG_TEXT})?(?:@${DIGEST})?$`);
const TAG = new RegExp(`^${TAG_TEXT}$`);
