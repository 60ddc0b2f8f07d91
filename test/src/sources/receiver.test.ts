import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { receiverPath, verifyReceiver } from '../../../src/sources/index.ts';

const TOKEN = 'a token';
const BODY = Buffer.from('{"ref": "refs/heads/main"}');
const hmac = (algorithm: string, key = TOKEN) => createHmac(algorithm, key).update(BODY).digest('hex');
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const hub = { ...JSON_TYPE, 'x-hub-signature-256': `sha256=${hmac('sha256')}` };

function verdict(type: string, headers: Record<string, string>, events: string[] = [], body: Uint8Array = BODY) {
  return verifyReceiver({ headers, body }, { type, events }, TOKEN);
}

describe('the path of a Receiver', () => {
  test('is the digest of its token, name and namespace', () => {
    // printf %s 'tokennamenamespace' | sha256sum
    expect(receiverPath('token', 'name', 'namespace')).toBe(
      '/hook/033cd85fb94eef8b750b62b37d50fa65adb47b1f0ab5d6a8f9f6692e516e686a',
    );
  });
});

describe('a webhook', () => {
  test.each<[string, Record<string, string>]>([
    ['generic', {}],
    ['generic-hmac', { 'x-signature': `sha1=${hmac('sha1')}` }],
    ['generic-hmac', { 'x-signature': `sha256=${hmac('sha256').toUpperCase()}` }],
    ['generic-hmac', { 'x-signature': `sha512=${hmac('sha512')}` }],
    ['github', hub],
    ['github', { ...JSON_TYPE, 'x-hub-signature': `sha1=${hmac('sha1')}` }],
    ['github', { ...hub, 'content-type': 'application/x-www-form-urlencoded' }],
    ['bitbucket', { ...JSON_TYPE, 'x-hub-signature': `sha256=${hmac('sha256')}` }],
    ['gitlab', { 'x-gitlab-token': TOKEN }],
    ['harbor', { authorization: TOKEN }],
    ['nexus', { 'x-nexus-webhook-signature': hmac('sha1') }],
    ['quay', {}],
    ['dockerhub', {}],
    ['acr', {}],
  ])('of the type %s is accepted with %j', (type, headers) => {
    expect(verdict(type, headers)).toMatchObject({ accepted: true });
  });

  test.each<[string, Record<string, string>]>([
    ['generic-hmac', {}],
    ['generic-hmac', { 'x-signature': hmac('sha256') }],
    ['generic-hmac', { 'x-signature': `md5=${hmac('md5')}` }],
    ['generic-hmac', { 'x-signature': `sha256=${hmac('sha256', 'another')}` }],
    ['generic-hmac', { 'x-signature': `sha256=` }],
    ['github', JSON_TYPE],
    ['github', { ...hub, 'content-type': 'text/plain' }],
    ['github', { ...hub, 'x-hub-signature-256': `sha256=${hmac('sha256', 'another')}` }],
    ['bitbucket', { ...JSON_TYPE, 'x-hub-signature': `sha256=${hmac('sha256', '')}` }],
    ['gitlab', {}],
    ['gitlab', { 'x-gitlab-token': 'another' }],
    ['harbor', { authorization: `Bearer ${TOKEN}` }],
    ['nexus', {}],
    ['nexus', { 'x-nexus-webhook-signature': hmac('sha256') }],
    ['gcr', {}],
    ['cdevents', {}],
    ['generic-oidc', {}],
    ['', {}],
  ])('of the type %j is refused with %j', (type, headers) => {
    expect(verdict(type, headers)).toMatchObject({ accepted: false, reason: expect.any(String) });
  });

  test.each(['quay', 'dockerhub', 'acr'])('of the type %s is refused where its body is no JSON object', (type) => {
    for (const body of ['', 'x', '[]', '"a"', 'null']) {
      expect(verdict(type, {}, [], Buffer.from(body)).accepted).toBe(false);
    }
  });

  test.each([
    ['github', { ...hub, 'x-github-event': 'push' }],
    ['gitlab', { 'x-gitlab-token': TOKEN, 'x-gitlab-event': 'Push' }],
    ['bitbucket', { ...hub, 'x-event-key': 'PUSH' }],
  ])('of the type %s is held to spec.events', (type, headers) => {
    expect(verdict(type, headers)).toMatchObject({ accepted: true, event: expect.stringMatching(/push/i) });
    expect(verdict(type, headers, ['ping', 'Push']).accepted).toBe(true);
    expect(verdict(type, headers, ['ping']).accepted).toBe(false);
  });

  test('is never accepted without a token, which anyone could sign with', () => {
    const headers = { ...JSON_TYPE, 'x-hub-signature-256': `sha256=${hmac('sha256', '')}`, 'x-gitlab-token': '' };
    for (const type of ['github', 'gitlab', 'generic', 'harbor']) {
      expect(verifyReceiver({ headers, body: BODY }, { type, events: [] }, '').accepted).toBe(false);
    }
  });
});
