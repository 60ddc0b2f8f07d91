import { describe, expect, test } from '@jest/globals';
import { ApiObject, Lazy, type IResolver, type ResolutionContext } from 'cdk8s';
import { Application, Cluster, Namespace } from '../../constructs/index.ts';
import { temporaryFolder } from '../support/folder.ts';

const project = temporaryFolder();

function config(data: object, resolver?: IResolver): unknown {
  const cluster = new Cluster('test', { repository: { url: 'https://git.example.org/test.git' }, project });
  if (resolver !== undefined) cluster.resolvers.push(resolver);
  const app = new Application(new Namespace(cluster, 'web'), 'site');
  const object = new ApiObject(app, 'config', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'site' },
    data,
  });
  return (object.toJson() as { data: unknown }).data;
}

describe('the values of an object', () => {
  test('are what cdk8s makes of them: late ones, tokens, lists and maps in each other', () => {
    const token = { resolve: () => 'late' };
    const deep: unknown = Lazy.any({ produce: () => 'later' });
    const lazy: unknown = Lazy.any({ produce: () => ({ list: [token, { deep }] }) });
    expect(config({ plain: 'a', lazy, absent: undefined })).toEqual({
      lazy: { list: ['late', { deep: 'later' }] },
      plain: 'a',
    });
  });

  test('are asked of a resolver that the author adds, each of them', () => {
    const shout: IResolver = {
      resolve(context: ResolutionContext) {
        const value: unknown = context.value;
        if (value === 'quiet') context.replaceValue('LOUD');
      },
    };
    expect(config({ a: 'quiet', b: { c: ['quiet'] } }, shout)).toEqual({ a: 'LOUD', b: { c: ['LOUD'] } });
  });
});
