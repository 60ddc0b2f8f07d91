/** HelmReleases whose values come from Secrets: what steers the chart does, and no value is anywhere. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, test } from '@jest/globals';
import { isObject, type JsonObject, readDocuments, textOf } from '../../../../src/manifest/index.ts';
import { temporaryFolder, writeFiles } from '../../../support/folder.ts';
import { type Outcome, REPOSITORY } from '../../../support/project.ts';
import { IDENTITY, seal, secretText } from '../../../support/sealed.ts';
import { describeWithTool } from '../../../support/tools.ts';

const MARK = /^masked[0-9a-f]{18}$/;
const PASSWORD = 'c4n4ry-5e21fb';
const PIN = '583917';
const ALL = { kind: 'encrypted_regex', value: '.' } as const;

const VALUES = `password: ${PASSWORD}
pin: ${PIN}
isProud: true
empty: ""
database: postgres://admin:${PASSWORD}@db.c4n4ry.example:5432/site
encoded: ${Buffer.from(`user:${PASSWORD}`).toString('base64')}
users: [{ name: c4n4ry-user, level: 7 }]
`;

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.2.3\n',
  'values.yaml': 'pin: 0\nisProud: false\n',
  'templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: config
  annotations:
    checksum/values: {{ toYaml .Values | sha256sum }}
    checksum/pin: {{ .Values.pin | int64 | toString | sha256sum }}
data:
  password: {{ .Values.password | quote }}
  encoded: {{ .Values.password | toString | b64enc }}
  scheme: {{ (urlParse (.Values.database | toString)).scheme | quote }}
  decoded: {{ .Values.encoded | toString | b64dec | quote }}
  isProud: {{ .Values.isProud | quote }}
  settings: |
    port = 8080
    pin = {{ .Values.pin | int64 }}
    half = {{ div (.Values.pin | int64) 2 }}
    {{- range .Values.users }}
    user = {{ .name }}, {{ .level }}
    {{- end }}
`,
  'templates/budget.yaml': `{{- if gt (int .Values.pin) 550000 }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: budget }
spec: { minAvailable: {{ int .Values.pin }}, unhealthyPodEvictionPolicy: AlwaysAllow }
{{- end }}
{{- if .Values.isBroken }}{{ fail (printf "pin %d of %s is bad" (int64 .Values.pin) .Values.password) }}{{- end }}
`,
};

const release = (valuesFrom: string, values = ''): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: site, namespace: web }
spec:
  chart: { spec: { chart: ./charts/site, sourceRef: { kind: GitRepository, name: flux-system, namespace: flux-system } } }
  valuesFrom: ${valuesFrom}
  values: { ${values} }
`;

const KUSTOMIZATION = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: site, namespace: flux-system }
spec:
  interval: 1h
  prune: true
  path: ./site
  sourceRef: { kind: GitRepository, name: flux-system }
  decryption: { provider: sops, secretRef: { name: sops-age } }
`;

const base = temporaryFolder();
let count = 0;
let root: string;

beforeEach(() => {
  count += 1;
  root = path.join(base, String(count));
  for (const folder of ['home', 'tmp', 'cache', 'repository'])
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  write({ 'clusters/home/site.yaml': KUSTOMIZATION });
  write(Object.fromEntries(Object.entries(CHART).map(([name, content]) => [`charts/site/${name}`, content])));
});

function write(files: Readonly<Record<string, string>>): void {
  writeFiles(path.join(root, 'repository'), files);
}

/** In a process of its own, which sees one key at most. */
function slipway(args: readonly string[], key = IDENTITY): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(REPOSITORY, 'bin/slipway.js'), ...args], {
    cwd: path.join(root, 'repository'),
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: path.join(root, 'home'),
      TMPDIR: path.join(root, 'tmp'),
      XDG_CACHE_HOME: path.join(root, 'cache'),
      ...(key !== '' && { SOPS_AGE_KEY: key }),
    },
  });
  return { status, stdout, stderr };
}

interface Built extends Outcome {
  /** What the release makes, by kind. */
  readonly objects: ReadonlyMap<string, JsonObject>;
  readonly entry: Readonly<Record<string, unknown>>;
}

function build(key?: string): Built {
  const outcome = slipway(['build', '--out', '../out'], key);
  const file = path.join(root, 'out/helmrelease/web/site.yaml');
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const objects = readDocuments(text)
    .map(({ value }) => value)
    .filter(isObject);
  const index = JSON.parse(fs.readFileSync(path.join(root, 'out/index.json'), 'utf8')) as Built['entry'][];
  const entry = index.find(({ kind }) => kind === 'HelmRelease') ?? {};
  return { ...outcome, objects: new Map(objects.map((one) => [textOf(one.kind), one])), entry };
}

function dataOf({ objects }: Built): Record<string, string> {
  return objects.get('ConfigMap')?.data as Record<string, string>;
}

const SECRETS = [PASSWORD, PIN, 'c4n4ry', String(Math.floor(Number(PIN) / 2))];

/** What a value looks like in what was printed or written. */
function leaksOf(text: string): readonly string[] {
  const forms = SECRETS.flatMap((value) => [
    value,
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
    createHash('sha256').update(value).digest('hex'),
  ]);
  return forms.filter((form) => text.includes(form));
}

/** Files besides those of the repository in which a value stands, those of the cache unpacked. */
function leakyFiles(): readonly string[] {
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => path.join(file.parentPath, file.name))
    .filter((file) => !['repository', 'other'].some((own) => file.startsWith(path.join(root, own))))
    .filter((file) => leaksOf(unpacked(fs.readFileSync(file)).toString()).length > 0);
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}

const WHOLE = '[{ kind: Secret, name: login }]';

describeWithTool('helm', 'a HelmRelease with values of a Secret', () => {
  test.each([
    ['encrypted', async () => ({ 'site/secret.yaml': await seal(secretText('login', { 'values.yaml': VALUES })) })],
    [
      'encrypted as base64',
      async () => ({
        'site/secret.yaml': await seal(
          secretText('login', { 'values.yaml': Buffer.from(VALUES).toString('base64') }).replace(
            'stringData:',
            'data:',
          ),
        ),
      }),
    ],
    [
      'generated of a file that is encrypted value by value',
      async () => ({
        'site/values.yaml': await seal(VALUES, { rule: ALL }),
        'site/kustomization.yaml':
          'resources: [release.yaml]\nnamespace: web\ngeneratorOptions: { disableNameSuffixHash: true }\nsecretGenerator: [{ name: login, files: [values.yaml] }]\n',
      }),
    ],
  ])('%s is rendered with a key: marks for texts, and numbers and truth values as they are', async (_how, files) => {
    write({ 'site/release.yaml': release(WHOLE), ...(await files()) });
    const built = build();
    expect([built.status, built.entry.status, built.entry.secretValues]).toEqual([0, 'built', ['Secret/login']]);
    const data = dataOf(built);
    expect(data.password).toMatch(MARK);
    expect(Buffer.from(data.encoded ?? '', 'base64').toString()).toBe(data.password);
    expect(data).toMatchObject({ scheme: 'postgres', isProud: 'true', decoded: expect.stringMatching(MARK) });
    const mark = 'masked[0-9a-f]{18}';
    expect(data.settings).toMatch(
      new RegExp(`^port = 8080\npin = ${mark}\nhalf = ${mark}\nuser = ${mark}, ${mark}\n$`),
    );
    // It is there only since the real number is what it is.
    expect(built.objects.get('PodDisruptionBudget')).toMatchObject({
      spec: { minAvailable: expect.stringMatching(MARK), unhealthyPodEvictionPolicy: expect.stringMatching(MARK) },
    });
    // What was made before is kept, but for what charts are told of secrets.
    expect(build().objects).toEqual(built.objects);
    const { annotations } = built.objects.get('ConfigMap')?.metadata as JsonObject;
    expect(annotations).toMatchObject({ 'checksum/pin': expect.stringMatching(MARK) });
  });

  test.each([
    ['encrypted', async (text: string) => seal(text)],
    ['in plain text', async (text: string) => Promise.resolve(text)],
  ])('%s leaves no value in what build, diff and test print, nor what was encrypted in any file', async (how, made) => {
    write({
      'site/secret.yaml': await made(secretText('login', { 'values.yaml': VALUES })),
      'site/release.yaml': release(WHOLE),
    });
    fs.cpSync(path.join(root, 'repository'), path.join(root, 'other'), { recursive: true });
    writeFiles(path.join(root, 'other'), {
      'site/secret.yaml': await made(secretText('login', { 'values.yaml': VALUES.replace(PIN, '777777') })),
    });
    const said = [
      ['build'],
      ['build', '-o', 'json'],
      ['build', '--explain', 'ConfigMap/web/config'],
      ['test'],
      ['test', '-o', 'sarif'],
      ...['text', 'json', 'markdown', 'html'].map((format) => ['diff', '../other', '.', '-o', format]),
    ].flatMap((args) => {
      const { stdout, stderr } = slipway(args);
      return [stdout, stderr];
    });
    expect(said.join('')).toContain('config');
    expect(leaksOf(said.join(''))).toEqual([]);
    if (how === 'encrypted') expect(leakyFiles()).toEqual([]);
    const digest = (values: string): string => createHash('sha256').update(values).digest('hex');
    expect(said.join('')).not.toContain(digest(VALUES));
  });

  test('says in a diff what a changed number does, by its marks', async () => {
    const text = (pin: string): Promise<string> =>
      seal(secretText('login', { 'values.yaml': VALUES.replace(PIN, pin) }));
    write({ 'site/release.yaml': release(WHOLE), 'site/secret.yaml': await text(PIN) });
    fs.cpSync(path.join(root, 'repository'), path.join(root, 'other'), { recursive: true });
    writeFiles(path.join(root, 'other'), { 'site/secret.yaml': await text('400000') });
    const { stdout } = slipway(['diff', '.', '../other']);
    expect(stdout).toMatch(/PodDisruptionBudget\/web\/budget/);
    expect(stdout).toMatch(/pin = masked[0-9a-f]{18}/);
  });

  test('at a targetPath is typed as helm-controller types it', async () => {
    write({
      'site/secret.yaml': await seal(
        secretText('login', { pin: PIN, password: PASSWORD, isProud: 'true', list: '{c4n4ry,2}' }),
      ),
      'site/release.yaml': release(
        `[${['pin', 'password', 'isProud']
          .map((key) => `{ kind: Secret, name: login, valuesKey: ${key}, targetPath: ${key} }`)
          .join(', ')}, { kind: Secret, name: login, valuesKey: list, targetPath: "users[0].name" }]`,
        'database: "", encoded: ""',
      ),
    });
    const built = build();
    expect(built.stderr).toContain('1 HelmReleases rendered, 0 failed');
    expect(dataOf(built)).toMatchObject({ password: expect.stringMatching(MARK), isProud: 'true' });
    expect(built.objects.has('PodDisruptionBudget')).toBe(true);
    expect(dataOf(built).settings).toMatch(/user = \[masked[0-9a-f]{18} masked[0-9a-f]{18}\]/);
    expect(leakyFiles()).toEqual([]);
  });

  test('that fails with them says nothing of them', async () => {
    write({
      'site/secret.yaml': await seal(secretText('login', { 'values.yaml': VALUES })),
      'site/release.yaml': release(WHOLE, 'isBroken: true'),
    });
    const { stdout, stderr } = slipway(['build', '-o', 'json']);
    expect(stdout).toContain('why is not shown, since that may hold a secret number');
    expect(leaksOf(stdout + stderr)).toEqual([]);
  });

  test('is rendered though the schema of the chart refuses marks, which is noted, and not if it refuses anything else', async () => {
    const schema = { properties: { database: { pattern: '^postgres://admin' }, size: { enum: ['S', 'L'] } } };
    write({
      'charts/site/values.schema.json': JSON.stringify(schema),
      'site/secret.yaml': await seal(secretText('login', { 'values.yaml': VALUES })),
      'site/release.yaml': release(WHOLE),
    });
    expect(build().entry.status).toBe('built');
    expect(slipway(['test']).stdout).toContain('test/unchecked-schema');
    write({ 'site/release.yaml': release(WHOLE, 'size: M') });
    expect(build().entry).toMatchObject({ status: 'skipped', reason: expect.stringContaining("at '/size'") });
  });

  test('is rendered without a key as far as the keys of the Secret tell, and says what is not known', async () => {
    write({
      'site/secret.yaml': await seal(secretText('login', { 'values.yaml': VALUES, password: PASSWORD })),
      'site/release.yaml': release(
        '[{ kind: Secret, name: login }, { kind: Secret, name: login, valuesKey: password, targetPath: password }]',
      ),
    });
    const built = build('');
    expect(built.entry).toMatchObject({ status: 'built', unknownValues: ['Secret/login'] });
    expect(dataOf(built)).toMatchObject({ password: '..PLACEHOLDER_login_password..', isProud: 'false' });
    write({
      'site/release.yaml': release('[{ kind: Secret, name: login, valuesKey: passwrod, targetPath: password }]'),
    });
    expect(build('').stderr).toContain('valuesFrom names Secret/login, which has no key "passwrod"');
  });

  test('is rendered without a key with the structure of a file that is encrypted value by value', async () => {
    write({
      'site/release.yaml': release(WHOLE),
      'site/values.yaml': await seal(VALUES, { rule: ALL }),
      'site/kustomization.yaml':
        'resources: [release.yaml]\nnamespace: web\ngeneratorOptions: { disableNameSuffixHash: true }\nsecretGenerator: [{ name: login, files: [values.yaml] }]\n',
    });
    const built = build('');
    expect(built.entry).toMatchObject({ status: 'built', unknownValues: ['Secret/login'] });
    expect(dataOf(built)).toMatchObject({ password: '..PLACEHOLDER_password..', isProud: 'false' });
    expect(dataOf(built).settings).toContain('user = ..PLACEHOLDER_users_0_name..');
  });

  test('keeps nothing of it in the cache, and what has no secret values is kept as ever', async () => {
    write({
      'site/secret.yaml': await seal(secretText('login', { 'values.yaml': VALUES })),
      'site/release.yaml': release(WHOLE),
    });
    const kept = (): number =>
      fs
        .readdirSync(path.join(root, 'cache'), { recursive: true, withFileTypes: true })
        .filter(
          (file) =>
            file.isFile() && unpacked(fs.readFileSync(path.join(file.parentPath, file.name))).includes('checksum/pin'),
        ).length;
    build();
    expect(kept()).toBe(0);
    write({ 'site/release.yaml': release('[]', 'password: a, database: "", encoded: ""') });
    build();
    expect(kept()).toBe(1);
  });
});
