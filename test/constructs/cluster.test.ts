import { describe, expect, test } from '@jest/globals';
import { ApiObject, Chart } from 'cdk8s';
import { Cluster } from '../../constructs/index.ts';
import { errorsOf } from '../support/cluster.ts';

const make = (directory: string): Cluster =>
  new Cluster('test', { repository: { url: 'https://git.example.org/test.git' }, directory });

describe('a Cluster', () => {
  test.each(['../elsewhere', '/kubernetes', '.', '', 'a/../../b', '.git/hooks'])(
    'cannot have its tree in %j, outside of the project or of a folder',
    (directory) => {
      expect(errorsOf(() => make(directory)).map(({ code, exitStatus }) => [code, exitStatus])).toEqual([
        ['synth/directory', 2],
      ]);
    },
  );

  test('may have its tree in a folder of a folder, and names that to Flux', () => {
    const cluster = make('clusters/home');
    expect(cluster.pathInRepository('apps')).toBe('./clusters/home/apps');
    const text = Buffer.from(cluster.tree().get('flux/config/cluster.yaml')?.content ?? []).toString();
    expect(text).toContain('path: ./clusters/home/flux\n');
    expect(text).toContain('ignore: |\n    /*\n    !/clusters\n    /clusters/*\n    !/clusters/home\n');
  });

  test('refuses an object in a chart that has no place in the tree', () => {
    const cluster = make('kubernetes');
    new ApiObject(new Chart(cluster, 'plain'), 'lost', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'lost' },
    });
    expect(errorsOf(() => cluster.tree()).map(({ code }) => code)).toEqual(['synth/outside']);
  });
});
