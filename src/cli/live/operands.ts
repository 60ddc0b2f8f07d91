import { SlipwayError } from '../../errors.ts';
import type { Arguments } from '../command.ts';

/** @throws SlipwayError `cli/usage` where there are more */
export function atMostOne({ operands }: Arguments, command: string, example: string): string | undefined {
  const [first, second] = operands;
  if (second === undefined) return first;
  throw new SlipwayError({
    code: 'cli/usage',
    message: `\`slipway ${command}\` takes at most one object, and ${JSON.stringify(second)} is another.`,
    remedy: `For example: ${example}`,
    exitStatus: 2,
  });
}
