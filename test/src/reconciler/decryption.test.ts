import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/manifest/index.ts';
import { DEFAULT_POLICY } from '../../../src/reconciler/index.ts';
import { describeWithControlPlane } from '../../support/control-plane.ts';
import { decoded } from '../../support/decrypted-folder.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { manifest, Reconciled, readyOf, says } from '../../support/reconciled.ts';
import { IDENTITY, OTHER_RECIPIENT, RECIPIENT, seal } from '../../support/sealed.ts';

const CANARY = 'hunter2-canary';
const ALL = { kind: 'encrypted_regex', value: '.' } as const;
const WITH_KEY = { decryption: { provider: 'sops', secretRef: { name: 'sops-age' } } };

const secret = (name: string, namespace: string, metadata: JsonObject = {}): string =>
  manifest({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, ...metadata },
    stringData: { password: CANARY },
  });

/** Everything that anybody is told about what a reconciler did. */
async function said(cluster: Reconciled, names: readonly string[]): Promise<string> {
  const told = await Promise.all(
    names.map(async (name) => [(await cluster.getKustomization(name))?.status, await cluster.events(name)]),
  );
  return JSON.stringify([told, cluster.changes]);
}

describeWithControlPlane('the decryption of a Kustomization', (sandbox) => {
  const namespace = 'decryption-test';
  const folder = temporaryFolder();
  let cluster: Reconciled;

  const keys = (name: string, data: Record<string, string>) =>
    cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels: { 'reconcile.fluxcd.io/watch': 'Enabled' } },
      data: Object.fromEntries(
        Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const),
      ),
    });

  beforeAll(async () => {
    cluster = await Reconciled.start(sandbox(), namespace, folder);
    await keys('sops-age', { 'age.agekey': `# a comment\n${IDENTITY}\n`, 'other.txt': 'no key' });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('opens manifests, sources of generators and patches with the keys of its Secret', async () => {
    await cluster.push({
      'whole/kustomization.yaml': `resources: [secret.yaml, config.yaml]
secretGenerator: [{ name: whole-env, namespace: ${namespace}, envs: [a.env], options: { disableNameSuffixHash: true } }]
patches: [{ path: patch.yaml }]
`,
      'whole/secret.yaml': await seal(secret('whole', namespace)),
      'whole/a.env': await seal(`PASSWORD=${CANARY}\n`, { format: 'dotenv', rule: ALL }),
      'whole/config.yaml': manifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'whole', namespace } }),
      'whole/patch.yaml': await seal(
        manifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'whole', namespace }, data: { a: CANARY } }),
        { rule: { kind: 'encrypted_regex', value: '^data$' } },
      ),
    });
    await cluster.kustomization('whole', WITH_KEY);
    await cluster.ready('whole');
    expect(decoded(await cluster.get('Secret', 'whole'))).toEqual({ password: CANARY });
    expect(decoded(await cluster.get('Secret', 'whole-env'))).toEqual({ PASSWORD: CANARY });
    expect(await cluster.get('ConfigMap', 'whole')).toMatchObject({ data: { a: CANARY } });
    expect(await said(cluster, ['whole'])).not.toContain(CANARY);
  });

  test('waits for its Secret by name, names recipients that its keys are not, and goes on when the keys fit', async () => {
    await cluster.push({ 'keyless/secret.yaml': await seal(secret('keyless', namespace)) });
    await cluster.kustomization('keyless', {
      decryption: { provider: 'sops', secretRef: { name: 'keyless-keys' } },
    });
    expect(readyOf(await cluster.failed('keyless', 'BuildFailed'))).toContain('secrets "keyless-keys" not found');
    await keys('keyless-keys', { 'age.key': IDENTITY, 'pgp.asc': 'a key' });
    const wrong = await cluster.status('keyless', (_status, ready) => ready.includes(RECIPIENT));
    expect(readyOf(wrong)).toContain("False BuildFailed: decryption failed for 'Secret/decryption-test/keyless'");
    expect(readyOf(wrong)).toContain('has no entry that ends in .agekey');
    expect(readyOf(wrong)).toContain('pgp.asc of the Secret decryption-test/keyless-keys holds a PGP key');
    await keys('keyless-keys', { 'age.agekey': IDENTITY });
    await cluster.ready('keyless');
    expect(await said(cluster, ['keyless'])).not.toContain(IDENTITY);
  });

  test('says of a key that is none which entry it is, and nothing of what it holds', async () => {
    await cluster.push({ 'bad-key/secret.yaml': await seal(secret('bad-key', namespace)) });
    await keys('bad-keys', { 'age.agekey': IDENTITY.toLowerCase() });
    await cluster.kustomization('bad-key', { decryption: { provider: 'sops', secretRef: { name: 'bad-keys' } } });
    expect(readyOf(await cluster.failed('bad-key', 'BuildFailed'))).toContain(
      'Line 1 of age.agekey of the Secret decryption-test/bad-keys is no age identity.',
    );
    expect(await said(cluster, ['bad-key'])).not.toContain(IDENTITY.toLowerCase());
  });

  test('refuses a broken MAC, which Flux applies, with the file and the line', async () => {
    const sealed = await seal(secret('edited', namespace), { macOnlyEncrypted: false });
    await cluster.push({ 'edited/secret.yaml': sealed.replace('name: edited', 'name: edited-later') });
    await cluster.kustomization('edited', WITH_KEY);
    expect(readyOf(await cluster.failed('edited', 'BuildFailed'))).toMatch(
      /edited\/secret\.yaml:\d+:1: The values of the/,
    );
    await cluster.push({ 'edited/secret.yaml': sealed });
    await cluster.ready('edited');
  });

  test('names the source that does not open', async () => {
    await cluster.push({
      'closed/kustomization.yaml': 'secretGenerator: [{ name: closed, envs: [a.env] }]\n',
      'closed/a.env': await seal('A=1\n', { format: 'dotenv', rule: ALL, recipients: [OTHER_RECIPIENT] }),
    });
    await cluster.kustomization('closed', WITH_KEY);
    const ready = readyOf(await cluster.failed('closed', 'BuildFailed'));
    expect(ready).toContain('error decrypting sources: closed/a.env: No identity opens the file.');
    expect(ready).toContain(OTHER_RECIPIENT);
  });

  test('leaves a Secret that is annotated with decrypt: disabled as it is', async () => {
    const sealed = await seal(secret('disabled', namespace, { annotations: says('decrypt', 'disabled') }));
    await cluster.push({ 'disabled/secret.yaml': sealed });
    await cluster.kustomization('disabled', WITH_KEY);
    await cluster.ready('disabled');
    expect(decoded(await cluster.get('Secret', 'disabled')).password).toMatch(/^ENC\[AES256_GCM,/);
  });

  test('shows nothing of what was decrypted when the API server repeats it', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'odd', namespace } };
    await cluster.push({
      'odd/service.yaml': await seal(manifest({ ...service, spec: { type: CANARY, ports: [{ port: 1 }] } }), {
        rule: { kind: 'encrypted_regex', value: '^type$' },
      }),
    });
    await cluster.kustomization('odd', WITH_KEY);
    expect(readyOf(await cluster.failed('odd', 'ReconciliationFailed'))).toContain('Unsupported value: "***"');
    expect(await said(cluster, ['odd'])).not.toContain(CANARY);
  });
});

describeWithControlPlane('the decryption of a Kustomization, as the reconciler is told', (sandbox) => {
  const namespace = 'decryption-policy-test';
  const folder = temporaryFolder();
  let cluster: Reconciled;

  beforeAll(async () => {
    const sopsAgeSecret = { namespace, name: 'for-all' };
    const policy = { ...DEFAULT_POLICY, sopsAgeSecret, allowBrokenMac: true };
    cluster = await Reconciled.start(sandbox(), namespace, folder, { policy });
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'for-all', namespace },
      stringData: { 'age.agekey': IDENTITY },
    });
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('uses the keys for all where it names no Secret, and tells of a broken MAC that it lets pass', async () => {
    const sealed = await seal(secret('lax', namespace), { macOnlyEncrypted: false });
    await cluster.push({ 'lax/secret.yaml': sealed.replace('name: lax', 'name: laxer') });
    await cluster.kustomization('lax', { decryption: { provider: 'sops' } });
    await cluster.ready('lax');
    expect(decoded(await cluster.get('Secret', 'laxer'))).toEqual({ password: CANARY });
    await cluster.until('the event', async () =>
      (await cluster.events('lax')).some((event) => event.startsWith('Warning BrokenMAC lax/secret.yaml:')),
    );
  });
});
