import { SlipwayError } from '../errors.ts';

/**
 * Names of what is rendered become names of files: one that leads elsewhere is refused, as the API server refuses it
 * (apimachinery: IsValidPathSegmentName).
 *
 * @throws SlipwayError `render/bad-name`
 */
export function checkNames({ namespace, name }: { readonly namespace: string; readonly name: string }): void {
  const wrong = [namespace, name].find((part) => part === '' || part === '.' || part === '..' || /[/\\%\0]/.test(part));
  if (wrong === undefined) return;
  throw new SlipwayError({
    code: 'render/bad-name',
    message: `${JSON.stringify(wrong)} is no name that an object can have.`,
    remedy: 'Give the object another name and namespace: lower case letters, digits and dashes.',
  });
}
