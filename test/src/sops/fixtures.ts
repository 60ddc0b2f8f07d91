/** The files of `fixtures/`, and the test keys that open them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Keyring } from '../../../src/sops/index.ts';
import { keyringOf } from '../../../src/sops/index.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');

export const fixturePath = (name: string): string => join(FOLDER, name);
export const fixture = (name: string): Buffer => readFileSync(fixturePath(name));

const withoutComments = (name: string) => fixture(name).toString().replaceAll(/^#.*$/gm, '');

export const identity = withoutComments('key.txt').trim();
export const postQuantumIdentity = withoutComments('key-pq.txt').trim();
export const recipient = /age1\w+/.exec(fixture('key.txt').toString())?.[0] ?? '';
export const postQuantumRecipient = /age1\w+/.exec(fixture('key-pq.txt').toString())?.[0] ?? '';

export const keyring = (): Keyring => keyringOf(`${identity} ${postQuantumIdentity}`);

export const NOW = new Date('2026-02-03T04:05:06Z');
