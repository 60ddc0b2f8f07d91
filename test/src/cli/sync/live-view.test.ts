import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { LiveView, viewOf } from '../../../../src/cli/sync/live-view.ts';
import type { Change, Standing } from '../../../../src/reconciler/index.ts';

function standing(name: string, more: Partial<Standing> = {}): Standing {
  const identity = {
    group: 'kustomize.toolkit.fluxcd.io',
    version: 'v1',
    kind: 'Kustomization',
    namespace: 'flux',
    name,
  };
  return {
    identity,
    state: 'ready',
    revision: `main@sha1:${'0123456789'.repeat(4)}`,
    message: '',
    unhealthy: [],
    ...more,
  };
}

const POD = { group: '', version: 'v1', kind: 'Pod', namespace: 'web' };

test('the view counts what is ready, and says of the rest what it waits for; what is suspended is not counted', () => {
  const pods = ['a', 'b', 'c', 'd'].map((name) => ({ ...POD, name }));
  const standings = [
    standing('ready'),
    standing('waits', { state: 'waiting', message: "dependency 'flux/rolls' is not ready" }),
    standing('fails', { state: 'failed', message: 'first line\nsecond line' }),
    standing('rolls', { state: 'under way', unhealthy: pods }),
    standing('off', { state: 'suspended' }),
  ];
  expect(viewOf(standings, 3, 120, 10)).toEqual([
    '1 of 4 ready, 3 changes, main@sha1:01234567',
    '  under way  Kustomization/flux/rolls: waits for Pod/web/a, Pod/web/b, Pod/web/c and 1 more',
    '  failed     Kustomization/flux/fails: first line',
    "  waiting    Kustomization/flux/waits: dependency 'flux/rolls' is not ready",
  ]);
});

test('the view is never wider or higher than there is room', () => {
  const standings = Array.from({ length: 50 }, (_, index) =>
    standing(`k${index}`, { state: 'failed', message: 'x'.repeat(500) }),
  );
  const lines = viewOf(standings, 0, 40, 5);
  expect(lines).toHaveLength(5);
  expect(lines.at(-1)).toBe('  and 47 more');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
});

test('lines that are said stay above the view, which is drawn anew below them', () => {
  const stdout = Object.assign(new PassThrough(), { columns: 0, rows: 0 });
  let written = '';
  stdout.setEncoding('utf8').on('data', (chunk: string) => (written += chunk));
  const view = new LiveView(stdout as unknown as NodeJS.WriteStream, () => 0);
  const change = (cause: Change['cause']): Change => ({
    operation: 'configured',
    object: { ...POD, name: 'a' },
    kustomization: 'flux/web',
    revision: '',
    fields: ['/spec/x'],
    cause,
  });
  view.show(() => [standing('web')]);
  view.close();
  expect(screenOf(written)).toEqual(['1 of 1 ready, 0 changes, main@sha1:01234567']);
  view.show(() => [standing('web')]);
  view.change(change('commit'));
  view.change(change('drift'));
  view.close();
  expect(screenOf(written).map((line) => line.replace(/^\d\d:\d\d:\d\d/, 'TIME'))).toEqual([
    '1 of 1 ready, 0 changes, main@sha1:01234567',
    // What a commit brings is counted only.
    'TIME configured Pod/web/a /spec/x (drift, flux/web)',
    '1 of 1 ready, 2 changes, main@sha1:01234567',
  ]);
});

/** What a terminal shows: `ESC [ n F` goes up n lines, `ESC [ J` clears what is below. */
function screenOf(text: string): string[] {
  const lines = [''];
  for (const [, up, clear, newline, other] of text.matchAll(/(?:\x1b\[(\d+)F)|(\x1b\[J)|(\n)|([^\x1b\n]+)/g)) {
    if (up !== undefined) lines.length -= Number(up);
    else if (clear !== undefined) lines[lines.length - 1] = '';
    else if (newline !== undefined) lines.push('');
    else lines[lines.length - 1] = `${lines.at(-1) ?? ''}${other ?? ''}`;
  }
  return lines.slice(0, -1);
}
