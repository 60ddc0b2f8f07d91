import { describe, expect, test } from '@jest/globals';
import {
  attemptedRevisionOf,
  commitOf,
  isAtRest,
  isReady,
  readinessOf,
  remedyOf,
  revisionOf,
  shortRevision,
} from '../../../../src/flux/index.ts';
import type { JsonObject } from '../../../../src/manifest/index.ts';

const SINCE = '2026-11-23T10:00:00Z';
const HASH = '5b5f2d1c0f4f8d7be0a5a6b0f7f2f1a9c3f0f8aa';

function condition(type: string, status: string, reason: string, message = ''): JsonObject {
  return { type, status, reason, message, lastTransitionTime: SINCE };
}

function object(more: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: 'apps',
      namespace: 'flux-system',
      generation: 2,
      creationTimestamp: '2026-11-23T09:00:00Z',
      ...metadata,
    },
    ...more,
  };
}

/** As kustomize-controller, source-controller and helm-controller leave their objects. */
const CASES: readonly (readonly [what: string, status: JsonObject, state: string, reason: string])[] = [
  [
    'ready',
    { observedGeneration: 2, conditions: [condition('Ready', 'True', 'ReconciliationSucceeded')] },
    'ready',
    'ReconciliationSucceeded',
  ],
  [
    'ready, with a spec that was changed since',
    { observedGeneration: 1, conditions: [condition('Ready', 'True', 'ReconciliationSucceeded')] },
    'progressing',
    'ReconciliationSucceeded',
  ],
  [
    'under way',
    { conditions: [condition('Reconciling', 'True', 'Progressing'), condition('Ready', 'Unknown', 'Progressing')] },
    'progressing',
    'Progressing',
  ],
  [
    'failed and tried again',
    {
      observedGeneration: 1,
      conditions: [
        condition('Reconciling', 'True', 'ProgressingWithRetry'),
        condition('Ready', 'False', 'BuildFailed'),
      ],
    },
    'failed',
    'BuildFailed',
  ],
  [
    'stalled',
    { conditions: [condition('Stalled', 'True', 'AccessDenied'), condition('Ready', 'False', 'AccessDenied')] },
    'stalled',
    'AccessDenied',
  ],
  [
    'waiting for a dependency',
    { conditions: [condition('Ready', 'False', 'DependencyNotReady')] },
    'waiting',
    'DependencyNotReady',
  ],
  ['waiting for a chart', { conditions: [condition('Ready', 'False', 'SourceNotReady')] }, 'waiting', 'SourceNotReady'],
  // The status that the CRD gives to a new object.
  ['new', { observedGeneration: -1 }, 'unattended', ''],
];

describe('how an object of Flux stands', () => {
  test.each(CASES)('%s', (_what, status, state, reason) => {
    expect(readinessOf(object({ status }))).toMatchObject({ state, reason });
  });

  test('since when, is when its Ready condition became what it is; of what nobody looked at, when it was made', () => {
    const status = { conditions: [condition('Ready', 'False', 'BuildFailed')] };
    expect(readinessOf(object({ status })).since).toBe(SINCE);
    expect(readinessOf(object({})).since).toBe('2026-11-23T09:00:00Z');
  });

  test('suspended is at rest, whatever it was before, and others that depend on it ask what it was', () => {
    const spec = { suspend: true };
    const was = (status: 'True' | 'False'): JsonObject =>
      object({ spec, status: { conditions: [condition('Ready', status, 'x')] } });
    expect(readinessOf(was('False')).state).toBe('suspended');
    expect(isAtRest(readinessOf(was('False')))).toBe(true);
    expect([isReady(was('True')), isReady(was('False'))]).toEqual([true, false]);
  });

  test('an OCI HelmRepository has no status, and needs none', () => {
    const repository = { ...object({ spec: { type: 'oci' } }), kind: 'HelmRepository' };
    expect(readinessOf(repository).state).toBe('ready');
    expect(readinessOf({ ...repository, spec: {} }).state).toBe('unattended');
  });

  test('being deleted', () => {
    const status = { conditions: [condition('Ready', 'True', 'x')] };
    expect(readinessOf(object({ status }, { deletionTimestamp: SINCE })).state).toBe('deleting');
  });
});

describe('the revision of an object of Flux', () => {
  test('of a Kustomization is what was applied, and what was tried last is told besides', () => {
    const status = { lastAppliedRevision: 'main@sha1:a', lastAttemptedRevision: 'main@sha1:b' };
    expect([revisionOf(object({ status })), attemptedRevisionOf(object({ status }))]).toEqual([
      'main@sha1:a',
      'main@sha1:b',
    ]);
  });

  test('of a source is that of its artifact, of a HelmRelease the version of its chart', () => {
    const source = { kind: 'OCIRepository', status: { artifact: { revision: 'v1@sha256:a' } } };
    const release = {
      kind: 'HelmRelease',
      status: { history: [{ chartVersion: '6.5.0' }, { chartVersion: '6.4.0' }] },
    };
    expect([revisionOf(source), revisionOf(release), revisionOf({ kind: 'HelmRelease' })]).toEqual([
      'v1@sha256:a',
      '6.5.0',
      '',
    ]);
  });

  test('is shown with eight digits, and names a commit where it is one of git', () => {
    expect(shortRevision(`feature/x@sha1:${HASH}`)).toBe('feature/x@sha1:5b5f2d1c');
    expect(commitOf(`main@sha1:${HASH}`)).toBe(HASH);
    expect(commitOf(`sha1:${HASH}`)).toBe(HASH);
    expect(commitOf('v1@sha256:1111')).toBeUndefined();
  });
});

test('there is something to do about what failed, and nothing about what is ready or under way', () => {
  const remedy = (state: 'failed' | 'ready' | 'progressing', reason: string): string | undefined =>
    remedyOf({ state, reason, message: '', since: '' });
  expect(remedy('failed', 'BuildFailed')).toMatch(/slipway build/);
  expect(remedy('failed', 'toString')).toBeUndefined();
  expect([remedy('ready', 'BuildFailed'), remedy('progressing', 'Progressing')]).toEqual([undefined, undefined]);
});
