/** What the flags of Flux's controllers mean to a session. */
import { expect, test } from '@jest/globals';
import type { Arguments } from '../../../../src/cli/command.ts';
import { reconcileOptions } from '../../../../src/cli/sync/options.ts';
import { DEFAULT_POLICY, type Policy } from '../../../../src/reconciler/index.ts';
import { testIo } from '../../../support/test-io.ts';

function policyOf(options: Arguments['options']): Policy {
  return reconcileOptions({ options, operands: [] }, testIo('/').io).policy;
}

test('without flags all is as Flux has it', () => {
  expect(policyOf({})).toEqual(DEFAULT_POLICY);
});

test('feature gates are taken several at a time, each on or off', () => {
  const gates = ['StrictPostBuildSubstitutions=false,MigrateAPIVersion=true', 'DisableFailFastBehavior=true'];
  expect(policyOf({ 'feature-gates': gates })).toEqual({
    ...DEFAULT_POLICY,
    strictSubstitutions: false,
    migrateApiVersion: true,
    failFast: false,
  });
});

test.each([
  ['feature-gates', ['ExternalArtifact=true'], 'The feature gate ExternalArtifact is not known here'],
  ['feature-gates', ['MigrateAPIVersion'], 'takes NAME=true or NAME=false'],
  ['interval-jitter-percentage', '100', 'takes a whole number from 0 to 99'],
  ['interval-jitter-percentage', '-1', 'takes a whole number from 0 to 99'],
])('--%s %s is wrong use, and says why', (flag, value, why) => {
  expect(() => policyOf({ [flag]: value })).toThrow(why);
});

test('an interval varies by the percentage that is given', () => {
  expect(policyOf({ 'interval-jitter-percentage': '0' }).intervalJitter).toBe(0);
  expect(policyOf({ 'interval-jitter-percentage': '20' }).intervalJitter).toBe(20);
});
