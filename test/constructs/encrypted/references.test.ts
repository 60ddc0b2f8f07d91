/** Where Flux reads a Secret, it is given its construct, and finds the keys that it looks for. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  Application,
  EncryptedSecret,
  GitRepository,
  HelmRelease,
  HelmRepository,
  Manifests,
  Namespace,
  type Cluster,
} from '../../../constructs/index.ts';
import { errorsOf, fileText, testCluster } from '../../support/cluster.ts';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { seal, secretText } from '../../support/sealed.ts';

const base = temporaryFolder();
let count = 0;
let project: string;
let cluster: Cluster;
let app: Application;

beforeEach(() => {
  count += 1;
  project = path.join(base, String(count));
  fs.mkdirSync(project);
  cluster = testCluster(project);
  app = new Application(new Namespace(cluster, 'web'), 'site');
});

async function secret(
  name: string,
  keys: readonly string[],
  scope: Namespace | Application = app,
): Promise<EncryptedSecret> {
  const values = Object.fromEntries(keys.map((key) => [key, 'x']));
  writeFiles(project, { [`secrets/web/${name}.sops.yaml`]: await seal(secretText(name, values)) });
  return new EncryptedSecret(scope, name, { keys, source: `secrets/web/${name}.sops.yaml` });
}

const chart = () => new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' }).chart('site', '1.0.0');
const messages = () => errorsOf(() => cluster.tree()).map(({ code, message }) => [code, message]);

describe('a HelmRelease', () => {
  test('takes values from a key of an EncryptedSecret', async () => {
    const from = await secret('site-values', ['password']);
    new HelmRelease(app, 'site', {
      chart: chart(),
      valuesFrom: [{ from, valuesKey: 'password', targetPath: 'auth.password' }],
    });
    expect(fileText(cluster, 'apps/web/site/app/helmrelease.yaml')).toContain(
      '  valuesFrom:\n    - kind: Secret\n      name: site-values\n      valuesKey: password\n      targetPath: auth.password\n',
    );
  });

  test.each([
    [{ valuesKey: 'passwrd' }, 'passwrd'],
    [{}, 'values.yaml'],
  ])('cannot take them from a key that is not declared: %j', async (fields, key) => {
    new HelmRelease(app, 'site', {
      chart: chart(),
      valuesFrom: [{ from: await secret('v', ['password']), ...fields }],
    });
    expect(messages()).toEqual([
      ['synth/secret-key', `/spec/valuesFrom/0 needs the key ${key} in Secret/v, which declares password.`],
    ]);
  });
});

describe('a GitRepository', () => {
  const repository = (secretRef: EncryptedSecret) =>
    new GitRepository(app, 'code', { url: 'ssh://git@git.example.org/code.git', secretRef });

  test('takes its credentials from an EncryptedSecret', async () => {
    repository(await secret('deploy-key', ['identity', 'known_hosts', 'identity.pub']));
    expect(fileText(cluster, 'apps/web/site/app/gitrepository-code.yaml')).toContain(
      '  secretRef:\n    name: deploy-key\n',
    );
  });

  test('says which keys Flux would look for', async () => {
    repository(await secret('deploy-key', ['identity']));
    expect(messages()[0]?.[1]).toContain('username with password, or bearerToken, or identity with known_hosts');
  });
});

describe('the decryption of an Application', () => {
  test('takes an EncryptedSecret with a key that ends as Flux wants it', async () => {
    const namespace = new Namespace(cluster, 'flux-system');
    for (const [key, problems] of [
      ['age.agekey', 0],
      ['age.key', 1],
    ] as const) {
      const name = key.replace('.', '-');
      const secretRef = await secret(name, [key], namespace);
      new Application(namespace, name, {
        source: new GitRepository(cluster, name, { url: 'https://git.example.org/x.git' }),
        decryption: { provider: 'sops', secretRef },
      });
      const found = messages().filter(([code]) => code === 'synth/secret-key');
      expect(found.map(([, message]) => message)).toEqual(
        problems === 0
          ? []
          : ['/spec/decryption/secretRef needs a key that ends in .agekey in Secret/age-key, which declares age.key.'],
      );
    }
  });
});

describe('postBuild.substituteFrom', () => {
  test('takes an EncryptedSecret whose keys can be variables', async () => {
    const namespace = new Namespace(cluster, 'flux-system');
    const good = await secret('good', ['DOMAIN'], namespace);
    const bad = await secret('bad', ['my-domain'], namespace);
    const source = new GitRepository(cluster, 'code', { url: 'https://git.example.org/x.git' });
    new Application(namespace, 'a', { source, postBuild: { substituteFrom: [{ from: good }] } });
    new Application(namespace, 'b', { source, postBuild: { substituteFrom: [{ from: bad }] } });
    expect(messages().filter(([code]) => code === 'synth/secret-key')).toEqual([
      [
        'synth/secret-key',
        '/spec/postBuild/substituteFrom/0 makes a variable of every key of Secret/bad, and my-domain cannot be one.',
      ],
    ]);
  });
});

describe('a hand-written SOPS file', () => {
  const lay = async (options: ConstructorParameters<typeof Application>[2]) => {
    writeFiles(project, { 'manifests/db.sops.yaml': await seal(secretText('db', { a: 'x' })) });
    new Manifests(new Application(app.parent, 'by-hand', options), 'm', { path: 'manifests' });
    return messages().filter(([, message]) => !String(message).startsWith('The Application holds nothing'));
  };

  test('is an error where nothing decrypts it', async () => {
    expect(await lay({})).toEqual([
      [
        'synth/no-decryption',
        'It is encrypted, and its Kustomization decrypts nothing: Flux would refuse to apply it.',
      ],
    ]);
  });

  test('is taken where its Application decrypts', async () => {
    expect(await lay({ decryption: { provider: 'sops', secretRef: { name: 'sops-age' } } })).toEqual([]);
  });
});
