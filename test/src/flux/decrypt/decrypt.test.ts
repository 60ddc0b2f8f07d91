import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../../src/manifest/index.ts';
import type { FormatName } from '../../../../src/sops/index.ts';
import { createEngine, createKustomizeProgram } from '../../../../src/render/index.ts';
import { buildFolder, decoded, strictly } from '../../../support/decrypted-folder.ts';
import { IDENTITY, OTHER_RECIPIENT, seal, secretText } from '../../../support/sealed.ts';
import { RealSops } from '../../../support/real-sops.ts';
import { describeWithTool } from '../../../support/tools.ts';

const how = strictly(IDENTITY);
const list = (...resources: readonly string[]): string => `resources: [${resources.join(', ')}]\n`;

describeWithTool('sops', 'what the real sops encrypted is decrypted as Flux does it', (program) => {
  let sops: RealSops;
  const key = () => strictly(sops.identity);
  const sealed = (plain: string | Buffer, format: FormatName): Buffer => {
    const bytes = sops.encrypt(Buffer.from(plain), format);
    if (bytes === undefined) throw new Error(sops.complaint);
    return bytes;
  };
  beforeAll(async () => {
    sops = await RealSops.start(program);
    sops.writeConfig({});
  });
  afterAll(() => {
    sops.stop();
  });

  const env = 'USER=admin\nPASSWORD=p w=d # no comment\n';
  const json = '{\n\t"auths": {\n\t\t"example.org": "abc"\n\t}\n}\n';
  const ini = '[section]\nkey = value\n';
  const binary = Buffer.from([0, 1, 2, 255, 10]);
  const generators = `secretGenerator:
  - name: sources
    envs: [settings.env]
    files: [config.json, some.ini, key=blob.bin, .dockerconfigjson=docker.json, plain.txt]
generatorOptions: { disableNameSuffixHash: true }
`;
  const plainFiles = {
    'settings.env': env,
    'config.json': '{\n\t"a": 1\n}\n',
    'some.ini': ini,
    'blob.bin': binary,
    'docker.json': json,
    'plain.txt': 'not encrypted',
  };
  const sealedFiles = () => ({
    'settings.env': sealed(env, 'dotenv'),
    'config.json': sealed('{"a": 1}', 'json'),
    'some.ini': sealed(ini, 'ini'),
    'blob.bin': sealed(binary, 'binary'),
    'docker.json': sealed(json, 'json'),
    'plain.txt': 'not encrypted',
  });

  test('in files and envs of secretGenerator, in every format', async () => {
    const plain = await buildFolder({ 'kustomization.yaml': generators, ...plainFiles }, how);
    const { objects, encrypted } = await buildFolder({ 'kustomization.yaml': generators, ...sealedFiles() }, key());
    expect(objects).toEqual(plain.objects);
    expect(encrypted.map(({ file, isOpen }) => [file, isOpen])).toEqual(
      ['config.json', 'some.ini', 'blob.bin', 'docker.json', 'settings.env'].map((file) => [file, true]),
    );
    expect(encrypted[0]?.recipients).toEqual([sops.recipient]);
  });

  test('in names with a hash, which are those of the plain files', async () => {
    const hashed = generators.replace(/generatorOptions.*\n/, '');
    const plain = await buildFolder({ 'kustomization.yaml': hashed, ...plainFiles }, how);
    const { objects } = await buildFolder({ 'kustomization.yaml': hashed, ...sealedFiles() }, key());
    expect(objects).toEqual(plain.objects);
  });

  test('in patches by path, also of a component and of a folder that resources name', async () => {
    const patch = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n    name: config\ndata:\n    patched: value\n';
    sops.writeConfig({ encrypted_regex: '^data$' });
    const files = {
      'kustomization.yaml': 'resources: [base]\ncomponents: [component]\n',
      'base/kustomization.yaml': 'resources: [config.yaml]\npatches: [{ path: patch.yaml }]\n',
      'base/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\ndata: { a: b }\n',
      'base/patch.yaml': sealed(patch, 'yaml'),
      'component/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{ path: patch.yaml }]\n',
      'component/patch.yaml': sealed(patch.replace('patched: value', 'other: "1"'), 'yaml'),
    };
    sops.writeConfig({});
    const { objects } = await buildFolder(files, key());
    expect(objects.map(({ data }) => data)).toEqual([{ a: 'b', patched: 'value', other: '1' }]);
  });

  test('in manifests of any kind, whatever kustomize made of them, typed as they were', async () => {
    const manifest =
      'apiVersion: example.org/v1\nkind: Thing\nmetadata:\n    name: thing\nspec:\n    text: "07"\n    number: 7\n    big: 9007199254740993\n    share: 0.5\n    flag: true\n    list: [a, b]\n    empty: ""\n';
    sops.writeConfig({ encrypted_regex: '^spec$' });
    const encrypted = sealed(manifest, 'yaml');
    sops.writeConfig({});
    const files = {
      'kustomization.yaml': `${list('thing.yaml')}namespace: web\nnamePrefix: my-\ncommonLabels: { a: b }\n`,
      'thing.yaml': encrypted,
    };
    const { objects } = await buildFolder(files, key());
    expect(objects).toEqual([
      {
        apiVersion: 'example.org/v1',
        kind: 'Thing',
        metadata: { name: 'my-thing', namespace: 'web', labels: { a: 'b' } },
        spec: {
          text: '07',
          number: 7,
          big: 9007199254740993n,
          share: 0.5,
          flag: true,
          list: ['a', 'b'],
          empty: '',
        },
      },
    ]);
  });

  test('in values of data of a Secret, where the key tells the format that comes out', async () => {
    const value = (bytes: Buffer): string => bytes.toString('base64');
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'inside' },
      data: {
        'a.yaml': value(sealed('a: 1\n', 'yaml')),
        'a.json': value(sealed('a: 1\n', 'yaml')),
        'a.env': value(sealed('A=1\n', 'dotenv')),
        blob: value(sealed(binary, 'binary')),
        plain: value(Buffer.from('plain')),
        odd: 'no base64',
        ['__proto__']: value(sealed(binary, 'binary')),
      },
      stringData: { left: sealed('A=1\n', 'dotenv').toString() },
    };
    const { objects } = await buildFolder({ 'secret.yaml': JSON.stringify(secret) }, key());
    expect(decoded(objects[0])).toMatchObject({
      'a.yaml': 'a: 1\n',
      'a.json': '{\n\t"a": 1\n}\n',
      'a.env': 'A=1\n',
      plain: 'plain',
    });
    const data = objects[0]?.data as JsonObject;
    expect(data.blob).toBe(value(binary));
    expect(data.odd).toBe('no base64');
    expect(Object.keys(data)).toEqual(Object.keys(secret.data));
    expect(Object.getOwnPropertyDescriptor(data, '__proto__')?.value).toBe(value(binary));
    expect(objects[0]?.stringData).toEqual(secret.stringData);
  });

  test('where several documents of a file were encrypted together, or one file put behind another', async () => {
    sops.writeConfig({ encrypted_regex: '^stringData$' });
    const one = (name: string) => secretText(name, { password: `of ${name}` });
    const together = sealed(`${one('a')}---\n${one('b')}`, 'yaml');
    const joined = `${sealed(one('c'), 'yaml').toString()}---\n${sealed(one('d'), 'yaml').toString()}`;
    sops.writeConfig({});
    const { objects } = await buildFolder({ 'a.yaml': together, 'c.yaml': joined }, key());
    expect(objects.map(({ stringData }) => stringData)).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => ({ password: `of ${name}` })),
    );
  });
});

describe('decryption', () => {
  test('leaves what Flux leaves: bases, configMapGenerator, what is switched off', async () => {
    const env = await seal('A=1\n', {
      format: 'dotenv',
      macOnlyEncrypted: false,
      rule: { kind: 'unencrypted_suffix', value: '_unencrypted' },
    });
    const off = secretText('off', { password: 'hunter2' }).replace(
      'namespace: web',
      'namespace: web\n  annotations: { kustomize.toolkit.fluxcd.io/decrypt: Disabled }',
    );
    const { objects, encrypted } = await buildFolder(
      {
        'kustomization.yaml': 'resources: [off.yaml]\nconfigMapGenerator: [{ name: config, files: [a.env] }]\n',
        'a.env': env,
        'off.yaml': await seal(off),
      },
      how,
    );
    expect(encrypted).toEqual([]);
    expect(objects.find(({ kind }) => kind === 'Secret')?.sops).toBeDefined();
    expect(objects.find(({ kind }) => kind === 'ConfigMap')?.data).toEqual({ 'a.env': env });
  });

  test('names the file and its recipients where no identity opens it', async () => {
    const file = await seal(secretText('login', { password: 'hunter2' }), { recipients: [OTHER_RECIPIENT] });
    await expect(buildFolder({ 'login.yaml': file }, how)).rejects.toMatchObject({
      code: 'sops/no-identity',
      message: expect.stringContaining(OTHER_RECIPIENT) as unknown,
      place: { object: 'Secret/web/login' },
    });
    const { objects, encrypted } = await buildFolder({ 'login.yaml': file }, { ...how, mayStayClosed: true });
    expect(objects[0]?.sops).toBeDefined();
    expect(encrypted).toMatchObject([{ file: 'login.yaml', recipients: [OTHER_RECIPIENT], isOpen: false }]);
  });

  test('verifies the MAC of a manifest as it is in git, though kustomize adds to it', async () => {
    const file = await seal(secretText('login', { password: 'hunter2' }), { macOnlyEncrypted: false });
    const patched = { 'kustomization.yaml': `${list('login.yaml')}commonLabels: { a: b }\n` };
    await expect(buildFolder({ ...patched, 'login.yaml': file }, how)).resolves.toBeDefined();
    const edited = file.replace('type: Opaque', 'type: Edited');
    await expect(buildFolder({ ...patched, 'login.yaml': edited }, how)).rejects.toMatchObject({
      code: 'sops/mac-mismatch',
      place: { file: 'login.yaml', line: 9 },
    });
  });

  test('applies what has a broken MAC where that is allowed, and tells of it', async () => {
    const file = (await seal(secretText('login', { password: 'hunter2' }), { macOnlyEncrypted: false })).replace(
      'type: Opaque',
      'type: Edited',
    );
    const told: string[] = [];
    const lax = { ...how, onBrokenMac: ({ code }: { code: string }) => told.push(code) };
    const { objects } = await buildFolder({ 'login.yaml': file }, lax);
    expect(objects[0]).toMatchObject({ type: 'Edited', stringData: { password: 'hunter2' } });
    expect(told).toEqual(['sops/mac-mismatch']);
  });

  test('verifies the MAC of sources of generators', async () => {
    const env = await seal('A=1\nB=2\n', {
      format: 'dotenv',
      macOnlyEncrypted: false,
      rule: { kind: 'encrypted_regex', value: '^A$' },
    });
    const files = { 'kustomization.yaml': 'secretGenerator: [{ name: a, envs: [a.env] }]\n' };
    await expect(buildFolder({ ...files, 'a.env': env.replace('B=2', 'B=3') }, how)).rejects.toMatchObject({
      code: 'sops/mac-mismatch',
      place: { file: 'a.env' },
    });
  });

  test('refuses a source of more than 5 MiB, encrypted or not, and a folder', async () => {
    const generator = { 'kustomization.yaml': 'secretGenerator: [{ name: a, files: [big] }]\n' };
    await expect(buildFolder({ ...generator, big: 'x'.repeat(5 * 1024 * 1024 + 1) }, how)).rejects.toMatchObject({
      code: 'flux/source-too-large',
      place: { file: 'big' },
    });
    await expect(buildFolder({ ...generator, 'big/file': '' }, how)).rejects.toMatchObject({
      code: 'flux/irregular-source',
    });
  });
});

describe('a mark in place of a value', () => {
  const masked = { ...how, masked: true };
  const passwordOf = async (file: string): Promise<unknown> => {
    const { objects } = await buildFolder({ 'login.yaml': file }, masked);
    return (objects[0]?.stringData as JsonObject).password;
  };

  test('is the same for the same value of the same file, another for another, and valid as base64 and as a label', async () => {
    const file = await seal(secretText('login', { password: 'hunter2', other: 'hunter2' }));
    const { objects } = await buildFolder({ 'login.yaml': file }, masked);
    const { password, other } = objects[0]?.stringData as Record<string, string>;
    expect(password).toMatch(/^masked[0-9a-f]{18}$/);
    expect(password).not.toBe(other);
    expect(await passwordOf(file)).toBe(password);
    expect(await passwordOf(await seal(secretText('login', { password: 'hunter2' })))).not.toBe(password);
  });

  test('is what a generator and a patch are given, so that nothing of the value is in a name either', async () => {
    const rule = { kind: 'encrypted_regex', value: '.' } as const;
    const files = {
      'kustomization.yaml': 'secretGenerator: [{ name: made, envs: [a.env] }]\n',
      'a.env': await seal('A=hunter2\n', { format: 'dotenv', rule }),
    };
    const plain = await buildFolder({ ...files, 'a.env': 'A=hunter2\n' }, how);
    const { objects, built } = await buildFolder(files, masked);
    expect(decoded(objects[0]).A).toMatch(/^masked/);
    expect(built[0]?.metadata).not.toEqual(plain.built[0]?.metadata);
  });
});

describeWithTool('kustomize', 'a build that only the real kustomize does', (program) => {
  test('gets decrypted files in memory, keeps nothing, and gives what plain files give', async () => {
    const kept: string[] = [];
    const cache = { get: () => undefined, set: (_key: string, text: string) => kept.push(text) };
    const engine = createEngine(createKustomizeProgram(program, cache), true);
    const rule = { kind: 'encrypted_regex', value: '.' } as const;
    const files = {
      'kustomization.yaml': 'secretGenerator: [{ name: made, envs: [a.env] }]\nimages: [{ name: a, newTag: b }]\n',
    };
    const plain = await buildFolder({ ...files, 'a.env': 'A=hunter2\n' }, how, { engine });
    expect(kept).toHaveLength(1);
    const sealed = { ...files, 'a.env': await seal('A=hunter2\n', { format: 'dotenv', rule }) };
    const { objects } = await buildFolder(sealed, how, { engine });
    expect(objects).toEqual(plain.objects);
    expect(kept).toHaveLength(1);
  });

  test('shows nothing of what was decrypted where it fails', async () => {
    const engine = createEngine(createKustomizeProgram(program, undefined), true);
    const rule = { kind: 'encrypted_regex', value: '.' } as const;
    const files = {
      'kustomization.yaml': 'resources: [nowhere.yaml]\nsecretGenerator: [{ name: made, envs: [a.env] }]\n',
      'a.env': await seal('A=hunter2\n', { format: 'dotenv', rule }),
    };
    await expect(buildFolder(files, how, { engine })).rejects.toMatchObject({ code: 'render/kustomize-failed' });
    const patch = {
      'kustomization.yaml': 'resources: [c.yaml]\npatches: [{ path: patch.yaml }]\n',
      'c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n',
      'patch.yaml': await seal('hunter2: { a: b }\n', { rule }),
    };
    const error = await buildFolder(patch, how, { engine }).catch((caught: unknown) => caught);
    expect((error as Error).message).not.toContain('hunter');
    expect(error).toBeInstanceOf(Error);
  });
});

test('a variable that is not set in a decrypted value is not named: it is a part of the value', async () => {
  const files = { 'login.yaml': await seal(secretText('login', { password: 'hunt${er2}' })) };
  const building = buildFolder(files, how, {
    spec: { postBuild: { substitute: { a: 'b' } } },
    variables: new Map([['a', 'b']]),
  });
  await expect(building).rejects.toMatchObject({
    code: 'render/secret-substitution',
    message: expect.not.stringContaining('er2') as unknown,
  });
});
