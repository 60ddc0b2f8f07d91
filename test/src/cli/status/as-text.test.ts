import { expect, test } from '@jest/globals';
import { statusScreen, statusText } from '../../../../src/cli/status/as-text.ts';
import type { StatusReport } from '../../../../src/cli/status/report.ts';
import type { Terminal } from '../../../../src/cli/terminal.ts';
import type { KubeObject } from '../../../../src/kube/index.ts';
import { fluxObjects } from '../../../../src/reconciler/index.ts';

const PIPE: Terminal = { width: undefined, paint: (text) => text };
const narrow = (width: number): Terminal => ({ width, paint: (text) => text });
const HASH = '5b5f2d1c0f4f8d7be0a5a6b0f7f2f1a9c3f0f8aa';

function kustomization(name: string, status: string, reason: string, more: object = {}): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system', uid: name },
    spec: { sourceRef: { kind: 'GitRepository', name: 'repo' } },
    status: {
      conditions: [
        {
          type: 'Ready',
          status,
          reason,
          message: `What it says\nof ${reason}`,
          lastTransitionTime: '2026-11-23T10:00:00Z',
        },
      ],
      ...more,
    },
  };
}

const source: KubeObject = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'repo', namespace: 'flux-system', uid: 'repo' },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: '2026-11-21T10:12:00Z' },
    ],
    artifact: { revision: `main@sha1:${HASH}` },
  },
};

function report(...objects: readonly KubeObject[]): StatusReport {
  const all = fluxObjects([source, ...objects]);
  const causes = new Map(
    all
      .filter(({ readiness }) => readiness.state === 'failed')
      .map((one) => [
        one,
        {
          commit: {
            hash: HASH,
            author: 'Ada <ada@example.org>',
            date: '2026-11-23T09:00:00Z',
            subject: 'Raise the memory',
          },
          madeBy: { file: 'kubernetes/apps/web/ks.yaml', source: ['cluster/web.ts:20:3', 'main.ts:7:1'] },
          unwell: [
            {
              identity: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'web', name: 'site' },
              health: { status: 'InProgress', message: 'Available: 0/1' } as const,
              pods: ['container site: ImagePullBackOff'],
            },
          ],
          remedy: 'Mend it.',
        },
      ]),
  );
  const keepers = [
    { controller: 'kustomize-controller', holder: 'slipway-laptop-42_5c0d' },
    { controller: 'source-controller', holder: 'slipway-laptop-42_5c0d' },
  ];
  const now = Date.parse('2026-11-23T10:12:00Z');
  return { context: 'home', server: 'https://10.0.0.1:6443', keepers, objects: all, causes, now };
}

const ready = kustomization('site', 'True', 'ReconciliationSucceeded', { lastAppliedRevision: `main@sha1:${HASH}` });
const failed = kustomization('bad', 'False', 'HealthCheckFailed');

test('the status has a line for each object, then why one failed, since when, by whom, where it is written and what to do', () => {
  expect(statusText(report(failed, ready), PIPE)).toBe(`home https://10.0.0.1:6443
kept by Slipway, process 42 on laptop

   GitRepository
✓  flux-system/repo  main@sha1:5b5f2d1c  2d
   Kustomization
✗  flux-system/bad                       12m  HealthCheckFailed
✓  flux-system/site  main@sha1:5b5f2d1c  12m

✗ Kustomization/flux-system/bad  failed for 12m
  status     HealthCheckFailed: What it says
             of HealthCheckFailed
  not well   Deployment/web/site InProgress: Available: 0/1
               container site: ImagePullBackOff
  commit     5b5f2d1c0f4f  Ada <ada@example.org>, 2026-11-23T09:00:00Z
             Raise the memory
  file       kubernetes/apps/web/ks.yaml
  made by    cluster/web.ts:20:3
             from main.ts:7:1
  to do      Mend it.

1 of 3 objects is not ready.
`);
});

test('no line is longer than the terminal', () => {
  const lines = statusText(report(failed, ready), narrow(50)).split('\n');
  expect(lines.filter((line) => line.length > 50)).toEqual([]);
  expect(lines).toContain('✗  flux-system/bad                       12m  Hea…');
});

test('where all is ready it says so', () => {
  expect(statusText(report(ready), PIPE)).toMatch(/\n2 objects, all ready\.\n$/);
});

test('on a screen that is too small those that are ready are counted, and no more is shown than fits', () => {
  const many = Array.from({ length: 30 }, (_, index) => kustomization(`app-${index}`, 'True', 'x'));
  const broken = Array.from({ length: 30 }, (_, index) => kustomization(`bad-${index}`, 'False', 'BuildFailed'));
  const fits = statusScreen(report(...many, failed), PIPE, 20).split('\n');
  expect(fits).toContain('   Kustomization    30 at rest');
  expect(fits.join('\n')).toContain('✗  flux-system/bad');
  const cut = statusScreen(report(...many, ...broken), PIPE, 20).split('\n');
  expect(cut.length).toBeLessThanOrEqual(20);
  expect(cut.join('\n')).toMatch(/… \d+ more lines\n\n30 of 61 objects are not ready\./);
});
