/** What a file should hold, by its keys: checked without a key, as all of checks.ts. */
import type { SlipwayError } from '../errors.ts';
import { failure } from './failure.ts';
import type { SopsFile } from './file.ts';
import { leavesOf, pathOf } from './leaves.ts';
import type { Branch, Source } from './tree.ts';
import { formatPath, get } from './tree.ts';

type Findings = readonly SlipwayError[];

/** What a file should hold. */
export interface Shape {
  /** The maps that the keys may stand in: `[['stringData'], ['data']]` of a Secret; `[[]]` for the top. */
  readonly under: readonly (readonly string[])[];
  readonly keys: readonly string[];
  /** Keys that may be empty: an empty text is never encrypted. */
  readonly mayBeEmpty?: readonly string[];
  /** As the remedies name the file. */
  readonly name: string;
}

/** The file holds exactly these keys, each an encrypted text. */
export function checkShape(file: SopsFile, shape: Shape): Findings {
  const { under, keys, name } = shape;
  const [document] = file.documents;
  const maps = under.flatMap((path) => {
    const map = document === undefined ? undefined : mapAt(document, path);
    return map === undefined ? [] : [{ path, map }];
  });
  const first = maps[0]?.path ?? under[0] ?? [];
  if (maps.length === 0) {
    return [
      failure('keys-missing', `The file has no ${formatPath(first)}, which should hold ${keys.join(', ')}.`, {
        file: file.file,
        remedy: `Put them in: slipway secrets add ${name}.`,
      }),
    ];
  }
  const found = maps.flatMap(({ path, map }) =>
    map.entries.flatMap((item) => (item.kind === 'entry' ? [{ path: [...path, item.key], item }] : [])),
  );
  const missing = keys.filter((key) => !found.some(({ item }) => item.key === key));
  return [
    ...missing.map((key) =>
      failure('key-missing', `The file lacks ${formatPath([...first, key])}, which is declared.`, {
        file: file.file,
        remedy: `Put it in: slipway secrets add ${name}.`,
      }),
    ),
    ...found
      .filter(({ item }) => !keys.includes(item.key))
      .map(({ path, item }) =>
        failure('key-undeclared', `The file holds ${formatPath(path)}, which is not declared.`, {
          file: file.file,
          at: item.source,
          remedy: `Declare it, or take it out: slipway secrets set --unset ${name} ${formatPath(path)}.`,
        }),
      ),
    ...found.flatMap(({ path, item }) => (isTwice(item.key, found) ? [twice(file, path, item.source)] : [])),
    ...maps.flatMap(({ path }) => checkTexts(file, path, shape)),
  ];
}

function isTwice(key: string, found: readonly { item: { key: string } }[]): boolean {
  return found.filter(({ item }) => item.key === key).length > 1;
}

function twice(file: SopsFile, path: readonly string[], at: Source | undefined): SlipwayError {
  return failure('key-twice', `The file holds the key of ${formatPath(path)} twice.`, {
    file: file.file,
    at,
    remedy: 'Take one out with `slipway secrets edit`: which of the two counts, Kubernetes decides.',
  });
}

/** The values of one map. */
function checkTexts(file: SopsFile, under: readonly string[], { mayBeEmpty = [], name }: Shape): Findings {
  return leavesOf(file.documents, file.metadata).flatMap((leaf) => {
    const { path, state, type, source: at } = leaf;
    if (path.length !== under.length + 1 || !under.every((part, index) => path[index] === part)) return [];
    if (state === 'plain') {
      return [
        failure('not-covered', `The file's rule leaves ${pathOf(leaf)} in plain text.`, {
          file: file.file,
          at,
          remedy:
            'Mend the rule in .sops.yaml, then encrypt the file anew: the rule of a file that exists never changes.',
        }),
      ];
    }
    if (state === 'empty' && !mayBeEmpty.includes(path.at(-1) ?? '')) {
      return [
        failure('empty-value', `The value of ${pathOf(leaf)} is empty.`, {
          file: file.file,
          at,
          remedy: `Give it one: slipway secrets set ${name} ${pathOf(leaf)}; or declare that it may be empty.`,
        }),
      ];
    }
    if (state !== 'sealed' || type === 'str') return [];
    return [
      failure('not-text', `The value of ${pathOf(leaf)} is of type ${type}; the values of a Secret are texts.`, {
        file: file.file,
        at,
        remedy: `Set it as text: slipway secrets set ${name} ${pathOf(leaf)}.`,
      }),
    ];
  });
}

function mapAt(root: Branch, path: readonly string[]): Branch | undefined {
  const value = path.reduce<Branch | undefined>((map, key) => {
    const next = map === undefined ? undefined : get(map, key);
    return next?.kind === 'map' ? next : undefined;
  }, root);
  return value;
}
