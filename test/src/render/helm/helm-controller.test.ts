import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getObject } from '../../../../src/kube/index.ts';
import { identityOf, isObject, type JsonObject } from '../../../../src/manifest/index.ts';
import { findBuiltTool } from '../../../../src/programs.ts';
import { describeWithControlPlane } from '../../../support/control-plane.ts';
import { temporaryFolder, writeFiles } from '../../../support/folder.ts';
import { HelmController, helmController } from '../../../support/helm-controller.ts';
import { renderedReleases } from '../../../support/releases.ts';

const NAMESPACE = 'helm-render-test';
const DIGEST = `sha256:0123456789abcdef${'0'.repeat(48)}`;

const CHART: Readonly<Record<string, string>> = {
  'Chart.yaml': `apiVersion: v2
name: site
version: 1.2.3
dependencies:
  - { name: common, version: 1.0.0, condition: common.enabled }
`,
  'values.yaml': 'host: default\nport: 80\nlist: [1]\nmap: { a: 1, b: 2 }\ncommon: { enabled: true, text: own }\n',
  'charts/common/Chart.yaml': 'apiVersion: v2\nname: common\nversion: 1.0.0\n',
  'charts/common/templates/common.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }}-common }\ndata: { text: {{ .Values.text | quote }} }\n',
  'crds/things.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.helm-render-test.example.org }
spec:
  group: helm-render-test.example.org
  scope: Namespaced
  names: { kind: Thing, plural: things, singular: thing, listKind: ThingList }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
`,
  'templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels: { helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}" }
data:
  values: {{ omit .Values "global" | toYaml | quote }}
  release: {{ .Release | toYaml | quote }}
  kubernetes: "{{ .Capabilities.KubeVersion.Major }}.{{ .Capabilities.KubeVersion.Minor }}"
`,
  'templates/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: { name: {{ .Release.Name }} }\nspec:\n  ports: [{ port: {{ .Values.port }} }]\n',
  'templates/account.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: {{ .Release.Name }} }\n',
  'templates/job.yaml': `apiVersion: batch/v1
kind: CronJob
metadata: { name: cron-{{ .Release.Name | trunc 30 }} }
spec:
  schedule: "0 0 1 1 *"
  suspend: true
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: main, image: "nginx:1" }] } } } }
`,
  'templates/hooks.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-late, annotations: { helm.sh/hook: post-install, helm.sh/hook-weight: "5" } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-early, annotations: { helm.sh/hook: "pre-install, pre-upgrade", helm.sh/hook-weight: "-5" } }
`,
};

const VALUES = [
  ['first', 'values.yaml', 'host: first\nmap: { a: 10, c: 3 }\nlist: [1, 2]\n'],
  ['second', 'more.yaml', 'map: { c: 30, d: 4 }\n'],
  ['single', 'port', '8080'],
  ['several', 'text', '{x,y}'],
  ['literal', 'text', '{"a": [1, 2], "b": "c,d"}'],
] as const;

const from = (name: string, valuesKey: string, more: JsonObject = {}): JsonObject => {
  return { kind: 'ConfigMap', name, valuesKey, ...more };
};

const LONG = 'a-name-that-is-longer-than-what-helm-takes-for-a-release';

const CASES: readonly (readonly [title: string, name: string, release: string, spec: JsonObject])[] = [
  ['as it is', 'plain', 'plain', {}],
  [
    'with values from everywhere',
    'values',
    'values',
    {
      valuesFrom: [
        from('first', 'values.yaml'),
        from('second', 'more.yaml'),
        from('single', 'port', { targetPath: 'port' }),
        from('several', 'text', { targetPath: 'deep.er.list' }),
        from('literal', 'text', { targetPath: 'map.json', literal: true }),
        from('absent', 'values.yaml', { optional: true }),
        from('first', 'absent', { optional: true }),
      ],
      values: {
        host: 'inline',
        map: { d: null, e: 5 },
        common: { text: 'from the parent' },
        number: 1e21,
        flag: 'yes',
      },
    },
  ],
  [
    'with patches, images, common metadata, and names of its own',
    LONG,
    `${LONG.slice(0, 40)}-`,
    {
      storageNamespace: NAMESPACE,
      postRenderers: [
        {
          kustomize: {
            images: [{ name: 'nginx', newName: 'registry.example.org/nginx', newTag: '2' }],
            patches: [
              { target: { kind: 'Service' }, patch: '- { op: add, path: /metadata/labels, value: { patched: "1" } }' },
              {
                patch: `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: all\nautomountServiceAccountToken: false\n`,
                target: { kind: 'ServiceAccount' },
              },
            ],
          },
        },
      ],
      commonMetadata: {
        labels: { team: 'web', 'helm.toolkit.fluxcd.io/name': 'other' },
        annotations: { about: 'all' },
      },
      values: { common: { enabled: false } },
    },
  ],
  [
    'with hooks that are not patched',
    'no-hooks',
    'no-hooks',
    { postRenderStrategy: 'nohooks', commonMetadata: { labels: { team: 'web' } } },
  ],
  [
    'with hooks that are patched by themselves',
    'separate',
    'separate',
    { postRenderStrategy: 'separate', commonMetadata: { labels: { team: 'web' } } },
  ],
];

const helm = findBuiltTool('helm');
const isHere = helm !== undefined && helmController !== undefined;
if (!isHere)
  process.stderr.write('skipped, as helm or helm-controller is not built: releases as helm-controller has them\n');

(isHere ? describe : describe.skip)('compared with helm-controller', () => {
  describeWithControlPlane('a release is rendered as it is installed', (sandbox) => {
    const folder = temporaryFolder();
    const charts = path.join(folder, 'charts');
    let controller: HelmController;
    /** By the release that brings them. */
    const definitions = new Map<string, JsonObject>();

    beforeAll(async () => {
      writeFiles(path.join(folder, 'site'), CHART);
      spawnSync(helm ?? '', ['package', path.join(folder, 'site'), '-d', charts], { env: { HOME: folder, PATH: '' } });
      controller = await HelmController.start(sandbox(), NAMESPACE, folder);
      for (const object of CONFIG_MAPS) await controller.apply(object);
      await controller.chart(SOURCE, fs.readFileSync(path.join(charts, 'site-1.2.3.tgz')), `1.2.3@${DIGEST}`);
    }, 90_000);
    afterAll(async () => {
      await controller.end();
    });

    const metadata = (name: string): JsonObject => ({ name, namespace: NAMESPACE });
    const CONFIG_MAPS = VALUES.map(([name, key, text]) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(name),
      data: { [key]: text },
    }));
    const SOURCE = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'OCIRepository',
      metadata: metadata('charts'),
      spec: { interval: '1h', url: 'oci://registry.example.org/charts/site', ref: { tag: '1.2.3', digest: DIGEST } },
    };

    test.each(CASES)('%s', async (_title, name, prefix, spec) => {
      const release = {
        apiVersion: 'helm.toolkit.fluxcd.io/v2',
        kind: 'HelmRelease',
        metadata: metadata(name),
        spec: { interval: '1h', timeout: '30s', chartRef: { kind: 'OCIRepository', name: 'charts' }, ...spec },
      };
      await controller.apply(release);
      const objects = [SOURCE, release, ...CONFIG_MAPS].map((object) => JSON.stringify(object));
      const [ours] = await renderedReleases(
        helm ?? '',
        { 'entry/all.yaml': objects.join('\n---\n') },
        { chartDir: charts, kubernetes: '1.36' },
      );
      expect(ours?.error).toBeUndefined();
      definitions.set(name, ours?.crds[0] ?? {});
      const account = ours?.objects.find(({ kind }) => kind === 'ServiceAccount') ?? {};
      const releaseName = identityOf(account).name;
      expect(releaseName.startsWith(prefix)).toBe(true);
      const theirs = await controller.released(name, releaseName);
      expect(ours?.objects).toEqual(theirs.objects);
      expect(byName(ours?.hooks ?? [])).toEqual(byName(theirs.hooks));
      expect(theirs.hooks).toHaveLength(2);
    });

    test('with its CustomResourceDefinitions', async () => {
      const name = 'things.helm-render-test.example.org';
      const reference = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', namespace: '', name };
      const live = await getObject(controller.client, reference);
      const labels = isObject(live?.metadata.labels) ? live.metadata.labels : {};
      const ours = [...definitions].find(([owner]) => owner === labels['helm.toolkit.fluxcd.io/name'])?.[1];
      expect(ours).toMatchObject({ metadata: { name } });
      expect(live).toMatchObject(ours ?? {});
    });
  });
});

function byName(objects: readonly JsonObject[]): readonly JsonObject[] {
  return objects.toSorted((a, b) => identityOf(a).name.localeCompare(identityOf(b).name));
}
