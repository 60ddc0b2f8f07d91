import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { releaseName, releaseNamespace, storageNamespace } from '../../../../src/flux/index.ts';

describe('the name of a Helm release', () => {
  test('is that of the HelmRelease, after its targetNamespace where it has one', () => {
    expect(releaseName('site', {})).toBe('site');
    expect(releaseName('site', { targetNamespace: 'web' })).toBe('web-site');
  });

  test('is releaseName where that is given', () => {
    expect(releaseName('site', { releaseName: 'mine', targetNamespace: 'web' })).toBe('mine');
  });

  test('of more than 53 characters is cut to 40, a hyphen and 12 of its SHA-256', () => {
    const name = 'a'.repeat(54);
    const hash = createHash('sha256').update(name).digest('hex');
    expect(releaseName('a'.repeat(53), {})).toBe('a'.repeat(53));
    expect(releaseName(name, {})).toBe(`${'a'.repeat(40)}-${hash.slice(0, 12)}`);
  });

  test('stands in the targetNamespace, or beside the HelmRelease', () => {
    expect(releaseNamespace('flux-system', { targetNamespace: 'web' })).toBe('web');
    expect(releaseNamespace('flux-system', {})).toBe('flux-system');
  });

  test('is kept in the storageNamespace, or beside the HelmRelease', () => {
    expect(storageNamespace('flux-system', { targetNamespace: 'web' })).toBe('flux-system');
    expect(storageNamespace('flux-system', { storageNamespace: 'records' })).toBe('records');
  });
});
