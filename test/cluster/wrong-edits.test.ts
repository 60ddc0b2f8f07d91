import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../support/folder.ts';
import { REPOSITORY, slipway } from '../support/project.ts';
import { FATAL_EDITS, RISKY_EDITS, WRONG_EDITS, type WrongEdit } from './wrong-edits.ts';

/** What an author writes; everything else of the repository is there as it is. */
const OWN = ['main.ts', 'cluster', 'secrets', '.sops.yaml'];
const LEFT_OUT = ['.git', '.slipway', 'kubernetes'];

const base = temporaryFolder();
let count = 0;

/** The homelab, edited. */
function editedHomelab(edits: readonly WrongEdit[]): string {
  count += 1;
  const folder = path.join(base, String(count));
  fs.mkdirSync(folder);
  for (const entry of fs.readdirSync(REPOSITORY)) {
    const from = path.join(REPOSITORY, entry);
    if (OWN.includes(entry)) fs.cpSync(from, path.join(folder, entry), { recursive: true });
    else if (!LEFT_OUT.includes(entry)) fs.symlinkSync(from, path.join(folder, entry));
  }
  for (const { file, from, to } of edits) {
    const target = path.join(folder, file);
    const parts = fs.readFileSync(target, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times in place of once: ${from}`);
    fs.writeFileSync(target, parts.join(to));
  }
  return folder;
}

/** What synth says, cut into its reports, each as its lines. */
function reportsOf(folder: string): string[][] {
  const { stderr } = slipway(folder, 'synth', '--check');
  return stderr.split(/^(?=(?:error|warning) )/m).map((report) => report.split('\n').map((line) => line.trim()));
}

function expectReport(reports: readonly string[][], folder: string, edit: WrongEdit): void {
  const found = reports.find(([head, message]) => head === edit.head && message === edit.message);
  if (found === undefined) throw new Error(`not among\n${reports.map((report) => report.join('\n  ')).join('\n')}`);
  const [, , from = '', remedy] = found;
  expect(remedy).toBe(edit.remedy);
  const { names = edit.file } = edit;
  const lines = fs.readFileSync(path.join(folder, names), 'utf8').split('\n');
  const number = lines.findIndex((line) => line.includes(edit.line)) + 1;
  expect(number).toBeGreaterThan(0);
  // Of a hand-written manifest the place stands in the head.
  if (names.endsWith('.ts')) expect(from).toContain(`${names}:${number}`);
}

describe('synth says what to do where', () => {
  let folder: string;
  let reports: string[][];
  beforeAll(() => {
    folder = editedHomelab(WRONG_EDITS);
    reports = reportsOf(folder);
  });

  test.each(WRONG_EDITS)('$title', (edit) => {
    expectReport(reports, folder, edit);
  });

  test('and shows no Secret', () => {
    expect(reports.flat().join('\n')).not.toContain('hunter2');
  });

  test.each(FATAL_EDITS)('$title, and the program ends', (edit) => {
    const own = editedHomelab([edit]);
    expectReport(reportsOf(own), own, edit);
  });
});

describe('synth warns where', () => {
  let folder: string;
  let reports: string[][];
  beforeAll(() => {
    folder = editedHomelab(RISKY_EDITS);
    reports = reportsOf(folder);
  });

  test.each(RISKY_EDITS)('$title', (edit) => {
    expectReport(reports, folder, edit);
  });
});

test('of the homelab as it is synth says only that its secrets are for show', () => {
  const heads = reportsOf(editedHomelab([])).map(([head = '']) => head);
  expect(heads.filter((head) => head !== '')).toEqual(['warning synth/demo-recipient homelab-k8s2']);
});
