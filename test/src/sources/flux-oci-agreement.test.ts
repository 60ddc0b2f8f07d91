import { spawn } from 'node:child_process';
import { afterAll, describe, expect, test } from '@jest/globals';
import { findBuiltTool } from '../../../src/programs.ts';
import { fetchOciRepository, openStorage, parseOciRepository, pollOciRepository } from '../../../src/sources/index.ts';
import { readFiles, temporaryFolder, writeFiles } from '../../support/folder.ts';
import { buildGoProgram } from '../../support/go-program.ts';
import { filesOf } from './support.ts';

/** Flux's own code is long to build, so only who has built source-controller gets it. */
const hasFlux = findBuiltTool('source-controller') !== undefined;
if (!hasFlux)
  process.stderr.write(
    'skipped, as source-controller is not built (npm run tools sandbox): artifacts that Flux pushed\n',
  );
const program = hasFlux ? buildGoProgram('flux-oci', 'cluster') : undefined;
const storage = openStorage(temporaryFolder());
const folder = temporaryFolder();
writeFiles(folder, {
  'a.yaml': 'a: 1\n',
  'apps/web/b.yaml': 'x'.repeat(100_000),
  '.sourceignore': 'docs/\n',
  'docs/readme.md': '',
  [`${'d'.repeat(120)}/${'f'.repeat(120)}`]: 'long',
  'ünï/c d.yaml': '',
});

async function push(): Promise<{ readonly port: string; readonly digest: string }> {
  if (program === undefined) return { port: '', digest: '' };
  const registry = spawn(program, [folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  afterAll(() => {
    registry.kill();
  });
  const line = await new Promise<string>((resolve, reject) => {
    registry.once('error', reject);
    registry.stdout.once('data', (chunk: Buffer) => {
      resolve(chunk.toString().trim());
    });
  });
  const [port = '', pushed = ''] = line.split(' ');
  return { port, digest: pushed.slice(pushed.indexOf('@') + 1) };
}

const { port, digest } = await push();

(program === undefined ? describe.skip : describe)('an artifact that Flux pushed', () => {
  test.each<Record<string, string>>([{ tag: 'v1.0.0' }, { semver: '1.x' }, { digest }])(
    'is fetched from a registry of another make by %j',
    async (ref) => {
      const spec = parseOciRepository({
        metadata: { name: 'app', namespace: 'flux-system' },
        spec: { url: `oci://127.0.0.1:${port}/org/app`, interval: '1m', ref },
      });
      const artifact = await fetchOciRepository(spec, {}, { storage });
      expect(artifact.revision).toBe('digest' in ref ? digest : `v1.0.0@${digest}`);
      expect(await pollOciRepository(spec, {})).toBe(artifact.revision);
      expect(artifact.metadata).toMatchObject({ 'org.opencontainers.image.revision': 'main@sha1:abc' });
      const kept = Object.entries(readFiles(folder)).filter(([name]) => !name.startsWith('docs/'));
      expect(filesOf(artifact)).toEqual(Object.fromEntries(kept));
    },
  );
});
