import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { isObject, readDocument } from '../../../../src/manifest/index.ts';
import { setValue, type Values } from '../../../../src/render/helm/set-values.ts';
import { temporaryFolder, writeFiles } from '../../../support/folder.ts';
import { describeWithTool } from '../../../support/tools.ts';

const folder = temporaryFolder();

/** What a path and a value make of these, as `helm template --set` has it. */
const INLINE = 'map: { k: v, list: [{ num: 1 }, { num: 2 }] }\nlist: [one, two]\nempty: null\ntext: t\n';
const inline = (): Values => ({
  map: { k: 'v', list: [{ num: 1 }, { num: 2 }] },
  list: ['one', 'two'],
  empty: null,
  text: 't',
});

const CASES: readonly (readonly [path: string, value: string])[] = [
  ['a.b.c', 'x'],
  ['map.k', 'other'],
  ['map.list[1].num', '5'],
  ['map.list[1].m.o', 'x'],
  ['map.list[3].num', 'x'],
  ['list[0]', 'z'],
  ['list[3]', 'z'],
  ['list[1].deep', 'z'],
  ['new[1][2]', 'x'],
  ['new[0][0].a', 'x'],
  ['a', '{x,y,3}'],
  ['a', '{}'],
  ['a', '{x},b=y'],
  ['a', '{x'],
  ['a', 'x,b.c=y'],
  ['a', 'x,b'],
  ['a', 'x,'],
  ['a', String.raw`x\,y`],
  ['a', String.raw`back\\slash`],
  ['a', 'x\\'],
  [String.raw`a\.b`, 'x'],
  [String.raw`a.b\=c`, 'x'],
  ['a', 'x=y'],
  ['a', ''],
  ['a.b', ''],
  ['list[1]', ''],
  ['list[5].b', ''],
  ['map.list[0].num', ''],
  ['a', 'TRUE'],
  ['a', 'null'],
  ['a', '0'],
  ['a', '007'],
  ['a', '-5'],
  ['a', '+5'],
  ['a', '1.5'],
  ['a', '9007199254740993'],
  ['a', '99999999999999999999'],
  ['a', '[1]'],
  ['a,b', 'x'],
  ['[0]', 'x'],
  ['.a', 'x'],
  ['a.', 'x'],
  ['a[0', 'x'],
  ['a[x]', 'x'],
  ['a[-1]', 'x'],
  ['a[70000]', 'x'],
  ['a[0]b', 'x'],
  ['empty.b', 'x'],
  ['empty[0]', 'x'],
  ['text.b', 'x'],
  ['text[0]', 'x'],
  ['list.b', 'x'],
  ['map[0]', 'x'],
  ['a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.aa.bb.cc.dd.ee.ff', 'x'],
  ['ünï.cøde', '✓'],
];

describeWithTool('helm', 'a value at a targetPath is set as helm sets it', (helm) => {
  beforeAll(() => {
    writeFiles(folder, {
      'chart/Chart.yaml': 'apiVersion: v2\nname: shown\nversion: 1.0.0\n',
      'chart/templates/values.yaml': 'values: {{ .Values | toJson }}\n',
      'inline.yaml': INLINE,
    });
  });

  /** Undefined where helm refuses. */
  function real(...set: readonly string[]): unknown {
    const args = ['template', 'x', path.join(folder, 'chart'), '-f', path.join(folder, 'inline.yaml'), ...set];
    const { status, stdout } = spawnSync(helm, args, { encoding: 'utf8', env: { HOME: folder, PATH: '' } });
    const made = status === 0 ? readDocument(stdout)?.value : undefined;
    return isObject(made) ? made.values : undefined;
  }

  function ours(target: string, value: string, mode: 'typed' | 'string' | 'literal'): unknown {
    const values = inline();
    try {
      setValue(values, target, value, mode);
    } catch (error) {
      expect(error).toMatchObject({ code: 'render/helm-target-path' });
      return undefined;
    }
    return values;
  }

  test.each(CASES)('%s=%s', (target, value) => {
    expect(ours(target, value, 'typed')).toEqual(real('--set', `${target}=${value}`));
  });

  test.each(CASES.filter(([, value]) => /^[+-\d]|true|null/i.test(value)))('as a string, %s=%s', (target, value) => {
    expect(ours(target, value, 'string')).toEqual(real('--set-string', `${target}=${value}`));
  });

  test.each(['{x,y}', 'x,b=y', String.raw`a\b`, '[1]', '5', 'line\nline'])('literally, a=%s', (value) => {
    expect(ours('a', value, 'literal')).toEqual(real('--set-literal', `a=${value}`));
  });
});

describe('what is wrong with a value', () => {
  test('is said without the value, which may be secret', () => {
    expect(() => {
      setValue({}, 'a', 'hunter2,more', 'typed');
    }).toThrow('The value for the targetPath "a" cannot be set: a key has no value; a comma begins another key.');
  });

  test('is that it fills the memory', () => {
    const many = Array.from({ length: 100 }, (_, index) => `k${index}[65536]=x`).join(',');
    expect(() => {
      setValue({}, 'a', `x,${many}`, 'typed');
    }).toThrow('its lists are too long');
  });
});
