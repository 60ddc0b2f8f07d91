import { createRequire } from 'node:module';
import type * as Sops from '../../src/sops/index.ts';

const require = createRequire(import.meta.url);
// As built, the library is JavaScript.
const EXTENSION = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';

/** src/sops, loaded only where a cluster declares a secret, and at once, since synth waits for nothing. */
export function loadSops(): typeof Sops {
  return require(`../../src/sops/index.${EXTENSION}`) as typeof Sops;
}
