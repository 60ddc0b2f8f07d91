import { describe, expect, test } from '@jest/globals';
import {
  addToHistory,
  type Conditions,
  formatDuration,
  isTrue,
  markReconciling,
  markStalled,
  parseConditions,
  parseDuration,
  setCondition,
} from '../../../../src/flux/index.ts';

const AT = (second: number, generation = 1) => ({ now: Date.UTC(2026, 0, 1, 0, 0, second, 789), generation });
const typesOf = (conditions: Conditions) => conditions.map(({ type }) => type);

describe('a condition', () => {
  test('keeps its time while it says the same, also of a new generation', () => {
    const first = setCondition([], 'Ready', 'False', 'BuildFailed', 'no', AT(1));
    const same = setCondition(first, 'Ready', 'False', 'BuildFailed', 'no', AT(2, 2));
    expect(same).toEqual([{ ...first[0], observedGeneration: 2 }]);
    expect(same[0]?.lastTransitionTime).toBe('2026-01-01T00:00:01Z');
  });
  test('has a new time as soon as its message is another', () => {
    const first = setCondition([], 'Ready', 'False', 'BuildFailed', 'no', AT(1));
    const other = setCondition(first, 'Ready', 'False', 'BuildFailed', 'still no', AT(2));
    expect(other[0]?.lastTransitionTime).toBe('2026-01-01T00:00:02Z');
  });
  test('of stalling ends that of reconciling, and the other way round', () => {
    const working = markReconciling([], 'Progressing', 'x', AT(1));
    const stuck = markStalled(working, 'AccessDenied', 'y', AT(2));
    expect(typesOf(stuck)).toEqual(['Stalled']);
    expect(typesOf(markReconciling(stuck, 'Progressing', 'x', AT(3)))).toEqual(['Reconciling']);
  });
  test('stands where people look for it', () => {
    let conditions: Conditions = [];
    for (const type of ['Healthy', 'Ready', 'Another', 'Reconciling']) {
      conditions = setCondition(conditions, type, 'True', 'x', 'x', AT(1));
    }
    expect(typesOf(conditions)).toEqual(['Reconciling', 'Ready', 'Another', 'Healthy']);
  });
  test('has a message of at most 32768 bytes, cut between characters', () => {
    const [condition] = setCondition([], 'Ready', 'False', 'x', 'é'.repeat(20_000), AT(1));
    expect(Buffer.byteLength(condition?.message ?? '')).toBeLessThanOrEqual(32768);
    expect(condition?.message).toMatch(/^é+\.\.\.$/);
  });
  test('that is none is not taken from a status', () => {
    expect(parseConditions([{ type: 'Ready', status: 'Maybe' }, 'x', { type: 'Ready', status: 'True' }])).toHaveLength(
      1,
    );
    expect(isTrue(parseConditions([{ type: 'Ready', status: 'True' }]), 'Ready')).toBe(true);
  });
});

describe('a duration', () => {
  test.each([
    ['1h30m', 5_400_000, '1h30m0s'],
    ['90s', 90_000, '1m30s'],
    ['1.5s', 1500, '1.5s'],
    ['250ms', 250, '250ms'],
    ['1.234567ms', 1.234567, '1.234567ms'],
    ['12µs', 0.012, '12µs'],
    ['0', 0, '0s'],
    ['10m0s', 600_000, '10m0s'],
    ['-5s', -5000, '-5s'],
  ])('%s is %d ms, and Go prints it as %s', (text, milliseconds, printed) => {
    expect(parseDuration(text)).toBeCloseTo(milliseconds, 9);
    expect(formatDuration(milliseconds)).toBe(printed);
  });
  test.each(['', '5', 'h', '1d', '1h ', '1.2.3s'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('the history', () => {
  const entry = (digest: string, second: number, status = 'ReconciliationSucceeded') => ({
    digest,
    status,
    now: AT(second).now,
    duration: 1500,
    metadata: { revision: 'main@sha1:abc' },
  });

  test('begins with the first reconciliation', () => {
    expect(addToHistory(undefined, entry('sha256:a', 1))).toEqual([
      {
        digest: 'sha256:a',
        firstReconciled: '2026-01-01T00:00:01Z',
        lastReconciled: '2026-01-01T00:00:01Z',
        lastReconciledDuration: '1.5s',
        lastReconciledStatus: 'ReconciliationSucceeded',
        totalReconciliations: 1,
        metadata: { revision: 'main@sha1:abc' },
      },
    ]);
  });
  test('counts what came to the same end again, and moves it to the front', () => {
    let history = addToHistory(undefined, entry('sha256:a', 1));
    history = addToHistory(history, entry('sha256:b', 2));
    history = addToHistory(history, entry('sha256:a', 3));
    expect(history.map(({ digest, totalReconciliations }) => [digest, totalReconciliations])).toEqual([
      ['sha256:a', 2],
      ['sha256:b', 1],
    ]);
    expect(history[0]).toMatchObject({
      firstReconciled: '2026-01-01T00:00:01Z',
      lastReconciled: '2026-01-01T00:00:03Z',
    });
  });
  test('tells a failure of the same content from its success, and keeps five', () => {
    let history = addToHistory(undefined, entry('sha256:a', 0));
    history = addToHistory(history, entry('sha256:a', 1, 'HealthCheckFailed'));
    expect(history).toHaveLength(2);
    for (let second = 2; second < 8; second++) history = addToHistory(history, entry(`sha256:${second}`, second));
    expect(history.map(({ digest }) => digest)).toEqual([7, 6, 5, 4, 3].map((second) => `sha256:${second}`));
  });
});
