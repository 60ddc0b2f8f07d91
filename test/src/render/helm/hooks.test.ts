import { expect, test } from '@jest/globals';
import { identityOf } from '../../../../src/manifest/index.ts';
import { inInstallOrder } from '../../../../src/render/index.ts';
import { renderedReleases } from '../../../support/releases.ts';
import { describeWithTool } from '../../../support/tools.ts';

const hook = (name: string, events: string, weight?: string): string =>
  `---\n${JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      annotations: { 'helm.sh/hook': events, ...(weight !== undefined && { 'helm.sh/hook-weight': weight }) },
    },
  })}\n`;

const CHART = {
  'charts/site/Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.0.0\n',
  'charts/site/crds/things.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: things.example.org }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: no-definition }\n',
  'charts/site/templates/all.yaml': [
    '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: object }\n',
    hook('ten', 'pre-install', '10'),
    hook('b', 'pre-install'),
    hook('a', ' Pre-Install , post-upgrade', '0'),
    hook('nine', 'pre-install', '9'),
    hook('minus', 'post-install,pre-install', '-1'),
    hook('after', 'post-install'),
    hook('upgrade', 'pre-upgrade'),
    hook('test', 'test'),
    hook('gone', 'pre-delete'),
    hook('unknown', 'crd-install'),
  ].join(''),
};

describeWithTool('helm', 'the hooks of a release', (helm) => {
  async function rendered(spec: object = {}) {
    const release = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'site', namespace: 'web' },
      spec: {
        chart: { spec: { chart: 'charts/site', sourceRef: { kind: 'GitRepository', name: 'flux-system' } } },
        ...spec,
      },
    };
    const [one] = await renderedReleases(helm, { 'entry/release.yaml': JSON.stringify(release), ...CHART });
    if (one === undefined) throw new Error('nothing is rendered');
    const names = (objects: (typeof one)['objects']) => objects.map((object) => identityOf(object).name);
    return { installed: names(inInstallOrder(one)), hooks: names(one.hooks), objects: names(one.objects) };
  }

  const BEFORE = ['minus', 'a', 'b', 'nine', 'ten'];

  test('run around its objects by weight and then by name, after CustomResourceDefinitions', async () => {
    expect((await rendered()).installed).toEqual(['things.example.org', ...BEFORE, 'object', 'after']);
  });

  test('are those of installations and upgrades, and its tests where they are enabled', async () => {
    expect((await rendered()).hooks).toEqual(['minus', 'a', 'after', 'b', 'upgrade', 'nine', 'ten']);
    const tested = await rendered({ test: { enable: true } });
    expect(tested.installed).toEqual(['things.example.org', ...BEFORE, 'object', 'after', 'test']);
    expect(tested.hooks).toContain('test');
  });

  test('are none where they are disabled, as are CustomResourceDefinitions that are skipped', async () => {
    const { installed, objects } = await rendered({ install: { disableHooks: true, crds: 'Skip' } });
    expect([installed, objects]).toEqual([['object'], ['object']]);
  });
});
