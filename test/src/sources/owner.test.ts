import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { isAbandoned, OWNER } from '../../../src/sources/owner.ts';

test('what a process makes is abandoned once that process ended, also where a new one has its number', () => {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  expect(isAbandoned(`${OWNER}-1`)).toBe(false);
  expect(isAbandoned(`${process.ppid}-0123abcd-1`)).toBe(false);
  expect(isAbandoned(`${process.pid}-0123abcd-1`)).toBe(true);
  expect(isAbandoned(`${ended}-0123abcd-1`)).toBe(true);
  for (const other of ['something', 'a-0123abcd-1', `${ended}-notes`, '-1-0123abcd-1'])
    expect(isAbandoned(other)).toBe(false);
});
