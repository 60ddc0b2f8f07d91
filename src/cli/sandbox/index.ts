/** `slipway sandbox`: its verbs, each a thin file over src/sandbox/. */
import type { Verbs } from '../command.ts';

export const SANDBOX: Verbs = {
  up: { summary: 'start a real control plane on this machine', load: async () => (await import('./up.ts')).upCommand },
  status: { summary: 'show what of it runs', load: async () => (await import('./status.ts')).statusCommand },
  down: { summary: 'end it and delete what it held', load: async () => (await import('./down.ts')).downCommand },
};
