/** The tree against the real API server, which knows what no schema says. Nothing but kinds and namespaces stays there. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyObject, createClient, getObject, type KubeClient, loadAccess } from '../../src/kube/index.ts';
import type { JsonObject } from '../../src/manifest/index.ts';
import { describeWithControlPlane } from '../support/control-plane.ts';
import { homelabObjects } from '../support/homelab.ts';
import { REPOSITORY } from '../support/project.ts';

const MANAGER = { fieldManager: 'homelab-test', force: true };
const AT_ONCE = 8;
const PATIENCE_MS = 120_000;

/** Their definitions are not to be had (docs/validation.md), or Gatekeeper makes them. */
const WITHOUT_KIND =
  /^(?:longhorn\.io|scheduling\.volcano\.sh|observability\.giantswarm\.io|constraints\.gatekeeper\.sh)\//;

const objects = (await homelabObjects()).map(({ file, ...object }) => ({
  file,
  apiVersion: object.apiVersion,
  object: object as JsonObject,
}));

function of(kind: string): JsonObject[] {
  return objects.map(({ object }) => object).filter((object) => object.kind === kind);
}

/** Those of cluster/definitions, with the names that only a server needs. */
function customDefinitions(): JsonObject[] {
  const folder = path.join(REPOSITORY, 'cluster/definitions');
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.map((file) => {
    const { metadata, spec, ...rest } = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as {
      metadata: { name: string };
      spec: { names: { kind: string }; versions: object[] };
    };
    const [plural = ''] = metadata.name.split('.');
    const names = { ...spec.names, plural };
    const versions = spec.versions.map((version) => ({ ...version, storage: true }));
    // The API server asks for this of definitions of the groups of kubernetes.io and k8s.io.
    const annotations = { 'api-approved.kubernetes.io': 'unapproved, for a test' };
    return { ...rest, metadata: { ...metadata, annotations }, spec: { ...spec, names, versions } };
  });
}

describeWithControlPlane('the API server', (sandbox) => {
  let client: KubeClient;

  beforeAll(async () => {
    client = createClient(loadAccess({ env: {}, kubeconfig: sandbox().kubeconfig }), { env: {} });
    const kinds = [...of('CustomResourceDefinition'), ...customDefinitions()];
    expect(await refused([...kinds, ...of('Namespace')], false)).toEqual([]);
    for (const { metadata } of kinds) await established((metadata as { name: string }).name);
  }, PATIENCE_MS);
  afterAll(() => {
    client.close();
  });

  /** What it says of those that it does not take. */
  async function refused(given: readonly JsonObject[], dryRun: boolean): Promise<string[]> {
    const said: string[] = [];
    const queue = given.values();
    const worker = async (): Promise<void> => {
      for (const object of queue) {
        try {
          await applyObject(client, object, { ...MANAGER, dryRun });
        } catch (error) {
          said.push(error instanceof Error ? error.message : String(error));
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return said;
  }

  async function established(name: string): Promise<void> {
    const reference = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', namespace: '', name };
    for (;;) {
      const { conditions } = ((await getObject(client, reference))?.status ?? {}) as {
        conditions?: readonly { type: string; status: string }[] | null;
      };
      if (conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return;
      await sleep(50);
    }
  }

  test(
    'takes every object of FluxSystem',
    async () => {
      const system = objects.filter(({ file }) => file.startsWith('flux/system/')).map(({ object }) => object);
      expect(system.filter(({ kind }) => kind === 'Deployment')).toHaveLength(7);
      expect(await refused(system, true)).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    'takes every other object of the tree whose kind it knows, and that is not encrypted',
    async () => {
      const rest = objects.filter(
        ({ file, apiVersion, object }) =>
          !file.startsWith('flux/system/') && !WITHOUT_KIND.test(apiVersion) && !('sops' in object),
      );
      expect(rest.length).toBeGreaterThan(450);
      expect(
        await refused(
          rest.map(({ object }) => object),
          true,
        ),
      ).toEqual([]);
    },
    PATIENCE_MS,
  );
});
