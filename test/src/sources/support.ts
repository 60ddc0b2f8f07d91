import { SlipwayError } from '../../../src/errors.ts';
import type { Json } from '../../../src/manifest/index.ts';
import { type Artifact, readStored } from '../../../src/sources/index.ts';
import { type GitRepositorySpec, parseGitRepository } from '../../../src/sources/spec.ts';

/** A GitRepository `flux-system/app` with these fields. */
export function gitRepository(url: string, spec: Readonly<Record<string, Json>> = {}): GitRepositorySpec {
  return parseGitRepository({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'app', namespace: 'flux-system' },
    spec: { url, interval: '1m', timeout: '30s', ...spec },
  });
}

/** The texts of its files, by path. */
export function filesOf({ stored }: Pick<Artifact, 'stored'>): Record<string, string> {
  const files = [...stored.entries.values()].filter(({ mode }) => mode !== 'd');
  return Object.fromEntries(files.map(({ path }) => [path, readStored(stored, path)?.toString('utf8') ?? '']));
}

/** `d`, `x` or `-` of each file and folder, by path. */
export function modesOf({ stored }: Pick<Artifact, 'stored'>): Record<string, string> {
  return Object.fromEntries([...stored.entries.values()].map(({ path, mode }) => [path, mode]));
}

export function secret(texts: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)]));
}

/** The error that a promise ends with, all its causes in its text. */
export async function failureOf(promise: Promise<unknown>): Promise<SlipwayError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
