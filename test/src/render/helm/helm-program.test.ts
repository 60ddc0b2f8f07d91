import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { createDiskCache } from '../../../../src/render/index.ts';
import { createHelmProgram, type TemplateInput } from '../../../../src/render/helm/helm-program.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { describeWithTool } from '../../../support/tools.ts';

const base = temporaryFolder();
let count = 0;
let folder: string;

beforeEach(() => {
  count += 1;
  folder = path.join(base, String(count));
  fs.mkdirSync(folder);
});

const chart = (text: string) => ({
  files: new Map(
    Object.entries({
      'Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.0.0\n',
      'templates/all.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${text} }\ndata: { host: {{ .Values.host | quote }} }\n`,
    }).map(([file, content]) => [file, Buffer.from(content)] as const),
  ),
});
const INPUT: TemplateInput = {
  chart: chart('config'),
  name: 'site',
  namespace: 'web',
  values: { host: 'example.org' },
  skipSchema: false,
  kubernetes: undefined,
  apiVersions: [],
};

describeWithTool('helm', 'what helm makes', (helm) => {
  /** A program that notes each run, and is helm. */
  function counted(): { readonly program: string; readonly runs: () => number } {
    const log = path.join(folder, 'runs');
    const program = path.join(folder, 'helm');
    fs.writeFileSync(program, `#!/bin/sh\necho run >> ${log}\nexec ${helm} "$@"\n`, { mode: 0o755 });
    return { program, runs: () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n').length - 1 : 0) };
  }

  test('is kept, and made anew for every other input and another helm', () => {
    const { program, runs } = counted();
    const cache = createDiskCache(path.join(folder, 'cache'));
    const make = (more: Partial<TemplateInput> = {}) =>
      createHelmProgram(program, cache).template({ ...INPUT, ...more });
    const first = make();
    expect(first.objects).toMatchObject([{ metadata: { name: 'config' }, data: { host: 'example.org' } }]);
    expect(make()).toEqual(first);
    expect(runs()).toBe(1);
    make({ values: { host: 'other' } });
    make({ chart: chart('other') });
    make({ name: 'other' });
    make({ namespace: 'other' });
    make({ kubernetes: '1.31' });
    make({ apiVersions: ['example.org/v1'] });
    expect(runs()).toBe(7);
    make();
    expect(runs()).toBe(7);
    fs.utimesSync(program, new Date(0), new Date(0));
    make();
    expect(runs()).toBe(8);
  });

  test('is told apart from what helm refuses, which is not kept', () => {
    const { program, runs } = counted();
    const make = () =>
      createHelmProgram(program, createDiskCache(path.join(folder, 'cache'))).template({
        ...INPUT,
        chart: chart('{{ fail "no" }}'),
      });
    expect(make).toThrow('helm refuses the release');
    expect(make).toThrow('helm refuses the release');
    expect(runs()).toBe(2);
  });

  test('leaves nothing behind, and shows none of its folders', () => {
    const { TMPDIR } = process.env;
    process.env.TMPDIR = folder;
    try {
      const empty = { ...INPUT, chart: { files: new Map<string, Buffer>() } };
      expect(() => createHelmProgram(helm, undefined).template(empty)).toThrow(
        'helm refuses the release: path "chart" not found',
      );
      createHelmProgram(helm, undefined).template(INPUT);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
