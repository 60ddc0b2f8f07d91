import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiObject } from 'cdk8s';
import { Application, Cluster, Namespace } from '../../constructs/index.ts';
import { errorsOf } from '../support/cluster.ts';
import { temporaryFolder } from '../support/folder.ts';

const base = temporaryFolder();
let count = 0;
let project: string;
let file: string;

beforeEach(() => {
  count += 1;
  project = path.join(base, String(count));
  file = path.join(project, '.slipway', 'judged-kubernetes');
  fs.mkdirSync(path.dirname(file), { recursive: true });
});

function cluster(data: object, kubernetesVersion?: string): Cluster {
  const options = { repository: { url: 'https://git.example.org/test.git' }, project };
  const made = new Cluster('test', { ...options, ...(kubernetesVersion !== undefined && { kubernetesVersion }) });
  const app = new Application(new Namespace(made, 'web'), 'site');
  new ApiObject(app, 'config', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'site' }, data });
  return made;
}

const digests = (): string[] => fs.readFileSync(file, 'utf8').split('\n').slice(1);

describe('objects that nothing was said of', () => {
  test('are remembered until they are others', () => {
    cluster({ a: 'b' }).assemble().judged.save();
    const first = digests();
    cluster({ a: 'c' }).assemble().judged.save();
    const second = digests();
    // Its Namespace, Application, GitRepository and the two Kustomizations of flux/ stay.
    expect(first).toHaveLength(6);
    expect(second.filter((digest) => first.includes(digest))).toHaveLength(5);
    expect(second).toHaveLength(6);
  });

  test('are not judged again', () => {
    const judged = cluster({ a: 1 });
    expect(errorsOf(() => judged.assemble())).toMatchObject([{ code: 'schema/wrong-type' }]);
    cluster({ a: 'b' }).assemble().judged.save();
    const [stamp = ''] = fs.readFileSync(file, 'utf8').split('\n');
    // As if this one had been found to fit.
    const { judged: other } = cluster({ a: 'b' }).assemble();
    const circumstances = JSON.stringify([null, null, null, '5m', true, false]);
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: site\n  namespace: web\ndata:\n  a: 1\n';
    fs.writeFileSync(file, [stamp, other.digestOf(`${circumstances} \n${text}`)].join('\n'));
    expect(errorsOf(() => cluster({ a: 1 }).assemble())).toEqual([]);
    // It was not for another release of Kubernetes.
    expect(errorsOf(() => cluster({ a: 1 }, '1.34').assemble())).toMatchObject([{ code: 'schema/wrong-type' }]);
  });

  test('are judged again where the cluster around them is another', () => {
    const other = (namespace: string): Cluster => {
      const made = new Cluster('test', { repository: { url: 'https://git.example.org/test.git' }, project });
      const app = new Application(new Namespace(made, 'web'), 'site');
      new Namespace(made, namespace);
      const metadata = { name: 'site', namespace: 'shop' };
      new ApiObject(app, 'config', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } });
      return made;
    };
    other('shop').assemble().judged.save();
    expect(errorsOf(() => other('shop').assemble())).toEqual([]);
    expect(errorsOf(() => other('store').assemble())).toMatchObject([{ code: 'synth/namespace' }]);
  });

  test('are those alone: what was warned of is warned of again', () => {
    const warned = (): Cluster => {
      const made = new Cluster('test', { repository: { url: 'https://git.example.org/test.git' }, project });
      const app = new Application(new Namespace(made, 'web'), 'site');
      const containers = [{ name: 'site', image: 'example.org/site' }];
      new ApiObject(app, 'pod', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'site' }, spec: { containers } });
      return made;
    };
    const codes = (): string[] => {
      const { judged, warnings } = warned().assemble();
      judged.save();
      return warnings.map(({ code }) => code);
    };
    const first = codes();
    expect(first).toContain('synth/floating-tag');
    expect(codes()).toEqual(first);
  });

  test('are written once', () => {
    cluster({ a: 'b' }).assemble().judged.save();
    const { ino } = fs.statSync(file);
    cluster({ a: 'b' }).assemble().judged.save();
    expect(fs.statSync(file).ino).toBe(ino);
  });

  test('are judged again where the record is not readable, or gone', () => {
    fs.writeFileSync(file, 'nonsense\n\0');
    expect(errorsOf(() => cluster({ a: 1 }).assemble())).toMatchObject([{ code: 'schema/wrong-type' }]);
    fs.rmSync(path.dirname(file), { recursive: true });
    expect(errorsOf(() => cluster({ a: 1 }).assemble())).toMatchObject([{ code: 'schema/wrong-type' }]);
    cluster({ a: 'b' }).assemble().judged.save();
    expect(fs.readdirSync(path.dirname(file)).sort()).toEqual(['.gitignore', 'judged-kubernetes']);
  });
});
