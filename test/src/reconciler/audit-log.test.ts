import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { type Change, openAuditLog, readAuditLog } from '../../../src/reconciler/index.ts';
import { temporaryFolder } from '../../support/folder.ts';

const folder = temporaryFolder();
const noFailure = (error: Error): never => {
  throw error;
};

function change(name: string, more: Partial<Change> = {}): Change {
  return {
    operation: 'configured',
    object: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'web', name },
    kustomization: 'flux-system/web',
    revision: 'main@sha1:0123',
    commit: { hash: '0123', author: 'Ada <ada@example.org>', subject: 'Scale web' },
    fields: ['/spec/replicas'],
    cause: 'commit',
    ...more,
  };
}

const names = (file: string): readonly string[] => [...readAuditLog(file)].map(({ object }) => object.name);

test('a change is a line of JSON, which only the owner reads, and comes back as it was', () => {
  const file = path.join(folder, 'deep/er/audit.log');
  const before = Date.now();
  const log = openAuditLog(file, { onFailure: noFailure });
  const ofNone = change('none', {
    commit: undefined,
    object: { ...change('x').object, namespace: '' },
    cause: 'drift',
  });
  log.audit(change('web'));
  log.audit(ofNone);
  const [line = ''] = fs.readFileSync(file, 'utf8').split('\n');
  expect(JSON.parse(line)).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    operation: 'configured',
    object: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'web', name: 'web' },
    kustomization: 'flux-system/web',
    revision: 'main@sha1:0123',
    commit: { hash: '0123', author: 'Ada <ada@example.org>', subject: 'Scale web' },
    fields: ['/spec/replicas'],
    cause: 'commit',
  });
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  const entries = [...readAuditLog(file)];
  expect(entries).toEqual([change('web'), ofNone].map((one) => ({ ...one, time: expect.any(Number) })));
  expect(entries.every(({ time }) => time >= before && time <= Date.now())).toBe(true);
  expect([...readAuditLog(file, Date.now() + 1000)]).toEqual([]);
  log.close();
});

test('a full log is kept beside it under a number, as many as are asked for', () => {
  const file = path.join(folder, 'rotated.log');
  const log = openAuditLog(file, { maxBytes: 700, kept: 2, onFailure: noFailure });
  for (let index = 0; index < 20; index++) log.audit(change(`n${index}`));
  log.close();
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('rotated'))).toEqual([
    'rotated.log',
    'rotated.log.1',
    'rotated.log.2',
  ]);
  for (const name of ['rotated.log', 'rotated.log.1', 'rotated.log.2']) {
    expect(fs.statSync(path.join(folder, name)).size).toBeLessThanOrEqual(700);
    expect(fs.statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
  }
  const found = names(file);
  expect(found.at(-1)).toBe('n19');
  expect(found).toEqual(Array.from({ length: found.length }, (_, index) => `n${20 - found.length + index}`));
});

test('a line that a killed process left unfinished costs only that line', () => {
  const file = path.join(folder, 'torn.log');
  const first = openAuditLog(file, { onFailure: noFailure });
  first.audit(change('first'));
  first.close();
  fs.appendFileSync(file, '{"time":"2026-01-01T00:00:00.000Z","opera');
  const second = openAuditLog(file, { onFailure: noFailure });
  second.audit(change('second'));
  second.close();
  expect(names(file)).toEqual(['first', 'second']);
});

test('a log that others can read is theirs no longer', () => {
  const file = path.join(folder, 'open.log');
  fs.writeFileSync(file, '', { mode: 0o644 });
  openAuditLog(file, { onFailure: noFailure }).close();
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('a full disk is told of once, and what can be written again is', () => {
  if (!fs.existsSync('/dev/full')) return;
  const failures: string[] = [];
  const log = openAuditLog('/dev/full', { onFailure: ({ code }) => failures.push(code) });
  log.audit(change('a'));
  log.audit(change('b'));
  log.close();
  expect(failures).toEqual(['audit/unwritable']);
});

test('a log that cannot be rotated touches no file of others, and goes on when it can be', () => {
  const file = path.join(folder, 'stuck.log');
  const failures: Error[] = [];
  const log = openAuditLog(file, { maxBytes: 1, kept: 1, onFailure: (error) => failures.push(error) });
  log.audit(change('first'));
  fs.mkdirSync(`${file}.1/in-the-way`, { recursive: true });
  log.audit(change('lost'));
  expect(failures).toHaveLength(1);
  // It may have the number that the log had.
  const other = fs.openSync(path.join(folder, 'of-somebody-else'), 'w');
  fs.rmSync(`${file}.1`, { recursive: true });
  log.audit(change('second'));
  log.close();
  fs.writeSync(other, 'still open');
  fs.closeSync(other);
  expect(names(file)).toEqual(['first', 'second']);
});

test('where no log can be it says so at once; where there is none nothing is in it', () => {
  fs.writeFileSync(path.join(folder, 'file'), '');
  expect(() => openAuditLog(path.join(folder, 'file/audit.log'), { onFailure: noFailure })).toThrow(
    expect.objectContaining({ code: 'audit/unwritable', exitStatus: 3 }),
  );
  expect(names(path.join(folder, 'none.log'))).toEqual([]);
});
