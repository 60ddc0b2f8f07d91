import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { SlipwayError, SlipwayErrors, type Place } from '../src/errors.ts';
import {
  emitDocument,
  formatIdentity,
  identityKey,
  identityOf,
  readDocuments,
  type JsonObject,
  type ObjectIdentity,
} from '../src/manifest/index.ts';
import { whyNotATreePath, type Origin, type Tree, type TreeFile } from '../src/tree/index.ts';
import type { Cluster } from './cluster.ts';
import { isAllowed } from './allow.ts';
import { claimsOf, type Claim } from './claims.ts';
import { manifestsIn, nearestPosition, type HandWritten } from './hand-written.ts';
import { manifestOf } from './manifest-of.ts';
import { needsOf, type Need } from './needs.ts';
import { sourceLines } from './origin.ts';
import { Judged } from './judged.ts';
import { definitionsOf } from './definitions.ts';
import { ObjectChecks, type Checked } from './object-checks.ts';
import { BUILT_IN_NAMESPACES, type Applied, type Finding } from './rules/index.ts';
import { schemaComment } from './schema-comment.ts';
import { workingFile } from './working-files.ts';

/** An object as it goes into the tree. */
export interface Laid {
  readonly construct: IConstruct;
  /** Equal for two objects exactly if the API server would take them for one. */
  readonly key: string;
  readonly file: string;
  readonly origin: Origin;
  /** What it needs to be there. */
  readonly needs: readonly Need[];
  /** What it alone may have. */
  readonly claims: readonly Claim[];
}

/** Collects the files of a tree and everything that is wrong with them. */
export class TreeBuilder {
  readonly cluster: Cluster;
  readonly laid: Laid[] = [];
  /** Whether the tree holds objects that are not known here, since kustomize makes them of a hand-written folder. */
  hasUnknownObjects = false;
  /** What is legal but likely to hurt, and that no author silenced. */
  readonly warnings: SlipwayError[] = [];
  /** Every file by its path, with the construct that makes it. */
  readonly files = new Map<string, { readonly file: TreeFile; readonly construct: IConstruct }>();
  readonly #errors: SlipwayError[] = [];
  /** What is known of objects from the synth before. */
  readonly judged: Judged;
  readonly #checks: ObjectChecks;

  constructor(cluster: Cluster, namespaces: Iterable<string>, tenants: Iterable<string>) {
    this.cluster = cluster;
    const { directory } = cluster;
    const context = {
      directory,
      namespaces: new Set([...BUILT_IN_NAMESPACES, ...namespaces]),
      tenants: new Set(tenants),
      lockdown: cluster.flux.system?.flux.lockdown,
    };
    const { namespaces: made, tenants: own, lockdown } = context;
    const circumstances = JSON.stringify([
      cluster.kubernetesMinor,
      directory,
      [...made].sort(),
      [...own].sort(),
      lockdown,
    ]);
    this.judged = new Judged(workingFile(cluster, 'judged'), circumstances);
    this.#checks = new ObjectChecks(context, cluster, this.judged, (object, finding) => {
      this.#find(object, finding);
    });
  }

  /** A file that holds these objects, one document each. */
  objects(path: string, objects: readonly ApiObject[], kustomization?: Applied): void {
    const documents: string[] = [];
    const origins: Origin[] = [];
    for (const object of objects) {
      this.attempt(object, () => {
        const manifest = manifestOf(object);
        const text = emitDocument(manifest);
        documents.push(`---\n${schemaComment(object.apiVersion, object.kind)}${text}`);
        const origin = this.origin(object, formatIdentity(identityOf(manifest)));
        origins.push(origin);
        this.#lay(object, path, manifest, origin);
        this.#checks.check({ construct: object, manifest, text, origin, kustomization });
      });
    }
    this.add({ path, content: Buffer.from(documents.join('')), origins }, objects[0] ?? this.cluster);
  }

  /** A file of one object whose values are encrypted, as bytes that are right as they are; the object is known but for them. */
  sealed(path: string, object: ApiObject, content: Uint8Array, kustomization?: Applied): void {
    this.attempt(object, () => {
      const manifest = manifestOf(object);
      const origin = this.origin(object, formatIdentity(identityOf(manifest)));
      this.#lay(object, path, manifest, origin);
      this.#checks.check({ construct: object, manifest, origin, kustomization });
      this.add({ path, content, origins: [origin] }, object);
    });
  }

  #lay(construct: IConstruct, file: string, manifest: JsonObject, origin: Origin): void {
    const key = identityKey(identityOf(manifest));
    this.laid.push({ construct, file, key, origin, needs: needsOf(manifest), claims: claimsOf(manifest) });
  }

  /** The result of some work on a construct; `undefined` where it threw, which is then reported. */
  attempt<Result>(construct: IConstruct, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (cause) {
      this.report(construct, whyNotAManifest(this.cluster.resolver.takeRefusal() ?? cause));
      return undefined;
    }
  }

  /** A file that holds one object, as text that is right as it is. */
  text(path: string, text: string, identity: ObjectIdentity, construct: IConstruct): void {
    const origin = this.origin(construct, formatIdentity(identity));
    this.laid.push({ construct, file: path, key: identityKey(identity), origin, needs: [], claims: [] });
    this.add({ path, content: Buffer.from(`---\n${text}`), origins: [origin] }, construct);
  }

  /** A file of hand-written manifests, byte for byte. What it holds is held to the same rules as everything else. */
  manifests(path: string, written: HandWritten, construct: IConstruct, kustomization?: Applied): void {
    const origins = this.readManifests(path, written, construct, kustomization);
    this.add({ path, content: written.content, origins }, construct);
  }

  /** Holds a hand-written file to the rules of everything else; the file itself is not added to the tree. */
  readManifests(
    path: string,
    { source, content }: HandWritten,
    construct: IConstruct,
    kustomization?: Applied,
  ): Origin[] {
    const origins: Origin[] = [];
    try {
      for (const { document, manifest, at } of readDocuments(content, { file: source }).flatMap(manifestsIn)) {
        const origin = this.origin(construct, formatIdentity(identityOf(manifest)));
        origins.push(origin);
        this.#lay(construct, path, manifest, origin);
        const locate = (pointer: string): Place => ({ file: source, ...nearestPosition(document, `${at}${pointer}`) });
        this.#checks.check({ construct, manifest, origin, kustomization, locate });
      }
    } catch (cause) {
      const { file = source, line, column } = cause instanceof SlipwayError ? cause.place : {};
      const report = whyNotAManifest(cause, 'Mend the file there.');
      this.report(construct, { ...report, place: { file, line, column } });
    }
    return origins;
  }

  /** Nothing more will be laid. */
  finish(): void {
    this.attempt(this.cluster, () => {
      this.#checks.finish(definitionsOf(this.cluster));
    });
  }

  #find({ construct, origin, locate }: Checked, { code, severity, message, remedy, pointer }: Finding): void {
    const isSilenced = (severity === 'warning' || code.startsWith('schema/')) && isAllowed(construct, code);
    if (isSilenced) return;
    const report = { code, message, remedy, object: origin.object, place: locate?.(pointer) };
    if (severity === 'error') this.report(construct, report);
    else this.#addWarning({ ...report, place: this.placeOf(construct, report) });
  }

  /** Notes what is legal but likely to hurt, unless its author silenced it. */
  warn(construct: IConstruct, report: Report): void {
    if (isAllowed(construct, report.code)) return;
    this.#addWarning({ ...report, place: this.placeOf(construct, report) });
  }

  /** Where a construct is, as an error about it says. */
  placeOf(construct: IConstruct, { place, object }: Pick<Report, 'object' | 'place'> = {}): Place {
    const [source, ...callers] = sourceLines(construct, this.cluster.project);
    return { ...place, object: object ?? construct.node.path, source, callers };
  }

  #addWarning({ code, message, remedy, place }: Report): void {
    const silence = `${remedy} Or say why it is right: allow(construct, '${code}', 'the reason').`;
    this.warnings.push(new SlipwayError({ code, message, remedy: silence, place }));
  }

  /** The kustomization.yaml of a folder; `more` are its other fields. */
  list(
    folder: string,
    resources: readonly string[],
    construct: IConstruct = this.cluster,
    more: JsonObject = {},
  ): void {
    const head = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
    const content = `---\n${schemaComment(head.apiVersion, head.kind)}${emitDocument({ ...head, resources, ...more })}`;
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
    this.#errors.push(new SlipwayError({ ...error, place: this.placeOf(construct, error) }));
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

export interface Report {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** Default: the path of the construct. */
  readonly object?: string | undefined;
  /** In a file that the author wrote. */
  readonly place?: Place | undefined;
}

/** @param remedy where the error itself has none */
export function whyNotAManifest(cause: unknown, remedy = 'Mend the construct at the line above.'): Report {
  const known = cause instanceof SlipwayError ? cause : undefined;
  return {
    code: known?.code ?? 'synth/failed',
    message: known?.message ?? (cause instanceof Error ? cause.message : String(cause)),
    remedy: known?.remedy ?? remedy,
    object: known?.place.object,
    place: known?.place,
  };
}
