import { expect, test } from '@jest/globals';
import { fingerprint } from '../../../src/reconciler/fingerprint.ts';

const deployment = (annotations?: Readonly<Record<string, string>>) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'app', ...(annotations === undefined ? {} : { annotations }) },
  spec: { replicas: 1 },
});

test('a Deployment whose rollout kube-controller-manager has numbered is as it was', () => {
  const rollout = { 'deployment.kubernetes.io/revision': '1' };
  expect(fingerprint(deployment(rollout))).toBe(fingerprint(deployment()));
  expect(fingerprint(deployment({ ...rollout, kept: '1' }))).toBe(fingerprint(deployment({ kept: '1' })));
});

test('one to which another annotation was added is not', () => {
  expect(fingerprint(deployment({ added: '1' }))).not.toBe(fingerprint(deployment()));
});
