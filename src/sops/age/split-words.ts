import { failure } from '../failure.ts';

/**
 * Splits a command into words as a shell would, but nothing else: quotes and backslashes, no variables, no patterns.
 *
 * @throws {SlipwayError} `sops/identity-command` where a quote is not closed.
 */
export function splitWords(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < command.length; i++) {
    const character = command.charAt(i);
    if (quote === "'") {
      if (character === "'") quote = '';
      else word = (word ?? '') + character;
    } else if (character === '\\') {
      i++;
      word = (word ?? '') + command.charAt(i);
    } else if (quote === '"') {
      if (character === '"') quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '')
    throw failure('identity-command', 'A quote in the command for identities is not closed.', { exitStatus: 3 });
  if (word !== undefined) words.push(word);
  return words;
}
