import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';
import { slipway } from '../../support/project.ts';
import { describeWithTool } from '../../support/tools.ts';

const base = temporaryFolder();
let count = 0;
let folder: string;

const definition = (description: string): string =>
  `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.org\n  annotations: { about: ${description} }\n`;

const chart = (version: string, image = 'nginx:1'): Record<string, string> => ({
  'Chart.yaml': `apiVersion: v2\nname: site\nversion: ${version}\n`,
  'values.yaml': 'host: default\npassword: first\n',
  'crds/crd.yaml': definition(version.replaceAll('.', '-')),
  'templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }} }
data: { host: {{ .Values.host | quote }} }
---
apiVersion: v1
kind: Secret
metadata: { name: {{ .Release.Name }} }
stringData: { password: {{ .Values.password | quote }} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec: { template: { spec: { containers: [{ name: main, image: "${image}" }] } } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: {{ .Release.Name }}-data }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: {{ .Release.Name }}-kept, annotations: { helm.sh/resource-policy: keep } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: {{ .Release.Name }}-prepare, annotations: { helm.sh/hook: "pre-install,pre-upgrade" } }
`,
});

const release = (spec = '', name = 'site'): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${name}, namespace: web }
spec:
  interval: 1h
  chart:
    spec:
      chart: ./charts/site
      sourceRef: { kind: GitRepository, name: flux-system, namespace: flux-system }
${spec}`;

const SITE = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: site, namespace: flux-system }
spec: { interval: 1h, prune: true, path: ./site, sourceRef: { kind: GitRepository, name: flux-system } }
`;

const inFolder = (at: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${at}/${name}`, content]));

beforeEach(() => {
  count += 1;
  folder = path.join(base, String(count));
});

type Files = Readonly<Record<string, string>>;

/** A side: the Kustomization `site` with these manifests, and the chart beside it. */
const side = (manifests: Files, files: Files = inFolder('charts/site', chart('1.0.0'))): Files => ({
  'clusters/home/site.yaml': SITE,
  ...inFolder('site', { 'namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: web }\n', ...manifests }),
  ...files,
});

function compare(before: Files, after: Files, ...args: readonly string[]): string {
  fs.rmSync(folder, { recursive: true, force: true });
  writeFiles(folder, { ...inFolder('a', before), ...inFolder('b', after) });
  const { stdout, stderr } = slipway(folder, 'diff', 'a', 'b', ...args);
  expect(stderr).toBe('');
  return stdout;
}

describeWithTool('helm', 'slipway diff, for a HelmRelease', () => {
  test('shows what its values change in the objects of its chart, without values of Secrets', () => {
    const [before, after] = ['old', 'new'].map((value) =>
      side({ 'release.yaml': release(`  values: { host: ${value}.example.org, password: ${value} }\n`) }),
    );
    expect(compare(before ?? {}, after ?? {})).toBe(`flux-system/site
  ~ HelmRelease/web/site  (site/release.yaml:1:1)
      spec.values.host: old.example.org → new.example.org  (line 10)
      spec.values.password: old → new  (line 10)

HelmRelease/web/site  (site/release.yaml:1:1)
  ~ ConfigMap/web/site
      data.host: old.example.org → new.example.org
  ~ Secret/web/site
      stringData.password: *** → ***

0 added, 3 changed, 0 removed; nothing dangerous found
`);
  });

  test('shows what another version of its chart changes, and leaves CRDs as they are unless they are to be replaced', () => {
    const next = inFolder('charts/site', chart('1.1.0', 'nginx:2'));
    expect(compare(side({ 'release.yaml': release() }), side({ 'release.yaml': release() }, next))).toBe(
      `HelmRelease/web/site  (site/release.yaml:1:1)
  ~ Deployment/web/site
      spec.template.spec.containers[main].image: nginx:1 → nginx:2

the pods of Deployment/web/site are replaced

0 added, 1 changed, 0 removed; nothing dangerous found
`,
    );
    const replacing = { 'release.yaml': release('  upgrade: { crds: CreateReplace }\n') };
    expect(compare(side(replacing), side(replacing, next))).toContain(
      '  ~ CustomResourceDefinition/things.example.org\n      metadata.annotations.about: 1-0-0 → 1-1-0\n',
    );
  });

  test('shows all of one that is added, and what stays of one that is removed', () => {
    const without = side({});
    const withIt = side({ 'release.yaml': release() });
    const added = compare(without, withIt);
    expect(added).toContain('  + CustomResourceDefinition/things.example.org\n');
    expect(added).toContain('  + Job/web/site-prepare\n');
    expect(added).toContain('8 added, 0 changed, 0 removed; nothing dangerous found\n');
    const removed = compare(withIt, without);
    expect(removed).toContain(
      '! data-loss  PersistentVolumeClaim/web/site-data\n    It is deleted, and its volume may be deleted with it.\n',
    );
    expect(removed).not.toContain('CustomResourceDefinition');
    expect(removed).toContain('(stays: it has helm.sh/resource-policy: keep)\n');
    expect(removed).toContain('  - Job/web/site-prepare (stays: it is a hook, which helm leaves)\n');
  });

  test('keeps what is removed where the HelmRelease itself stays, or is suspended', () => {
    const kept = release().replace(
      'namespace: web }',
      'namespace: web, annotations: { kustomize.toolkit.fluxcd.io/prune: disabled } }',
    );
    expect(compare(side({ 'release.yaml': kept }), side({}))).toContain(
      '  - Deployment/web/site (stays: its HelmRelease stays: it has kustomize.toolkit.fluxcd.io/prune: disabled)\n',
    );
    expect(compare(side({ 'release.yaml': release('  suspend: true\n') }), side({}))).toContain(
      '  - Deployment/web/site (stays: its HelmRelease is suspended while it is deleted)\n',
    );
  });

  test('sees values of a ConfigMap that the same tree makes', () => {
    const values = (host: string): Files => ({
      'kustomization.yaml': `resources: [namespace.yaml, release.yaml]\nconfigMapGenerator:\n  - name: site-values\n    namespace: web\n    files: [values.yaml=values]\n    options: { disableNameSuffixHash: true }\n`,
      values: `host: ${host}\n`,
      'release.yaml': release('  valuesFrom: [{ kind: ConfigMap, name: site-values }]\n'),
    });
    expect(compare(side(values('old.example.org')), side(values('new.example.org')))).toContain(
      'HelmRelease/web/site  (site/release.yaml:1:1)\n  ~ ConfigMap/web/site\n      data.host: old.example.org → new.example.org\n',
    );
  });

  test('sees what other post-renderers and common metadata make of the same values', () => {
    const patch = `  postRenderers:
    - kustomize:
        patches:
          - target: { kind: ConfigMap }
            patch: '- { op: replace, path: /data/host, value: patched }'
  commonMetadata: { labels: { team: web } }
`;
    const shown = compare(side({ 'release.yaml': release() }), side({ 'release.yaml': release(patch) }));
    expect(shown).toContain('      data.host: default → patched\n');
    expect(shown).toContain('  ~ Secret/web/site\n      metadata.labels.team: (none) → web\n');
  });

  test('says that values of a Secret change something which is not shown, and shows neither', () => {
    const values = (password: string): Files => ({
      'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: hidden, namespace: web }\nstringData: { password: ${password} }\n`,
      'release.yaml': release(
        '  valuesFrom: [{ kind: Secret, name: hidden, valuesKey: password, targetPath: password }]\n',
      ),
    });
    const shown = compare(side(values('hunter-one')), side(values('hunter-two')), '-o', 'json');
    expect(JSON.parse(shown)).toMatchObject({
      changes: [{ kind: 'Secret', name: 'hidden', kustomization: 'flux-system/site' }],
      unseen: [
        {
          object: 'HelmRelease/web/site',
          sentence: 'What the change of Secret/hidden does to its objects is not shown.',
        },
      ],
    });
    expect(shown).not.toContain('hunter');
  });

  test('says that a release is installed anew where its target is another', () => {
    const [before, after] = ['one', 'two'].map((name) => side({ 'release.yaml': release(`  releaseName: ${name}\n`) }));
    expect(compare(before ?? {}, after ?? {})).toContain(
      '! recreated  HelmRelease/web/site\n    The name of its release changes from one to two: helm-controller uninstalls the release, with all that it holds, and installs it anew.\n',
    );
  });

  test('says that a release is installed anew where its chart has another name, whatever its folder is called', () => {
    const chart = (name: string): Files => ({
      'charts/site/Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
    });
    const [before, after] = ['site', 'page'].map((name) => side({ 'release.yaml': release() }, chart(name)));
    expect(compare(before ?? {}, after ?? {})).toContain('The name of its chart changes from site to page');
  });

  test('renders none that is the same on both sides', () => {
    const broken = {
      'charts/site/Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.0.0\n',
      'charts/site/templates/x.yaml': '{{ fail "rendered" }}\n',
    };
    const [before, after] = ['1h', '2h'].map((interval) =>
      side({ 'release.yaml': release().replace('1h', interval) }, broken),
    );
    expect(compare(before ?? {}, after ?? {})).toBe(
      'flux-system/site\n  ~ HelmRelease/web/site  (site/release.yaml:1:1)\n      spec.interval: 1h → 2h  (line 5)\n\n0 added, 1 changed, 0 removed; nothing dangerous found\n',
    );
  });

  test('without its chart still compares the HelmRelease itself, and says what is not known', () => {
    const [before, after] = ['1', '2'].map((value) =>
      side({ 'release.yaml': release(`  values: { a: ${value} }\n`) }, {}),
    );
    expect(compare(before ?? {}, after ?? {})).toBe(`flux-system/site
  ~ HelmRelease/web/site  (site/release.yaml:1:1)
      spec.values.a: 1 → 2  (line 10)

? HelmRelease/web/site
    What it changes in the objects of its chart is not known: GitRepository/flux-system/flux-system has no chart in "./charts/site".

0 added, 1 changed, 0 removed; nothing dangerous found
`);
    expect(compare(before ?? {}, after ?? {}, '--no-helm')).not.toContain('?');
  });

  test('says which releases wait for one that changes', () => {
    const [before, after] = ['old', 'new'].map((value) =>
      side({
        'release.yaml': release(`  values: { host: ${value} }\n`),
        'other.yaml': release('  dependsOn: [{ name: site }]\n  releaseName: other\n', 'other'),
      }),
    );
    expect(compare(before ?? {}, after ?? {})).toContain('HelmRelease/web/other waits for HelmRelease/web/site\n');
  });
});
