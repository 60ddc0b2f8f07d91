import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { REPOSITORY } from '../support/project.ts';

const FOLDERS = ['src', 'constructs', 'sandbox'];

/** Folders whose codes begin with a word that their own functions put before the name. */
const PREFIXED = [
  { folder: 'src/sops', area: 'sops', names: /\bfailure\(\s*(?:[^'(),]*\?\s*'([a-z-]+)'\s*:\s*)?'([a-z-]+)'/g },
  { folder: 'constructs/encrypted', area: 'sops', names: /\bfailure\(\s*'([a-z-]+)'/g },
  { folder: 'src/cli/secrets', area: 'sops', names: /\bfailure\(\s*'([a-z-]+)'/g },
  { folder: 'src/manifest/yaml', area: 'manifest', names: /'(yaml-[a-z]+)'/g },
  {
    folder: 'src/kube',
    area: 'kube',
    names: /\bcode: (?:[^',}]*(?:'[A-Z]\w+'\) \?|=== '\w+' \?) '([a-z-]+)' : )?'([a-z-]+)'/g,
  },
];

/** Folders of the tree that look like codes. */
const NO_CODES = ['flux/cluster', 'flux/config', 'flux/repositories', 'flux/system', 'cluster/flux'];

const sources = FOLDERS.flatMap((folder) =>
  fs
    .readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(folder, file))
    .filter((file) => file.endsWith('.ts') && !file.includes('/template/')),
).map((file) => ({
  file,
  text: fs.readFileSync(path.join(REPOSITORY, file), 'utf8').replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, ''),
}));

function codes(): string[] {
  const whole = sources.flatMap(({ text }) =>
    [...text.matchAll(/\bcode: '([a-z]+\/[a-z0-9-]+)'/g)].map(([, code = '']) => code),
  );
  const areas = new Set([...whole, 'schema/'].map((code) => code.slice(0, code.indexOf('/'))));
  const literals = sources.flatMap(({ text }) =>
    [...text.matchAll(/'(([a-z]+)\/[a-z][a-z0-9-]+)'/g)].flatMap(([, literal = '', area = '']) =>
      areas.has(area) ? [literal] : [],
    ),
  );
  const prefixed = PREFIXED.flatMap(({ folder, area, names }) =>
    sources
      .filter(({ file }) => file.startsWith(`${folder}/`))
      .flatMap(({ text }) => [...text.matchAll(names)].flatMap((match) => match.slice(1).filter(Boolean)))
      .map((name) => `${area}/${name}`),
  );
  return [...new Set([...whole, ...literals, ...prefixed])].filter((code) => !NO_CODES.includes(code)).sort();
}

test('docs/errors.md has a row for every code, and for nothing else', () => {
  const page = fs.readFileSync(path.join(REPOSITORY, 'docs/errors.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z]+\/[a-z0-9-]+)`/gm)].map(([, code = '']) => code);
  expect(rows.toSorted()).toEqual(codes());
});

test('every row of docs/errors.md says what is wrong and what to do', () => {
  const page = fs.readFileSync(path.join(REPOSITORY, 'docs/errors.md'), 'utf8');
  for (const row of page.split('\n').filter((line) => line.startsWith('| `'))) {
    const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    expect([row, cells.slice(1, 4).every((cell) => cell !== '')]).toEqual([row, true]);
  }
});
