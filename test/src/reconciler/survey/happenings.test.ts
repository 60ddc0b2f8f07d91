import { expect, test } from '@jest/globals';
import {
  type AuditEntry,
  happeningOf,
  happeningOfChange,
  isAbout,
  parseQuery,
} from '../../../../src/reconciler/index.ts';
import type { KubeObject } from '../../../../src/kube/index.ts';

/** As kustomize-controller's recorder writes it. */
const event: KubeObject = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: {
    name: 'apps.1',
    namespace: 'flux-system',
    uid: 'apps.1',
    annotations: { 'kustomize.toolkit.fluxcd.io/revision': 'main@sha1:abc' },
  },
  involvedObject: {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    name: 'apps',
    namespace: 'flux-system',
  },
  type: 'Warning',
  reason: 'BuildFailed',
  message: 'kustomize build failed',
  count: 3,
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:10:00Z',
  eventTime: null,
};

const change: AuditEntry = {
  time: Date.parse('2026-01-01T00:05:00Z'),
  operation: 'configured',
  object: { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'web', name: 'site' },
  kustomization: 'flux-system/apps',
  revision: 'main@sha1:abc',
  fields: ['/data/a'],
  cause: 'commit',
};

test('an event of one of Flux’s objects is told, at the time when it happened last; of others none is', () => {
  expect(happeningOf(event)).toEqual({
    kind: 'event',
    time: Date.parse('2026-01-01T00:10:00Z'),
    object: {
      group: 'kustomize.toolkit.fluxcd.io',
      version: 'v1',
      kind: 'Kustomization',
      namespace: 'flux-system',
      name: 'apps',
    },
    isWarning: true,
    reason: 'BuildFailed',
    message: 'kustomize build failed',
    count: 3,
    revision: 'main@sha1:abc',
  });
  expect(happeningOf({ ...event, involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'apps' } })).toBeUndefined();
});

test('an event that is a series has its time and count there', () => {
  const series = { count: 7, lastObservedTime: '2026-01-01T01:00:00.000000Z' };
  const inSeries = { ...event, series, eventTime: '2026-01-01T00:00:00.000000Z', lastTimestamp: null, count: null };
  expect(happeningOf(inSeries)).toMatchObject({ time: Date.parse('2026-01-01T01:00:00Z'), count: 7 });
});

test('a change is about its object, and about the Kustomization that made it', () => {
  const about = (query: string): boolean => isAbout(happeningOfChange(change), parseQuery(query));
  expect(
    ['configmap/web/site', 'ConfigMap/site', 'configmaps/site', 'ks/apps', 'Kustomization/flux-system/apps'].filter(
      about,
    ),
  ).toHaveLength(5);
  expect(['configmap/other/site', 'Secret/web/site', 'ks/other/apps', 'gitrepo/apps'].filter(about)).toEqual([]);
});
