import { SlipwayError } from '../errors.ts';

export function tooLarge(what: string, limit: number): SlipwayError {
  return new SlipwayError({
    code: 'sources/too-large',
    message: `${what} is larger than the limit of ${limit} bytes.`,
    remedy: 'Keep large files out of the source, or raise the limit.',
  });
}
