import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { SlipwayError, SlipwayErrors } from '../src/errors.ts';
import {
  emitDocument,
  formatIdentity,
  identityKey,
  identityOf,
  inKubernetesOrder,
  isBuiltInClusterScoped,
  isObject,
  metadataProblems,
  readDocuments,
  type JsonObject,
  type ObjectIdentity,
} from '../src/manifest/index.ts';
import { whyNotATreePath, type Origin, type Tree, type TreeFile } from '../src/tree/index.ts';
import type { Cluster } from './cluster.ts';
import { isAllowed } from './allow.ts';
import { FluxObject } from './flux-object.ts';
import { needsOf, type Need } from './needs.ts';
import { sourceLines } from './origin.ts';
import { inReadableOrder } from './readable-order.ts';

import { BUILT_IN_NAMESPACES, RULES, type Applied, type Finding, type RuleContext } from './rules/index.ts';
import { schemaComment } from './schema-comment.ts';

/** An object as it goes into the tree. */
export interface Laid {
  readonly construct: IConstruct;
  /** Equal for two objects exactly if the API server would take them for one. */
  readonly key: string;
  readonly file: string;
  readonly origin: Origin;
  /** What it needs to be there. */
  readonly needs: readonly Need[];
}

/** Collects the files of a tree and everything that is wrong with them. */
export class TreeBuilder {
  readonly cluster: Cluster;
  readonly laid: Laid[] = [];
  /** What is legal but likely to hurt, and that no author silenced. */
  readonly warnings: SlipwayError[] = [];
  /** Every file by its path, with the construct that makes it. */
  readonly files = new Map<string, { readonly file: TreeFile; readonly construct: IConstruct }>();
  readonly #errors: SlipwayError[] = [];

  readonly #context: Omit<RuleContext, 'kustomization'>;

  constructor(cluster: Cluster, namespaces: Iterable<string>, tenants: Iterable<string>) {
    this.cluster = cluster;
    this.#context = {
      namespaces: new Set([...BUILT_IN_NAMESPACES, ...namespaces]),
      tenants: new Set(tenants),
      lockdown: cluster.flux.system?.flux.lockdown,
    };
  }

  /** A file that holds these objects, one document each. */
  objects(path: string, objects: readonly ApiObject[], kustomization?: Applied): void {
    const documents: string[] = [];
    const origins: Origin[] = [];
    for (const object of objects) {
      this.attempt(object, () => {
        const manifest = manifestOf(object);
        documents.push(`---\n${schemaComment(object.apiVersion, object.kind)}${emitDocument(manifest)}`);
        const origin = this.origin(object, formatIdentity(identityOf(manifest)));
        origins.push(origin);
        const key = identityKey(identityOf(manifest));
        this.laid.push({ construct: object, file: path, key, origin, needs: needsOf(manifest) });
        this.#reportMetadata(object, manifest, origin);
        this.#applyRules(object, manifest, origin, kustomization);
      });
    }
    this.add({ path, content: Buffer.from(documents.join('')), origins }, objects[0] ?? this.cluster);
  }

  /** The result of some work on a construct; `undefined` where it threw, which is then reported. */
  attempt<Result>(construct: IConstruct, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (cause) {
      this.report(construct, whyNotAManifest(cause));
      return undefined;
    }
  }

  /** Names, labels and annotations that the API server would refuse. */
  #reportMetadata(construct: IConstruct, manifest: JsonObject, { object }: Origin): void {
    for (const { pointer, message } of metadataProblems(manifest)) {
      const code = pointer === '/metadata/name' ? 'synth/name' : 'synth/metadata';
      const remedy = 'Give another one: the API server would refuse the object.';
      this.report(construct, { code, message, remedy, object });
    }
  }

  /** A file that holds one object, as text that is right as it is. */
  text(path: string, text: string, identity: ObjectIdentity, construct: IConstruct): void {
    const origin = this.origin(construct, formatIdentity(identity));
    this.laid.push({ construct, file: path, key: identityKey(identity), origin, needs: [] });
    this.add({ path, content: Buffer.from(`---\n${text}`), origins: [origin] }, construct);
  }

  /**
   * A file of hand-written manifests, byte for byte. What it holds is held to the same rules as everything else.
   */
  manifests(path: string, content: Uint8Array, construct: IConstruct, kustomization?: Applied): void {
    const origins: Origin[] = [];
    try {
      for (const { value } of readDocuments(content, { file: path })) {
        if (!isObject(value)) continue;
        const identity = identityOf(value);
        const origin = this.origin(construct, formatIdentity(identity));
        origins.push(origin);
        this.laid.push({ construct, file: path, key: identityKey(identity), origin, needs: needsOf(value) });
        this.#reportMetadata(construct, value, origin);
        this.#applyRules(construct, value, origin, kustomization);
      }
    } catch (cause) {
      const { line, column } = cause instanceof SlipwayError ? cause.place : {};
      const at = line === undefined ? '' : ` (line ${line}, column ${column ?? 1})`;
      const { code, message, remedy } = whyNotAManifest(cause);
      this.report(construct, { code, message: `${path}${at}: ${message}`, remedy });
    }
    this.add({ path, content, origins }, construct);
  }

  #applyRules(construct: IConstruct, manifest: JsonObject, origin: Origin, kustomization: Applied | undefined): void {
    const context = { ...this.#context, kustomization };
    for (const rule of RULES) {
      for (const finding of rule(manifest, context)) {
        if (finding.severity === 'error') this.report(construct, { ...finding, object: origin.object });
        else if (!isAllowed(construct, finding.code)) this.#warn(finding, origin);
      }
    }
  }

  #warn({ code, message, remedy }: Finding, { object, source }: Origin): void {
    const silence = `${remedy} Or say why it is right: allow(construct, '${code}', 'the reason').`;
    this.warnings.push(new SlipwayError({ code, message, remedy: silence, place: { object, source: source()[0] } }));
  }

  /** The kustomization.yaml of a folder. */
  list(folder: string, resources: readonly string[], construct: IConstruct = this.cluster): void {
    const head = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
    const content = `---\n${schemaComment(head.apiVersion, head.kind)}${emitDocument({ ...head, resources })}`;
    this.add({ path: `${folder}/kustomization.yaml`, content: Buffer.from(content), origins: [] }, construct);
  }

  add(file: TreeFile, construct: IConstruct): void {
    const reason = whyNotATreePath(file.path);
    if (reason !== undefined) {
      this.report(construct, {
        code: 'tree/path',
        message: `The path ${JSON.stringify(file.path)} cannot be a file of the tree: ${reason}.`,
        remedy: 'Give the construct a name that is a plain file name.',
      });
      return;
    }
    const other = this.files.get(file.path);
    if (other === undefined) {
      this.files.set(file.path, { file, construct });
      return;
    }
    const first = sourceLines(other.construct, this.cluster.project)[0];
    this.report(construct, {
      code: 'tree/same-file',
      message: `Two constructs make the file ${file.path}${first === undefined ? '' : `; the other one is made in ${first}`}.`,
      remedy: 'Rename one of them, or give each an Application of its own.',
    });
  }

  /** Notes an error about a construct; all of them are thrown together by {@link build}. */
  report(construct: IConstruct, error: Report): void {
    const source = sourceLines(construct, this.cluster.project)[0];
    this.#errors.push(new SlipwayError({ ...error, place: { object: error.object ?? construct.node.path, source } }));
  }

  /**
   * A file where another one needs a folder, and names that differ in case alone, which are one file on the disks of
   * macOS and Windows.
   */
  #reportClashes(): void {
    const byLowerCase = new Map<string, string>();
    for (const [path, { file, construct }] of this.files) {
      const lower = path.toLowerCase();
      const folder = parentsOf(path).find((parent) => this.files.has(parent));
      const other = byLowerCase.get(lower) ?? folder;
      byLowerCase.set(lower, path);
      if (other === undefined) continue;
      this.report(construct, {
        code: 'tree/same-file',
        message:
          folder === undefined
            ? `The files ${other} and ${path} differ in case alone.`
            : `The file ${folder} stands where ${path} needs a folder.`,
        remedy: 'Rename one of the constructs that make them.',
        object: file.origins[0]?.object,
      });
    }
  }

  origin(construct: IConstruct, object: string): Origin {
    const { project } = this.cluster;
    return { object, constructPath: construct.node.path, source: () => sourceLines(construct, project) };
  }

  /** @throws SlipwayErrors if anything was reported */
  build(): Tree {
    this.#reportClashes();
    if (this.#errors.length > 0) throw new SlipwayErrors(this.#errors);
    return new Map([...this.files].map(([path, { file }]) => [path, file]));
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** Default: the path of the construct. */
  readonly object?: string | undefined;
}

function manifestOf(object: ApiObject): JsonObject {
  const plain = object.toJson() as JsonObject;
  const readable = object instanceof FluxObject ? plain : inReadableOrder(plain);
  return inKubernetesOrder(withoutNamespaceWhereClusterScoped(readable));
}

function whyNotAManifest(cause: unknown): Report {
  const known = cause instanceof SlipwayError ? cause : undefined;
  return {
    code: known?.code ?? 'synth/failed',
    message: known?.message ?? (cause instanceof Error ? cause.message : String(cause)),
    remedy: known?.remedy ?? 'Mend the construct at the line above.',
  };
}

/** cdk8s gives every object the namespace of its chart (cdk8s-plus#4239); an author says none with `namespace: ''`. */
function withoutNamespaceWhereClusterScoped(manifest: JsonObject): JsonObject {
  const { metadata } = manifest;
  if (!isObject(metadata) || metadata.namespace === undefined) return manifest;
  const { group, kind } = identityOf(manifest);
  if (metadata.namespace !== '' && !isBuiltInClusterScoped(group, kind)) return manifest;
  return { ...manifest, metadata: { ...metadata, namespace: undefined } };
}
