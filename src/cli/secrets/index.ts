/** `slipway secrets`: its verbs, each a thin file over src/sops/. */
import type { Verbs } from '../command.ts';

export const SECRETS: Verbs = {
  keygen: { summary: 'make an age key', load: async () => (await import('./keygen.ts')).keygen },
  add: { summary: 'make an encrypted file, or what it lacks', load: async () => (await import('./add.ts')).add },
  set: { summary: 'set one value', load: async () => (await import('./set.ts')).set },
  get: { summary: 'print one value', load: async () => (await import('./get.ts')).get },
  edit: { summary: 'edit a file in your editor', load: async () => (await import('./edit.ts')).edit },
  import: {
    summary: 'make an encrypted file of a plain Secret or .env',
    load: async () => (await import('./import.ts')).importSecret,
  },
  encrypt: { summary: 'encrypt a plain file', load: async () => (await import('./encrypt.ts')).encrypt },
  decrypt: { summary: 'print a file in plain text', load: async () => (await import('./decrypt.ts')).decrypt },
  list: { summary: 'show the files, their keys and recipients', load: async () => (await import('./list.ts')).list },
  check: {
    summary: 'look for plain text where ciphertext should be, for a pre-commit hook',
    load: async () => (await import('./check.ts')).check,
  },
  verify: {
    summary: 'check files, without a key and with one',
    load: async () => (await import('./verify.ts')).verify,
  },
  updatekeys: {
    summary: 'bring recipients in line with .sops.yaml',
    load: async () => (await import('./updatekeys.ts')).updatekeys,
  },
  rotate: { summary: 'encrypt files anew under new data keys', load: async () => (await import('./rotate.ts')).rotate },
  git: {
    summary: 'set up git diff and git merge for encrypted files',
    load: async () => (await import('./git.ts')).git,
  },
};
