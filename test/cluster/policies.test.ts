import { describe, expect, test } from '@jest/globals';
import { homelabObjects, type TreeObject } from '../support/homelab.ts';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly resources?: Readonly<Record<'requests' | 'limits', Readonly<Record<string, unknown>> | undefined>>;
  readonly securityContext?: { readonly runAsNonRoot?: boolean; readonly privileged?: boolean };
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

interface Constraint {
  readonly enforcementAction: string;
  readonly match: {
    readonly kinds: readonly { apiGroups: readonly string[]; kinds: readonly string[] }[];
    readonly excludedNamespaces: readonly string[];
  };
  readonly parameters: Readonly<Record<string, readonly string[]>>;
}

const objects = await homelabObjects();

function constraint(kind: string): Constraint {
  const found = objects.filter((object) => object.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]?.spec as Constraint;
}

/** The objects of the tree that Gatekeeper would look at. */
function matched({ match }: Constraint): TreeObject[] {
  return objects.filter(
    ({ kind, apiVersion, metadata }) =>
      match.kinds.some(
        ({ apiGroups, kinds }) => kinds.includes(kind) && apiGroups.includes(apiVersion.split('/')[0] ?? ''),
      ) && !match.excludedNamespaces.includes(metadata.namespace ?? ''),
  );
}

function containersOf(object: TreeObject): readonly Container[] {
  const spec = object.spec as { template?: { spec: PodSpec }; jobTemplate?: { spec: { template: { spec: PodSpec } } } };
  const pod = spec.jobTemplate?.spec.template.spec ?? spec.template?.spec;
  return [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])];
}

const nameOf = ({ kind, metadata }: TreeObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

describe('the policies that the cluster declares hold for its own manifests', () => {
  test('each workload has the labels that it must have', () => {
    const policy = constraint('RequiredLabels');
    const looked = matched(policy);
    expect(looked.length).toBeGreaterThan(20);
    for (const object of looked) {
      const { labels = {} } = object.metadata as { labels?: Record<string, string> };
      for (const label of policy.parameters.labels ?? [])
        expect({ [nameOf(object)]: labels }).toHaveProperty([nameOf(object), label]);
    }
  });

  test('each container asks for, and is limited in, what it must', () => {
    const policy = constraint('RequiredResources');
    expect(policy.parameters).toMatchObject({ requests: ['cpu', 'memory'], limits: ['memory'] });
    for (const object of matched(policy)) {
      for (const { name, resources } of containersOf(object)) {
        const place = `${nameOf(object)}/${name}`;
        for (const request of policy.parameters.requests ?? []) {
          expect({ [place]: resources?.requests }).toHaveProperty([place, request]);
        }
        for (const limit of policy.parameters.limits ?? []) {
          expect({ [place]: resources?.limits }).toHaveProperty([place, limit]);
        }
      }
    }
  });

  test('each image has a tag that stays', () => {
    const policy = constraint('PinnedImages');
    for (const object of matched(policy)) {
      for (const { image } of containersOf(object)) {
        const tag = /:([^:/@]+)(@sha256:[a-f0-9]+)?$/.exec(image)?.[1];
        expect(image).toMatch(/:[^:/]+$/);
        expect(policy.parameters.floating).not.toContain(tag);
      }
    }
  });

  test('all of them only warn', () => {
    for (const kind of ['RequiredLabels', 'RequiredResources', 'PinnedImages']) {
      expect(constraint(kind).enforcementAction).toBe('warn');
    }
  });

  test('every constraint has a template in the step before', () => {
    const templates = objects.filter(({ kind }) => kind === 'ConstraintTemplate');
    const made = templates.map(
      ({ spec }) => (spec as { crd: { spec: { names: { kind: string } } } }).crd.spec.names.kind,
    );
    const used = objects.filter(({ apiVersion }) => apiVersion.startsWith('constraints.gatekeeper.sh/'));
    expect(used.map(({ kind }) => kind).sort()).toEqual(made.sort());
    for (const { file } of templates) expect(file).toMatch(/gatekeeper-templates/);
    for (const { file } of used) expect(file).toMatch(/gatekeeper-constraints/);
  });
});

describe('our own workloads', () => {
  const deployments = objects.filter(({ kind, file }) => kind === 'Deployment' && file.startsWith('apps/'));

  test('are told when they are well, and told apart by a label of ours', () => {
    for (const object of deployments) {
      const { selector, template } = object.spec as {
        selector: { matchLabels: Record<string, string> };
        template: { metadata: { labels: Record<string, string> } };
      };
      expect(selector.matchLabels).toEqual({ 'app.kubernetes.io/name': object.metadata.name });
      expect(template.metadata.labels).toEqual({ 'app.kubernetes.io/name': object.metadata.name });
      const [container] = containersOf(object);
      if (object.metadata.name === 'gitea-runner') continue; // It serves nothing.
      expect(container).toHaveProperty('livenessProbe');
      expect(container).toHaveProperty('readinessProbe');
    }
  });

  test('run as root or with its rights only where that is said', () => {
    const exceptions = deployments
      .filter((object) =>
        containersOf(object).some(
          ({ securityContext }) => securityContext?.runAsNonRoot !== true || securityContext.privileged === true,
        ),
      )
      .map(({ metadata }) => metadata.name);
    // Affine keeps its data in root's home; the runner runs Docker.
    expect(exceptions.sort()).toEqual(['affine', 'gitea-runner']);
  });
});
