import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { importDirection } from '../../lint/import-direction.js';

const root = path.resolve(import.meta.dirname, '../..');

function messages(file: string, code: string): string[] {
  const linter = new Linter({ cwd: root });
  const found = linter.verify(
    code,
    {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser },
      plugins: { slipway: { rules: { 'import-direction': importDirection } } },
      rules: { 'slipway/import-direction': 'error' },
    },
    path.join(root, file),
  );
  return found.map(({ message }) => message);
}

describe('the direction of imports', () => {
  test.each([
    ['src/manifest/read.ts', "import { x } from '../tree/index.ts';"],
    ['src/flux/build.ts', "import type { x } from '../render/index.ts';"],
    ['src/tree/write.ts', "export { x } from '../cli/index.ts';"],
    ['src/tree/write.ts', "export * from '../cli/index.ts';"],
    ['src/kube/client.ts', "const x = await import('../reconciler/index.ts');"],
    ['src/kube/client.ts', "type X = import('../reconciler/index.ts').X;"],
    ['src/cli/synth.ts', "import { x } from '../../test/support/tools.ts';"],
    ['src/cli/doctor.ts', "import { x } from '../../sandbox/tools/programs.ts';"],
    ['src/errors.ts', "import { x } from './manifest/index.ts';"],
    ['main.ts', "import { x } from './src/manifest/index.ts';"],
    ['cluster/ai-ml/milvus.ts', "import { x } from '../../src/errors.ts';"],
    ['constructs/cluster.ts', "import { x } from '../src/cli/index.ts';"],
  ])('%s may not have: %s', (file, code) => {
    expect(messages(file, code)).toEqual([expect.stringMatching(/may not import .*: imports point downward only/)]);
  });

  test('a folder is entered by its index.ts alone', () => {
    expect(messages('constructs/cluster.ts', "import { x } from '../src/tree/write.ts';")).toEqual([
      'src/tree/ is entered by its index.ts alone.',
    ]);
  });

  test.each([
    ['src/cli/synth.ts', "import { x } from '../tree/index.ts';"],
    ['src/reconciler/apply.ts', "import { x } from '../kube/index.ts';"],
    ['src/tree/write.ts', "import { x } from './lock.ts'; import { y } from '../errors.ts'; import fs from 'node:fs';"],
    ['src/render/walk.ts', "import { x } from '../sops/mask.ts'; import { y } from '../semver.ts';"],
    ['main.ts', "import { x } from './cluster/sources.ts'; import { y } from './constructs/index.ts';"],
    ['test/src/tree/write.test.ts', "import { x } from '../../../src/tree/lock.ts';"],
  ])('%s may have: %s', (file, code) => {
    expect(messages(file, code)).toEqual([]);
  });
});
