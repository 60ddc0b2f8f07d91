import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { slipway } from '../../support/project.ts';
import { seal } from '../../support/sealed.ts';
import { describeWithTool } from '../../support/tools.ts';

const base = temporaryFolder();
let count = 0;
let repository: string;

const kustomization = (name: string, more = ''): string =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${name}
  namespace: flux-system
spec:
  interval: 1h
  prune: true
  path: ./${name}
  sourceRef:
    kind: GitRepository
    name: flux-system
${more}`;
const configMap = (name: string, data = 'a: "1"'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: web\ndata:\n  ${data}\n`;

beforeEach(() => {
  count += 1;
  repository = path.join(base, String(count));
  writeFiles(repository, { 'clusters/home/site.yaml': kustomization('site'), 'site/config.yaml': configMap('site') });
});

/** What it prints for a repository that holds these files besides. */
function report(files: Readonly<Record<string, string>>, ...args: readonly string[]): string {
  writeFiles(repository, files);
  const { status, stdout, stderr } = slipway(repository, 'test', ...args);
  expect(stderr).toBe('');
  expect(status).toBe(stdout.includes('error ') ? 1 : 0);
  return stdout;
}

describe('slipway test', () => {
  test('says that nothing is wrong, and ends with 0', () => {
    expect(report({})).toBe('2 Kustomizations: 0 errors, 0 warnings\n');
  });

  test('finds a folder that does not build, at the line', () => {
    expect(report({ 'site/broken.yaml': 'apiVersion: v1\nkind: [\n' })).toMatch(
      /^error flux\/not-kubernetes-yaml site\/broken\.yaml:\d+:\d+ Kustomization\/flux-system\/site\n/,
    );
  });

  test('finds a folder that is not there, at the Kustomization that names it', () => {
    expect(report({ 'clusters/home/site.yaml': kustomization('nowhere') })).toContain(
      'error render/no-folder clusters/home/site.yaml:1:1 Kustomization/flux-system/nowhere\n  The source has no folder "./nowhere"',
    );
  });

  test('finds variables without a value', () => {
    const files = {
      'clusters/home/site.yaml': kustomization('site', '  postBuild:\n    substitute:\n      A: "1"\n'),
      'site/config.yaml': configMap('site', 'a: ${B}'),
    };
    expect(report(files)).toContain('error flux/variable-not-set');
    const some = kustomization('site', '  postBuild:\n    substituteFrom:\n      - kind: Secret\n        name: vars\n');
    expect(report({ 'clusters/home/site.yaml': some })).toContain('Variables that only the cluster has: B.\n');
  });

  test('finds dependencies on nothing, and in a circle, at their lines', () => {
    const on = (name: string): string => `  dependsOn:\n    - name: ${name}\n`;
    expect(report({ 'clusters/home/site.yaml': kustomization('site', on('nothing')) })).toContain(
      'error test/dangling-dependency clusters/home/site.yaml:14:7 Kustomization/flux-system/site\n  It depends on Kustomization/flux-system/nothing,',
    );
    const circle = {
      'clusters/home/site.yaml': kustomization('site', on('other')),
      'clusters/home/other.yaml': kustomization('other', on('site')),
      'other/config.yaml': configMap('other'),
    };
    expect(report(circle)).toContain('flux-system/other → flux-system/site → flux-system/other.');
  });

  test('finds an object that two Kustomizations apply', () => {
    expect(
      report({ 'clusters/home/twin.yaml': kustomization('twin'), 'twin/config.yaml': configMap('site') }),
    ).toContain(
      'error test/two-owners twin/config.yaml:1:1 ConfigMap/web/site\n  ConfigMap/web/site is applied by flux-system/site and by flux-system/twin',
    );
  });

  test('finds what the API server would refuse, at the field, of custom kinds too', () => {
    const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: site\nspec:\n  replica: 1\n';
    expect(report({ 'site/deployment.yaml': deployment })).toContain(
      'error schema/unknown-field site/deployment.yaml:6:12 Deployment/site\n',
    );
    const old = 'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: site\nspec: {}\n';
    expect(report({ 'site/deployment.yaml': old })).toContain('error schema/not-served site/deployment.yaml');
    expect(report({ 'site/deployment.yaml': old }, '--kubernetes', '1.24')).toContain('0 errors');
  });

  test('takes the kinds that the Flux Operator adds to Alerts, and no others', () => {
    const alert = (kind: string): string =>
      `apiVersion: notification.toolkit.fluxcd.io/v1beta3\nkind: Alert\nmetadata:\n  name: all\n  namespace: web\nspec:\n  providerRef:\n    name: chat\n  eventSources:\n    - kind: ${kind}\n      name: "*"\n`;
    expect(report({ 'site/alert.yaml': alert('FluxInstance') })).toContain('0 errors');
    expect(report({ 'site/alert.yaml': alert('FluxInstances') })).toContain(
      'error schema/invalid-value site/alert.yaml:10:13 Alert/web/all\n',
    );
  });

  test('says once of all Kustomizations which variables only the cluster has', () => {
    const unknown = '  postBuild:\n    substituteFrom:\n      - kind: Secret\n        name: elsewhere\n';
    const names = ['one', 'two', 'three'];
    const files = names.flatMap((name) => [
      [`clusters/home/${name}.yaml`, kustomization(name, unknown)],
      [`${name}/config.yaml`, configMap(name, 'a: ${WORD}')],
    ]);
    const shown = report(Object.fromEntries(files) as Record<string, string>);
    expect(shown.match(/^warning test\/unknown-variables/gm)).toHaveLength(1);
    expect(shown).toContain('\n  and so for 2 more Kustomizations\n');
    expect(shown).toContain('3 warnings');
  });

  test('finds Secrets in plain text, and encrypted ones that would not be opened, and shows no value', async () => {
    const secret = (more: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\n  namespace: web\n${more}`;
    const plain = report({ 'site/secret.yaml': secret('stringData:\n  password: hunter2\n') });
    expect(plain).toContain('warning test/plain-secret site/secret.yaml:7:13 Secret/web/login\n');
    expect(plain).not.toContain('hunter2');
    const sealed = await seal(secret('stringData:\n  password: hunter2\n'));
    expect(report({ 'site/secret.yaml': sealed })).toContain('error test/no-decryption site/secret.yaml');
    const opened = kustomization('site', '  decryption:\n    provider: sops\n');
    expect(report({ 'clusters/home/site.yaml': opened })).toContain('0 errors');
  });

  test('warns of a Kustomization that it cannot look at', () => {
    const files = {
      'clusters/home/other.yaml': kustomization('other').replace('name: flux-system\n', 'name: elsewhere\n'),
      'clusters/home/source.yaml':
        'apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: elsewhere\n  namespace: flux-system\nspec:\n  interval: 1h\n  url: https://git.example.org/x\n',
      'clusters/home/kustomization.yaml': 'resources: [site.yaml, other.yaml, source.yaml]\n',
    };
    expect(report(files)).toContain(
      'warning test/skipped clusters/home/other.yaml:1:1 Kustomization/flux-system/other\n',
    );
  });

  test('prints JSON, JUnit and SARIF', () => {
    writeFiles(repository, { 'site/broken.yaml': configMap('"<&>"') });
    const print = (format: string): string => slipway(repository, 'test', '-o', format).stdout;
    expect(JSON.parse(print('json'))).toEqual(expect.any(Array));
    const junit = print('junit');
    expect(junit).toContain('<testsuite name="flux-system/site" tests="1"');
    expect(junit).not.toContain('<&');
    const sarif = JSON.parse(print('sarif')) as { version: string; runs: { results: unknown[] }[] };
    expect([sarif.version, sarif.runs.length]).toEqual(['2.1.0', 1]);
  });

  test.each([
    [['-o', 'yaml'], "There is no output format 'yaml'."],
    [['--kubernetes', 'two'], '"two" is no release of Kubernetes.'],
    [['nowhere'], 'There is no folder'],
  ])('with %j is wrong use', (args, message) => {
    const { status, stderr } = slipway(repository, 'test', ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

describeWithTool('kustomize', 'slipway test --verify-engine', () => {
  test('compares both engines', () => {
    expect(report({}, '--verify-engine')).toBe('2 Kustomizations: 0 errors, 0 warnings\n');
  });
});
