import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { REPOSITORY, slipway } from '../support/project.ts';

const readme = fs.readFileSync(path.join(REPOSITORY, 'README.md'), 'utf8');

describe('the README', () => {
  test('shows what `slipway explain` says', () => {
    const [, object = '', answer] = /^\$ npx slipway explain (\S+)\n([^`]*)```/m.exec(readme) ?? [];
    const { stdout, status } = slipway(REPOSITORY, 'explain', object);
    expect(status).toBe(0);
    expect(answer).toBe(stdout);
  });

  test('shows a Kustomization as it is in the tree', () => {
    const [, shown = ''] = /```yaml\n(---\n[^`]*kind: Kustomization[^`]*)```/.exec(readme) ?? [];
    const [, folder = ''] = /path: \.\/(\S+)\/app/.exec(shown) ?? [];
    expect(shown).toBe(fs.readFileSync(path.join(REPOSITORY, folder, 'ks.yaml'), 'utf8'));
  });

  test('shows the lines of cluster/ that it names', () => {
    const [, file = '', code = ''] = /\[(cluster\/\S+)\]\(\S+\):\n\n```ts\n([^`]*)```/.exec(readme) ?? [];
    const source = fs.readFileSync(path.join(REPOSITORY, file), 'utf8').replaceAll(/^ {2}/gm, '');
    expect(source).toContain(code.trimEnd());
  });
});
