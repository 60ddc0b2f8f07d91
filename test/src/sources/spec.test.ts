import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../src/manifest/index.ts';
import { parseGitRepository } from '../../../src/sources/index.ts';

const parse = (spec: Record<string, Json>) =>
  parseGitRepository({
    metadata: { name: 'app', namespace: 'flux-system' },
    spec: { url: 'https://host/app', interval: '1m', ...spec },
  });

describe('the spec of a GitRepository', () => {
  test('has the defaults of Flux', () => {
    expect(parse({})).toMatchObject({
      intervalMs: 60_000,
      timeoutMs: 60_000,
      reference: { kind: 'branch', branch: 'master' },
      provider: 'generic',
      suspend: false,
      recurseSubmodules: false,
      include: [],
      sparseCheckout: [],
      verify: undefined,
    });
    expect(parse({ include: [{ repository: { name: 'other' } }] }).include).toEqual([
      { repository: 'other', fromPath: '', toPath: 'other' },
    ]);
    expect(parse({ verify: { secretRef: { name: 'keys' } } }).verify).toEqual({
      secretName: 'keys',
      commit: true,
      tag: false,
    });
  });

  test.each([
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['250ms', 250],
    ['9999h', 2 ** 31 - 1],
  ])('has durations as Go writes them: %s', (interval, expected) => {
    expect(parse({ interval }).intervalMs).toBe(expected);
  });

  test.each<Record<string, Json>>([
    { url: 'git@host:app' },
    { url: 'file:///app' },
    { url: 'git://host/app' },
    { url: 'ssh://-oProxyCommand=x/app' },
    { url: 'ssh:///app' },
    { url: '' },
    { interval: '5' },
    { interval: '' },
    { timeout: '1d' },
    { ref: { commit: 'abc' } },
    { ref: { commit: 'A'.repeat(40) } },
    { ref: { branch: 'a:refs/heads/b' } },
    { ref: { branch: 'a..b' } },
    { ref: { branch: 'a b' } },
    { ref: { tag: '*' } },
    { ref: { tag: 'a.lock' } },
    { ref: { name: '/refs/heads/a' } },
    { ref: { name: '--upload-pack=x' } },
    { ref: [] },
    { ignore: 1 },
    { include: [{}] },
    { include: {} },
    { sparseCheckout: [1] },
    { recurseSubmodules: 'yes' },
    { verify: { mode: 'None', secretRef: { name: 'keys' } } },
    { verify: {} },
  ])('is refused with %j, as an error of the object', (spec) => {
    expect(() => parse(spec)).toThrow(
      expect.objectContaining({ code: 'sources/spec-invalid', place: { object: 'GitRepository/flux-system/app' } }),
    );
  });

  test.each(['azure', 'aws', 'other'])('says that the provider %s is not supported', (provider) => {
    expect(() => parse({ provider })).toThrow(expect.objectContaining({ code: 'sources/provider-unsupported' }));
  });

  test('says that a range of versions is none', () => {
    expect(() => parse({ ref: { semver: 'latest' } })).toThrow(
      expect.objectContaining({ code: 'sources/semver-invalid' }),
    );
  });
});
