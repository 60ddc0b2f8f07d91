import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SlipwayError } from '../../../src/errors.ts';
import { isObject, type Json } from '../../../src/manifest/index.ts';
import { findBuiltTool } from '../../../src/programs.ts';
import { fetchGitRepository, type GitArtifact, openStorage } from '../../../src/sources/index.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { gitHost, GitWork } from '../../support/git-repository.ts';
import { buildGoProgram } from '../../support/go-program.ts';
import { gitRepository } from './support.ts';

/** Flux's own code is long to build, so only who has built source-controller gets it. */
const hasFlux = findBuiltTool('source-controller') !== undefined;
if (!hasFlux)
  process.stderr.write('skipped, as source-controller is not built (npm run tools sandbox): agreement with Flux\n');
const program = hasFlux ? buildGoProgram('flux-git', 'cluster') : undefined;
const host = await gitHost();
const storage = openStorage(temporaryFolder());

interface Answer {
  readonly revision: string;
  readonly entries: Readonly<Record<string, string>>;
}

/** What Flux makes of it; `undefined` where it fails. */
async function fluxAnswer(name: string, spec: Record<string, Json>): Promise<Answer | undefined> {
  const chunks: Buffer[] = [];
  const flux = spawn(program ?? '', [`${host.url}/${name}`, JSON.stringify({ ...spec, interval: '1m' })]);
  flux.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => flux.once('close', resolve));
  const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (!isObject(answer) || !isObject(answer.entries) || typeof answer.revision !== 'string')
    throw new Error('no answer');
  return answer.error === '' ? { revision: answer.revision, entries: unpacked(answer.entries) } : undefined;
}

/** What the archive is on a disk, where each file has its folders, without what is go-git's own. */
function unpacked(entries: Readonly<Record<string, unknown>>): Record<string, string> {
  const files = Object.entries(entries).filter(([name]) => name !== '.' && !name.split('/').includes('.git'));
  const folders = files.flatMap(([name]) => {
    const names = name.split('/');
    return names.slice(1).map((_, index) => [names.slice(0, index + 1).join('/'), 'folder']);
  });
  return Object.fromEntries([...folders, ...files]) as Record<string, string>;
}

async function ownAnswer(name: string, spec: Record<string, Json>): Promise<Answer | undefined> {
  try {
    const artifact = await fetchGitRepository(gitRepository(`${host.url}/${name}`, spec), {}, { storage });
    return { revision: artifact.revision, entries: entriesOf(artifact) };
  } catch (error) {
    if (error instanceof SlipwayError && error.code !== 'sources/git-failed') return undefined;
    throw error;
  }
}

function entriesOf({ stored }: GitArtifact): Record<string, string> {
  const listed = [...stored.entries.values()].map(({ path: name, mode, content }) => [
    name,
    mode === 'd' ? 'folder' : `${mode === 'x' ? '700' : '600'} ${content}`,
  ]);
  return Object.fromEntries(listed) as Record<string, string>;
}

(program === undefined ? describe.skip : describe)('an artifact is what Flux makes', () => {
  const work = new GitWork(host.root, 'app');
  const library = new GitWork(host.root, 'library');
  const pinned = library.commit({ 'lib.yaml': '1', 'deep/lib.yaml': '1', '.sourceignore': 'deep/\n' });
  library.commit({ 'lib.yaml': '2' });
  fs.symlinkSync('a.yaml', path.join(work.folder, 'link'));
  writeFiles(work.folder, { 'bin/run': '#!/bin/sh\n', 'docs/pictures/a.png': '', 'ünï/c d.yaml': '' });
  fs.chmodSync(path.join(work.folder, 'bin/run'), 0o755);
  const first = work.commit({
    'a.yaml': '1',
    'apps/b.yaml': '1',
    'apps-old/c.yaml': '1',
    '.sops.yaml': '',
    '.github/x': '',
  });
  work.git('tag', 'v1.0.0');
  work.git('tag', '--annotate', '--message=1', 'v1.1.0');
  work.git('tag', 'nonsense');
  work.git('branch', 'feature/x');
  const second = work.commit({
    'a.yaml': '2\r\n',
    '.gitattributes': '* text=auto eol=crlf\n',
    '.gitmodules': '[submodule "l"]\n\tpath = vendor/l\n\turl = ' + `${host.url}/library\n`,
  });
  work.git('update-index', '--add', '--cacheinfo', `160000,${pinned},vendor/l`);
  work.git('commit', '--quiet', '--message=submodule');
  work.git('tag', 'v2.0.0-rc.1');

  test.each<[Record<string, Json>]>([
    [{}],
    [{ ref: { branch: 'main' } }],
    [{ ref: { branch: 'feature/x' } }],
    [{ ref: { branch: 'none' } }],
    [{ ref: { tag: 'v1.0.0' } }],
    [{ ref: { tag: 'v1.1.0' } }],
    [{ ref: { tag: 'none' } }],
    [{ ref: { semver: '1.x' } }],
    [{ ref: { semver: '>=1.0.0-0' } }],
    [{ ref: { semver: '>2' } }],
    [{ ref: { name: 'refs/heads/main' } }],
    [{ ref: { name: 'refs/tags/v1.1.0' } }],
    [{ ref: { name: 'refs/tags/v1.1.0^{}' } }],
    [{ ref: { name: 'refs/none' } }],
    [{ ref: { commit: first } }],
    [{ ref: { commit: second, branch: 'main' } }],
    [{ ref: { commit: second, branch: 'feature/x' } }],
    [{ ref: { commit: 'a'.repeat(40) } }],
    [{ ref: { branch: 'main' }, recurseSubmodules: true }],
    [{ ref: { branch: 'main' }, recurseSubmodules: true, ignore: '*.png\n' }],
    [{ ref: { branch: 'main' }, sparseCheckout: ['apps'] }],
    [{ ref: { branch: 'main' }, sparseCheckout: ['./apps/', 'bin'] }],
    [{ ref: { branch: 'main' }, ignore: '' }],
    [{ ref: { branch: 'main' }, ignore: '/*\n!/apps\n' }],
    [{ ref: { branch: 'main' }, ignore: '**\n!**/*.yaml\n' }],
  ])(
    'of %j',
    async (spec) => {
      expect(await ownAnswer('app', spec)).toEqual(await fluxAnswer('app', spec));
    },
    30_000,
  );

  test('of whatever files and patterns there are', async () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'a.yaml', 'x.jpg', '.hidden', 'A');
    const file = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `${names.join('/')}.f`);
    const part = fc.constantFrom('a', 'b', '*', '**', '?b', '*.yaml*', '[ab]*', '*.f', 'a*');
    const line = fc
      .tuple(
        fc.constantFrom('', '', '!'),
        fc.constantFrom('', '/'),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '', '/'),
      )
      .map(([not, root, parts, end]) => `${not}${root}${parts.join('/')}${end}`);
    const patterns = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'));
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { minLength: 1, maxLength: 8 }),
        fc.array(fc.tuple(fc.constantFrom('', 'a/', 'a/b/'), patterns), { maxLength: 2 }),
        fc.option(patterns, { nil: null }),
        async (files, ignoreFiles, ignore) => {
          const repository = new GitWork(host.root, `random-${(count += 1)}`);
          const contents = Object.fromEntries([
            ...files.map((entry) => [entry, '']),
            ...ignoreFiles.map(([folder, text]) => [`${folder}.sourceignore`, text]),
          ]) as Record<string, string>;
          repository.commit(contents);
          const spec = { ref: { branch: 'main' }, ...(ignore === null ? {} : { ignore }) };
          const random = path.basename(repository.folder);
          expect(await ownAnswer(random, spec)).toEqual(await fluxAnswer(random, spec));
        },
      ),
      { numRuns: Number(process.env.SLIPWAY_RUNS ?? 20) },
    );
  }, 600_000);
});
