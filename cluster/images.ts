import fs from 'node:fs';
import { parse } from 'yaml';

/** The images that we build ourselves, with their tags; what moves them is Flux's image automation. */
const IMAGES = readImages();

/** The names of our own images. */
export const OWN_IMAGES: readonly string[] = Object.keys(IMAGES);

/** An image of our own, with the tag that images.yaml has for it. */
export function imageOf(name: string): string {
  const image = IMAGES[name];
  if (image === undefined)
    throw new Error(`cluster/images.yaml has no image ${name}; there are ${OWN_IMAGES.join(', ')}`);
  return image;
}

function readImages(): Readonly<Record<string, string>> {
  const content: unknown = parse(fs.readFileSync(new URL('images.yaml', import.meta.url), 'utf8'));
  if (typeof content !== 'object' || content === null) throw new Error('cluster/images.yaml is not a map');
  return Object.fromEntries(
    Object.entries(content).map(([name, image]) => {
      if (typeof image !== 'string') throw new Error(`cluster/images.yaml: ${name} is not an image`);
      return [name, image];
    }),
  );
}
