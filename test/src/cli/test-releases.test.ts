import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { slipway } from '../../support/project.ts';
import { describeWithTool } from '../../support/tools.ts';

const base = temporaryFolder();
let count = 0;
let repository: string;

beforeEach(() => {
  count += 1;
  repository = path.join(base, String(count));
});

const release = (spec = ''): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: site
  namespace: web
spec:
  interval: 1h
  chart:
    spec:
      chart: ./charts/site
      sourceRef:
        kind: GitRepository
        name: flux-system
        namespace: flux-system
${spec}`;

const SITE = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: site
  namespace: flux-system
spec:
  interval: 1h
  prune: true
  path: ./site
  sourceRef:
    kind: GitRepository
    name: flux-system
`;

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n';

/** What it prints for a release of a chart with this template. */
function report(
  template: string,
  {
    spec = '',
    files = {},
    args = [] as readonly string[],
  }: { spec?: string; files?: Readonly<Record<string, string>>; args?: readonly string[] } = {},
): string {
  writeFiles(repository, {
    'clusters/home/site.yaml': SITE,
    'site/namespace.yaml': NAMESPACE,
    'site/release.yaml': release(spec),
    'charts/site/Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.0.0\n',
    'charts/site/templates/all.yaml': template,
    ...files,
  });
  const { status, stdout, stderr } = slipway(repository, 'test', ...args);
  expect(stderr).toBe('');
  expect(status).toBe(/error|failure/.test(stdout.replaceAll(/\b0 errors/g, '')) ? 1 : 0);
  return stdout;
}

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config }\n';

describeWithTool('helm', 'slipway test, for what the chart of a HelmRelease makes', () => {
  test('says that nothing is wrong, also of a Secret, which no repository holds', () => {
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: { name: hidden }\nstringData: { password: {{ randAlphaNum 5 }} }\n';
    expect(report(secret)).toBe('2 Kustomizations, 1 HelmRelease: 0 errors, 0 warnings\n');
  });

  test('finds what the API server would refuse, at the HelmRelease', () => {
    expect(
      report('apiVersion: v1\nkind: Service\nmetadata: { name: site }\nspec: { ports: [{ port: eighty }] }\n'),
    ).toBe(
      `error schema/wrong-type site/release.yaml:1:1 Service/web/site
  spec.ports[0].port must be a whole number, and is text.
  in HelmRelease/web/site
  Write a whole number.
2 Kustomizations, 1 HelmRelease: 1 error, 0 warnings
`,
    );
  });

  test('finds API versions that are not served, in hooks too', () => {
    const job =
      'apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: { name: old, annotations: { helm.sh/hook: post-install } }\n';
    expect(report(job)).toContain(
      'error schema/not-served site/release.yaml:1:1 CronJob/old\n  Kubernetes 1.35 does not serve',
    );
  });

  test('holds custom objects to the CustomResourceDefinitions that charts bring', () => {
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.org }
spec:
  group: example.org
  scope: Namespaced
  names: { kind: Thing, plural: things, singular: thing, listKind: ThingList }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { size: { type: integer } } } }
`;
    const files = {
      'charts/site/crds/things.yaml': definition,
      'site/thing.yaml':
        'apiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: one\n  namespace: web\nsize: large\n',
    };
    expect(report(CONFIG, { files })).toContain('error schema/wrong-type site/thing.yaml:6:7 Thing/web/one\n');
  });

  test('finds an object that a Kustomization applies as well', () => {
    const files = {
      'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\n  namespace: web\n',
    };
    expect(report(CONFIG, { files })).toBe(
      `error test/two-owners site/release.yaml:1:1 ConfigMap/web/config
  ConfigMap/web/config is applied by flux-system/site and by HelmRelease/web/site: each undoes the other.
  in HelmRelease/web/site
  Leave it to one of them.
2 Kustomizations, 1 HelmRelease: 1 error, 0 warnings
`,
    );
    const elsewhere = '  kubeConfig:\n    secretRef:\n      name: other-cluster\n';
    expect(report(CONFIG, { files, spec: elsewhere })).toBe('2 Kustomizations, 1 HelmRelease: 0 errors, 0 warnings\n');
  });

  test('finds values that the schema of the chart refuses, at their line', () => {
    const files = {
      'charts/site/values.schema.json': '{ "properties": { "port": { "type": "integer" } } }',
    };
    expect(report(CONFIG, { files, spec: '  values:\n    host: example.org\n    port: eighty\n' })).toBe(
      `error render/helm-schema site/release.yaml:17:11 HelmRelease/web/site
  The values do not satisfy the schema of the chart: site:
  - at '/port': got string, want integer
  Mend the values; \`helm show values\` has those of the chart.
2 Kustomizations, 1 HelmRelease: 1 error, 0 warnings
`,
    );
  });

  test('notes that values are not held against a schema that helm would have to fetch, and renders them', () => {
    const files = {
      'charts/site/values.schema.json': '{ "properties": { "port": { "$ref": "https://example.org/port.json" } } }',
    };
    expect(report(CONFIG, { files })).toBe(
      `note test/unchecked-schema site/release.yaml:9:5 HelmRelease/web/site
  Its values were not held against its schema, which is https://example.org/port.json.
2 Kustomizations, 1 HelmRelease: 0 errors, 0 warnings, 1 note
`,
    );
  });

  test('finds that it cannot be rendered, with what helm says', () => {
    expect(report('{{ required "a host is needed" .Values.host }}\n')).toMatch(
      /^error render\/helm-failed site\/release\.yaml:9:5 HelmRelease\/web\/site\n {2}helm refuses the release: .*a host is needed\n/,
    );
  });

  test('finds a ConfigMap without the key that values are taken from, at the reference', () => {
    const files = {
      'site/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: values\n  namespace: web\n',
    };
    expect(report(CONFIG, { files, spec: '  valuesFrom:\n    - kind: ConfigMap\n      name: values\n' })).toContain(
      'error render/helm-no-values site/release.yaml:16:5 HelmRelease/web/site\n',
    );
  });

  test('notes a chart that is not here, which is no error', () => {
    const spec = release().replace('./charts/site', './charts/other');
    expect(report(CONFIG, { files: { 'site/release.yaml': spec } })).toBe(
      `note test/skipped site/release.yaml:9:5 HelmRelease/web/site
  Its objects were not looked at: GitRepository/flux-system/flux-system has no chart in "./charts/other".
2 Kustomizations, 1 HelmRelease: 0 errors, 0 warnings, 1 note
`,
    );
    expect(report(CONFIG, { files: { 'site/release.yaml': spec }, args: ['-o', 'sarif'] })).toContain(
      '"level": "note"',
    );
    expect(report(CONFIG, { files: { 'site/release.yaml': spec }, args: ['--no-helm'] })).toBe(
      '2 Kustomizations: 0 errors, 0 warnings\n',
    );
  });

  test('finds a source that nothing makes, unless a Kustomization that may make it is not built', () => {
    const spec = release().replace('kind: GitRepository', 'kind: HelmRepository').replace('./charts/site', 'site');
    const files = { 'site/release.yaml': spec };
    expect(report(CONFIG, { files, args: ['--no-helm'] })).toBe(
      `error test/missing-source site/release.yaml:12:9 HelmRelease/web/site
  Its chart comes from HelmRepository/flux-system/flux-system, which nothing in the repository makes: it never becomes ready.
  in Kustomization/flux-system/site
  Name one that there is, with its namespace where that is another.
2 Kustomizations: 1 error, 0 warnings
`,
    );
    const broken = SITE.replace('name: site', 'name: broken').replace('./site', './nowhere');
    const unsure = report(CONFIG, { files: { ...files, 'clusters/home/other.yaml': broken }, args: ['--no-helm'] });
    expect(unsure).toContain('render/no-folder');
    expect(unsure).not.toContain('missing-source');
    fs.rmSync(path.join(repository, 'clusters/home/other.yaml'));
    const source =
      'apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  url: https://charts.example.org\n';
    expect(report(CONFIG, { files: { ...files, 'site/source.yaml': source }, args: ['--no-helm'] })).toBe(
      '2 Kustomizations: 0 errors, 0 warnings\n',
    );
  });

  test('has a test suite of its own in JUnit', () => {
    const shown = report('{{ fail "broken" }}\n', { args: ['-o', 'junit'] });
    expect(shown).toContain('<testsuite name="HelmRelease/web/site" tests="1" failures="1">');
    expect(shown).toContain('<testsuite name="flux-system/site" tests="1" failures="0">');
  });
});
