/**
 * `npm run import`: writes imports/<group>.ts anew from the CustomResourceDefinitions of imports/crds/.
 * `npm run import -- --crds DIR`: first takes those of DIR (one a file, as Flux's releases have them), without their
 * texts, into imports/crds/.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import type { Kind } from './generator/crd.ts';
import { readKind, withoutTexts } from './generator/crd.ts';
import { typesOf } from './generator/types.ts';

const CRDS = join(import.meta.dirname, 'crds');

/** The CustomResourceDefinitions of a folder, without their texts: file name to YAML. */
export function strippedCrds(folder: string): ReadonlyMap<string, string> {
  return new Map(
    yamlFiles(folder).map((file) => {
      const crd: unknown = parse(readFileSync(join(folder, file), 'utf8'));
      return [file, stringify(withoutTexts(crd), { lineWidth: 0 })];
    }),
  );
}

/** The kinds of a folder of CustomResourceDefinitions. */
export function readKinds(folder = CRDS): readonly Kind[] {
  return yamlFiles(folder).map((file) => readKind(readFileSync(join(folder, file), 'utf8'), file));
}

/** The generated files: name to text, one for each API group. */
export function generatedFiles(kinds: readonly Kind[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(kinds, (kind) => kind.group);
  return new Map([...groups].map(([group, ofGroup]) => [`${group}.ts`, typesOf(ofGroup)]));
}

function yamlFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort();
}

if (import.meta.main) {
  const { crds } = parseArgs({ options: { crds: { type: 'string' } } }).values;
  if (crds !== undefined) {
    for (const [file, text] of strippedCrds(crds)) writeFileSync(join(CRDS, file), text);
  }
  const kinds = readKinds();
  const files = generatedFiles(kinds);
  for (const [file, text] of files) writeFileSync(join(import.meta.dirname, file), text);
  console.log(`imports/: ${kinds.length} kinds in ${files.size} files.`);
}
