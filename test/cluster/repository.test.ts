import path from 'node:path';
import { expect, test } from '@jest/globals';
import { REPOSITORY, slipway } from '../support/project.ts';

test('nothing is wrong with the committed tree, as Flux would render it, and its secrets open by the demo key', () => {
  process.env.SOPS_AGE_KEY_FILE = path.join(REPOSITORY, 'sandbox/demo-age-key.txt');
  const { stdout, stderr } = slipway(REPOSITORY, 'test', '-o', 'json');
  expect(stderr).toBe('');
  const findings = JSON.parse(stdout) as { severity: string; code: string }[];
  // Kustomizations that take their manifests from other repositories are not looked at, which is a warning.
  expect(findings.filter(({ code }) => code !== 'test/skipped')).toEqual([]);
});
