import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Document, isCollection, isScalar, Scalar, visit } from 'yaml';
import {
  identityKey,
  identityOf,
  isObject,
  type Json,
  type JsonObject,
  readDocuments,
} from '../../../src/manifest/index.ts';
import { SlipwayError } from '../../../src/errors.ts';
import { describeWithTool } from '../../support/tools.ts';
import { exactNumber, jsonObject, nastyText, oneKeyMaps } from './arbitrary.ts';
import { kustomizeBuild, kustomizeBuildJson, kustomizeBuildResources, valuesOf } from './kustomize.ts';
import { DOCUMENT_TRAPS, PLAIN_TRAPS } from './traps.ts';

const CORPUS = resolve(import.meta.dirname, '../../../../shared/corpus');

/** kustomize takes time that grows with the square of the number of objects. */
const BATCH = 100;

const named = (name: string): JsonObject => ({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name } });

describeWithTool('kustomize', 'what is read is what kustomize reads', (kustomize) => {
  test('of plain text', () => {
    const lines = PLAIN_TRAPS.map(({ text }, index) => `  - k${index}: ${text}\n`).join('');
    const built = kustomizeBuildResources(kustomize, `${head('plain')}data:\n${lines}`);
    const data = PLAIN_TRAPS.map(({ kyaml }, index) => ({ [`k${index}`]: kyaml }));
    expect(built).toBe(kustomizeBuildJson(kustomize, [{ ...named('plain'), data }]));
  });

  test('of plain text in a JSON 6902 patch, which sigs.k8s.io/yaml reads', () => {
    // Of large integers a patch keeps no more than a float: that is not the reader.
    const traps = PLAIN_TRAPS.filter(({ sigs }) => typeof sigs !== 'bigint');
    const operations = traps.map(({ text }) => `      - op: add\n        path: /data/-\n        value: ${text}\n`);
    const built = kustomizeBuild(kustomize, {
      'kustomization.yaml': `resources: [a.yaml]\npatches:\n  - target: {kind: Thing}\n    patch: |\n${operations.join('')}`,
      'a.yaml': `${head('patched')}data: []\n`,
    });
    const data = traps.map(({ sigs }) => sigs);
    expect(built).toBe(kustomizeBuildJson(kustomize, [{ ...named('patched'), data }]));
  });

  test.each(DOCUMENT_TRAPS)('of a document with $title', ({ text, value }) => {
    const built = kustomizeBuildResources(kustomize, `${text}${head('document')}`);
    expect(built).toBe(kustomizeBuildJson(kustomize, [{ ...(value as JsonObject), ...named('document') }]));
  });

  test('of whatever the yaml package writes in whatever style', () => {
    // The yaml package writes it as it is, and go-yaml looks for it wherever its buffer happens to begin (is_bom).
    const text = nastyText({ kustomize: true }).map((drawn) => drawn.replaceAll('\ufeff', ''));
    const styled = fc.tuple(jsonObject(text, exactNumber()), fc.infiniteStream(fc.nat(99)));
    fc.assert(
      fc.property(fc.array(styled, { minLength: 100, maxLength: 100 }), (samples) => {
        const texts: string[] = [];
        const values: Json[] = [];
        for (const [value, choices] of samples) {
          const text = inRandomStyle(
            { ...named(`styled-${String(texts.length).padStart(4, '0')}`), data: oneKeyMaps(value) },
            choices,
          );
          // What Go's reader refuses must not fail the whole build; that it does is tested elsewhere.
          const read = acceptedValues(text);
          if (read === undefined) continue;
          texts.push(text);
          values.push(...read);
        }
        expect(texts.length).toBeGreaterThan(50);
        const built = kustomizeBuildResources(kustomize, texts.join('---\n'));
        expect(built).toBe(kustomizeBuildJson(kustomize, values));
        expect(valuesOf(readDocuments(built, { dialect: 'sigs' }))).toEqual(values);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  if (!existsSync(CORPUS)) {
    process.stderr.write('skipped, as ../shared/corpus is not here: every manifest of eight real repositories\n');
    return;
  }
  describe.each(readdirSync(CORPUS))('of every manifest of %s', (repository) => {
    const { batches, refused } = manifestsOf(join(CORPUS, repository));

    test.each(batches.map((files, index) => ({ index, files, count: files.size })))(
      'batch $index, $count files',
      ({ files }) => {
        const resources = JSON.stringify([...files.keys()]);
        const built = kustomizeBuild(kustomize, {
          'kustomization.yaml': `resources: ${resources}\n`,
          ...Object.fromEntries(files),
        });
        const values = [...files.values()].flatMap((text) => valuesOf(readDocuments(text)));
        expect(inAnyOrder(built)).toEqual(inAnyOrder(kustomizeBuildJson(kustomize, values)));
        expect(byIdentity(valuesOf(readDocuments(built, { dialect: 'sigs' })))).toEqual(byIdentity(values));
      },
    );

    test('but of those that it refuses too', () => {
      for (const text of refused) expect(() => kustomizeBuildResources(kustomize, text)).toThrow();
    });
  });
});

/**
 * The manifests below a folder in batches, by a file name of their own, in none of which an object is there twice;
 * and those files that look like manifests and cannot be read.
 */
function manifestsOf(folder: string): { batches: readonly ReadonlyMap<string, string>[]; refused: readonly string[] } {
  const batches: { files: Map<string, string>; identities: Set<string> }[] = [];
  const refused: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.ya?ml$/.test(entry.name)) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    const identities = identitiesIn(text);
    if (identities === 'refused') refused.push(text);
    else if (identities.length > 0) {
      let batch = batches.find(
        ({ files, identities: taken }) => files.size < BATCH && identities.every((identity) => !taken.has(identity)),
      );
      if (batch === undefined) batches.push((batch = { files: new Map(), identities: new Set() }));
      batch.files.set(`${String(batch.files.size).padStart(4, '0')}.yaml`, text);
      for (const identity of identities) batch.identities.add(identity);
    }
  }
  return { batches: batches.map((batch) => batch.files), refused };
}

/** Of each object in the text; none if a document is no object, or is one of kustomize's own. */
function identitiesIn(text: string): readonly string[] | 'refused' {
  const documents = acceptedValues(text);
  if (documents === undefined) return /^apiVersion: /m.test(text) ? 'refused' : [];
  try {
    const identities = documents.map((value) => identity(value));
    return new Set(identities).size === identities.length ? identities : [];
  } catch {
    return [];
  }
}

/** kustomize takes no namespace for `default`. */
function identity(value: Json): string {
  const { namespace, ...rest } = identityOf(isObject(value) ? value : {});
  return identityKey({ ...rest, namespace: namespace === '' ? 'default' : namespace });
}

function byIdentity(values: readonly Json[]): Record<string, Json> {
  return Object.fromEntries(values.map((value) => [identity(value), value]));
}

/** The lines of each document sorted: go-yaml sorts keys such as 2x, 4Z8 and 27- now in this order and now in that. */
function inAnyOrder(stream: string): readonly string[] {
  return stream.split(/^---$/m).map((document) => document.split('\n').sort().join('\n'));
}

function acceptedValues(text: string): readonly Json[] | undefined {
  try {
    return valuesOf(readDocuments(text));
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

/** The object as YAML, each string and collection in a style that is drawn from `choices`. */
function inRandomStyle(object: JsonObject, choices: Iterator<number>): string {
  const draw = (): number => Number(choices.next().value);
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Node: (_, node) => {
      if (isCollection(node)) node.flow = draw() < 15;
      else if (isScalar(node) && typeof node.value === 'string')
        node.type = STRING_STYLES[draw() % STRING_STYLES.length];
    },
  });
  return document.toString({ lineWidth: draw() < 50 ? 0 : 40, indentSeq: draw() < 50 });
}

const STRING_STYLES = [
  Scalar.PLAIN,
  Scalar.QUOTE_SINGLE,
  Scalar.QUOTE_DOUBLE,
  Scalar.BLOCK_LITERAL,
  Scalar.BLOCK_FOLDED,
] as const;

function head(name: string): string {
  return `apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: ${name}}\n`;
}
