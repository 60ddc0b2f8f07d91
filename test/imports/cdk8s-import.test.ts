import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { CRDS, readCrds } from './schema.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const CDK8S = join(REPOSITORY, 'node_modules/cdk8s-cli/bin/cdk8s');
const groups = [...new Set(readCrds().map(({ group }) => group))];

/** Every class and every field of every interface of a file, each on a line. */
function contents(text: string): readonly string[] {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.ES2022, true);
  return file.statements.flatMap((statement) => {
    if (ts.isClassDeclaration(statement)) return [`class ${statement.name!.text}`];
    if (!ts.isInterfaceDeclaration(statement)) return [];
    return statement.members.filter(ts.isPropertySignature).map((member) => {
      // cdk8s renames the field; the name that it has in the API stands in its @schema tag.
      const schema = ts.getJSDocTags(member).find((tag) => tag.tagName.text === 'schema');
      const name =
        /#(\S+)/.exec(typeof schema?.comment === 'string' ? schema.comment : '')?.[1] ?? member.name.getText();
      return `${statement.name.text}.${name}${member.questionToken ? '?' : ''}`;
    });
  });
}

/** A line without what is meant to differ: the spelling of type names, and that spec and metadata are demanded. */
function comparable(line: string): string {
  return line.replace(/^[^.]+/, (name) => name.toLowerCase()).replace(/^(\w+props)\.(spec|metadata)\??$/, '$1.$2');
}

describe('compared with what `cdk8s import` makes of the same CRDs', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-import-'));
    for (const group of groups) {
      // A group in one file: of two files of one group, `cdk8s import` keeps only what the second makes.
      const crds = readdirSync(CRDS).filter((file) => file.startsWith(`${group}_`));
      const texts = crds.map((file) => readFileSync(join(CRDS, file), 'utf8'));
      writeFileSync(join(folder, `${group}.yaml`), texts.join('---\n'));
      execFileSync(process.execPath, [CDK8S, 'import', `${group}.yaml`, '--language', 'typescript', '--no-save'], {
        cwd: folder,
        env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' },
        stdio: 'pipe',
      });
    }
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test.each(groups)('%s has the same classes, types, fields and demands', (group) => {
    const theirs = contents(readFileSync(join(folder, 'imports', `${group}.ts`), 'utf8'));
    const ours = contents(readFileSync(join(REPOSITORY, 'imports', `${group}.ts`), 'utf8'));
    expect(theirs.length).toBeGreaterThan(10);
    expect(ours.map(comparable).sort()).toEqual(theirs.map(comparable).sort());
  });
});
