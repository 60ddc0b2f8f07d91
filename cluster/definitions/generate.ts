/**
 * `npm run definitions`: writes the CustomResourceDefinitions beside this file anew, of the kinds that the cluster uses
 * and that its charts bring, so that synth holds its custom resources to them. They come from the Go modules of their
 * projects, all under the Apache License 2.0, by `go mod download`, and keep neither descriptions nor what belongs to a
 * status.
 *
 * Left out, so their objects are not held to a schema: Longhorn, Volcano and silences, whose modules the proxy does not
 * serve. Gatekeeper makes the kinds of constraints out of its templates, which stand in the tree. The definitions of
 * External Secrets are those of the last version that its module has; the chart is newer.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

interface Source {
  readonly module: string;
  readonly version: string;
  readonly folder: string;
  /** The kinds that the cluster uses, and in which version. */
  readonly kinds: Readonly<Record<string, string>>;
}

const SOURCES: readonly Source[] = [
  {
    module: 'sigs.k8s.io/gateway-api',
    version: 'v1.5.1',
    folder: 'config/crd/standard',
    kinds: { Gateway: 'v1', GatewayClass: 'v1', HTTPRoute: 'v1', ReferenceGrant: 'v1beta1' },
  },
  {
    module: 'github.com/envoyproxy/gateway',
    version: 'v1.9.0',
    folder: 'charts/gateway-helm/charts/crds/crds/generated',
    kinds: {
      BackendTrafficPolicy: 'v1alpha1',
      ClientTrafficPolicy: 'v1alpha1',
      EnvoyProxy: 'v1alpha1',
      SecurityPolicy: 'v1alpha1',
    },
  },
  {
    module: 'github.com/cert-manager/cert-manager',
    version: 'v1.21.1',
    folder: 'deploy/crds',
    kinds: { Certificate: 'v1', ClusterIssuer: 'v1' },
  },
  {
    module: 'github.com/external-secrets/external-secrets',
    version: 'v1.3.2',
    folder: 'config/crds/bases',
    kinds: { ClusterSecretStore: 'v1', ExternalSecret: 'v1' },
  },
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    folder: 'example/prometheus-operator-crd-full',
    kinds: {
      AlertmanagerConfig: 'v1alpha1',
      PodMonitor: 'v1',
      Probe: 'v1',
      PrometheusRule: 'v1',
      ScrapeConfig: 'v1alpha1',
      ServiceMonitor: 'v1',
    },
  },
  {
    module: 'github.com/cloudnative-pg/plugin-barman-cloud',
    version: 'v0.15.0',
    folder: 'config/crd/bases',
    kinds: { ObjectStore: 'v1' },
  },
  {
    module: 'github.com/cloudnative-pg/cloudnative-pg',
    version: 'v1.30.0',
    folder: 'config/crd/bases',
    kinds: { Cluster: 'v1', Pooler: 'v1', ScheduledBackup: 'v1' },
  },
  {
    module: 'github.com/cilium/cilium',
    version: 'v1.20.2',
    folder: 'pkg/k8s/apis/cilium.io/client/crds',
    kinds: { CiliumL2AnnouncementPolicy: 'v2alpha1', CiliumLoadBalancerIPPool: 'v2' },
  },
  {
    module: 'github.com/open-policy-agent/gatekeeper/v3',
    version: 'v3.23.1',
    folder: 'config/crd/bases',
    kinds: { ConstraintTemplate: 'v1' },
  },
  {
    module: 'github.com/argoproj/argo-rollouts',
    version: 'v1.10.1',
    folder: 'manifests/crds',
    kinds: { Rollout: 'v1alpha1' },
  },
  {
    module: 'github.com/kedacore/keda/v2',
    version: 'v2.19.0',
    folder: 'config/crd/bases',
    kinds: { ScaledObject: 'v1alpha1' },
  },
  {
    module: 'github.com/ray-project/kuberay/ray-operator',
    version: 'v1.6.2',
    folder: 'config/crd/bases',
    kinds: { RayService: 'v1' },
  },
];

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly subresources?: unknown;
  readonly schema: { readonly openAPIV3Schema: { readonly properties: Readonly<Record<string, unknown>> } };
}

interface Definition {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly Version[];
  };
}

function definitionsOf({ module, version, folder, kinds }: Source): Definition[] {
  const { Dir } = JSON.parse(
    execFileSync('go', ['mod', 'download', '-json', `${module}@${version}`], { encoding: 'utf8' }),
  ) as { Dir: string };
  const found = fs
    .readdirSync(path.join(Dir, folder), { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(fs.readFileSync(path.join(Dir, folder, file), 'utf8')))
    .map((document) => document.toJS() as Definition | null)
    .filter((value) => value?.kind === 'CustomResourceDefinition' && value.spec.names.kind in kinds)
    .filter((value) => value !== null);
  if (found.length < Object.keys(kinds).length)
    throw new Error(`${module} has not all of ${Object.keys(kinds).join()}`);
  return found.map((definition) => reduced(definition, kinds[definition.spec.names.kind] ?? ''));
}

function reduced({ apiVersion, kind, metadata, spec }: Definition, version: string): Definition {
  const { group, scope, names, versions } = spec;
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name },
    spec: {
      group,
      scope,
      names: { kind: names.kind },
      versions: versions
        .filter(({ name }) => name === version)
        .map(({ name, served, subresources, schema }) => ({
          name,
          served,
          subresources,
          schema: {
            openAPIV3Schema: withoutTexts(
              withoutStatus(schema.openAPIV3Schema),
            ) as Version['schema']['openAPIV3Schema'],
          },
        })),
    },
  };
}

/** Nothing of a status is written by hand: what one has is left open. */
function withoutStatus(schema: Version['schema']['openAPIV3Schema']): unknown {
  const { status, ...properties } = schema.properties;
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return { ...schema, properties: { ...properties, ...(status !== undefined && { status: open }) } };
}

/** A field that is called `description` stays. */
function withoutTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => !(key === 'description' && typeof member === 'string'))
      .map(([key, member]) => [key, key === 'default' ? member : withoutTexts(member)]),
  );
}

const FOLDER = import.meta.dirname;

for (const file of fs.readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) fs.rmSync(path.join(FOLDER, file));
for (const definition of SOURCES.flatMap(definitionsOf)) {
  fs.writeFileSync(path.join(FOLDER, `${definition.metadata.name}.json`), `${JSON.stringify(definition)}\n`);
}
