import { describe, expect, test } from '@jest/globals';
import { gitCredentials, submoduleCredentials } from '../../../src/sources/git/credentials.ts';
import { secret } from './support.ts';

const both = secret({
  username: 'ada',
  password: 'secret',
  identity: 'key',
  known_hosts: 'host',
  'ca.crt': 'authority',
});

function credentialsFor(source: string, submodule: string) {
  const url = new URL(source);
  const own = gitCredentials(url, both);
  return { own, given: submoduleCredentials(new URL(submodule), { url, credentials: own, secret: both }) };
}

describe('a submodule', () => {
  test.each([
    ['https://host/a', 'https://host/b'],
    ['http://host/a', 'http://host/b'],
    ['https://host:8443/a', 'https://host:8443/b'],
    ['ssh://git@host/a', 'ssh://git@host/b'],
  ])('of %s at %s is fetched with the same credentials', (source, submodule) => {
    const { own, given } = credentialsFor(source, submodule);
    expect(given).toEqual(own);
  });

  test.each([
    ['https://host/a', 'https://other/b'],
    ['https://host/a', 'https://host:8443/b'],
    ['https://host/a', 'http://host/b'],
    ['ssh://host/a', 'https://host/b'],
    ['https://host/a', 'https://evil.host/b'],
  ])('of %s at %s gets none of them', (source, submodule) => {
    const { given } = credentialsFor(source, submodule);
    expect(given).toMatchObject({ transport: 'http', authorization: undefined, certificateAuthority: undefined });
  });

  test('by ssh on another host has no key, which is an error', () => {
    expect(() => credentialsFor('ssh://host/a', 'ssh://other/b')).toThrow("there is no 'identity'");
  });

  test('by ssh on the host of an https URL has the key of the same Secret, and its own user', () => {
    expect(credentialsFor('https://host/a', 'ssh://bob@host/b').given).toMatchObject({ transport: 'ssh', user: 'bob' });
    expect(credentialsFor('ssh://git@host/a', 'ssh://bob@host/b').given).toMatchObject({
      user: 'bob',
      identity: 'key\n',
    });
  });
});
