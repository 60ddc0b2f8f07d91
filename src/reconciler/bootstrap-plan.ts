import { decodeBase64, isEncryptedSecret, prepareForApply } from '../flux/index.ts';
import {
  formatJson,
  identityKey,
  identityOf,
  isObject,
  type JsonObject,
  listOf,
  mapOf,
  type ObjectIdentity,
  textOf,
} from '../manifest/index.ts';
import { ENTRY, type Rendered } from '../render/index.ts';
import { KUSTOMIZATION } from './kustomization.ts';
import { SOURCE } from './sources.ts';

/** How a value begins that sops encrypted. */
const CIPHERTEXT = 'ENC[AES256_GCM,';
/** What the renderer puts in place of a variable that the repository gives no value. */
const UNKNOWN = /\.\.PLACEHOLDER_\w+\.\./;

/** What a bare cluster is given, so that a reconciler can go on by itself. */
export interface BootstrapPlan {
  /** Flux's kinds and the namespaces of the rest. */
  readonly definitions: readonly JsonObject[];
  /** The Kustomizations that the repository begins with, their sources, and what these read. */
  readonly seeds: readonly JsonObject[];
  /** What would be among them, and is encrypted still: ciphertext is never applied. */
  readonly closed: readonly ObjectIdentity[];
  /** What would be among them, and holds a variable whose value only the cluster has. */
  readonly unknown: readonly ObjectIdentity[];
  /** Whether no key would make more of it: nothing is encrypted in it, and no variable comes from what is. */
  readonly isOpen: boolean;
  readonly keys: readonly KeySecret[];
  /** What was decrypted: no message may hold it. */
  readonly secretValues: readonly string[];
}

/** A Secret that no tree holds: the identities that open what is encrypted in it. */
export interface KeySecret {
  readonly namespace: string;
  readonly name: string;
  /** What that is encrypted to, files of generators included. */
  readonly recipients: ReadonlySet<string>;
}

/**
 * Where a bare cluster begins with a repository, in the order in which it needs it. All else is made by the Kustomizations
 * in the order of their dependencies.
 *
 * @param rendered of the whole repository, the entry first; opened by whatever keys there are
 */
export function planBootstrap(rendered: readonly Rendered[]): BootstrapPlan {
  const objects = new Map(rendered.flatMap((one) => asApplied(one).map((object) => [keyOf(object), object] as const)));
  const find = (group: string, kind: string, namespace: string, name: string): JsonObject[] => {
    const object = objects.get(identityKey({ group, kind, namespace, name }));
    return object === undefined ? [] : [object];
  };
  const roots = rootsOf(rendered);
  const sources = roots.flatMap((root) => {
    const { kind, name, namespace } = mapOf(mapOf(root.spec).sourceRef);
    return find(SOURCE.group, textOf(kind), textOf(namespace) || namespaceOf(root), textOf(name));
  });
  const read = [...roots, ...sources].flatMap((object) =>
    configsOf(mapOf(object.spec)).flatMap(({ kind, name }) => find('', kind, namespaceOf(object), name)),
  );
  // What is of a Kustomization too is as that has it.
  const all = [...new Map([...read, ...sources, ...roots].map((object) => [keyOf(object), object])).keys()]
    .map((key) => objects.get(key))
    .filter((object) => object !== undefined);
  const seeds = all.filter((object) => !isClosed(object) && !isUnknown(object));
  const seedKeys = new Set(seeds.map(keyOf));
  const hasUnknownSeed = ({ unknownVariables, objects: made }: Rendered): boolean =>
    unknownVariables.length > 0 && made.some((object) => seedKeys.has(keyOf(object)));
  const keys = keySecrets(rendered).filter(({ namespace, name }) => find('', 'Secret', namespace, name).length === 0);
  const namespaces = new Set([...seeds.map(namespaceOf), ...keys.map(({ namespace }) => namespace)]);
  return {
    definitions: [
      ...[...objects.values()].filter(definesFlux),
      ...[...namespaces].map((name) => find('', 'Namespace', '', name)[0] ?? namespaceNamed(name)),
    ],
    seeds,
    closed: all.filter(isClosed).map(identityOf),
    unknown: all.filter(isUnknown).map(identityOf),
    isOpen: !all.some(isClosed) && !rendered.some(hasUnknownSeed),
    keys,
    secretValues: rendered.flatMap(({ secretValues }) => secretValues),
  };
}

/** As its Kustomization will apply it, so that nothing changes when that does; what is of no Kustomization as it is. */
function asApplied({ namespace, name, spec, objects }: Rendered): readonly JsonObject[] {
  if (name === ENTRY) return objects;
  const { labels, annotations } = mapOf(spec.commonMetadata);
  const common = { labels: mapOf(labels), annotations: mapOf(annotations) };
  return objects.map((object) => prepareForApply(object, { namespace, name }, common));
}

/** The entry itself, where it is a Kustomization; else those that it holds. */
function rootsOf([entry]: readonly Rendered[]): readonly JsonObject[] {
  const all = (entry === undefined ? [] : asApplied(entry)).filter((object) =>
    isOfKind(object, KUSTOMIZATION.group, KUSTOMIZATION.kind),
  );
  const own = all.filter((object) => namespaceOf(object) === entry?.namespace && nameOf(object) === entry.name);
  return own.length > 0 ? own : all;
}

/** What a source or a Kustomization reads of its namespace. */
function configsOf(spec: JsonObject): readonly { readonly kind: string; readonly name: string }[] {
  const secrets = ['secretRef', 'proxySecretRef', 'certSecretRef'].map((field) => mapOf(spec[field]).name);
  const verify = mapOf(mapOf(spec.verify).secretRef).name;
  const variables = listOf(mapOf(spec.postBuild).substituteFrom).filter(isObject);
  return [
    ...[...secrets, verify]
      .filter((name) => name !== undefined)
      .map((name) => ({ kind: 'Secret', name: textOf(name) })),
    ...variables.map(({ kind, name }) => ({ kind: textOf(kind), name: textOf(name) })),
  ];
}

function keySecrets(rendered: readonly Rendered[]): readonly KeySecret[] {
  const found = new Map<string, { namespace: string; name: string; recipients: Set<string> }>();
  for (const { spec, namespace, encrypted } of rendered) {
    const { provider, secretRef } = mapOf(spec.decryption);
    const name = textOf(mapOf(secretRef).name);
    if (provider !== 'sops' || name === '') continue;
    const key = `${namespace}/${name}`;
    const secret = found.get(key) ?? { namespace, name, recipients: new Set<string>() };
    found.set(key, secret);
    for (const { recipients } of encrypted) for (const recipient of recipients) secret.recipients.add(recipient);
  }
  return [...found.values()];
}

/** A Secret that is ciphertext as a whole, in a value, or in a file that it was generated from. */
function isClosed(object: JsonObject): boolean {
  if (isEncryptedSecret(object)) return true;
  if (object.kind !== 'Secret') return false;
  const texts = [...Object.values(mapOf(object.data)), ...Object.values(mapOf(object.stringData))].map(textOf);
  return texts.some((text) => [text, decodeBase64(text)?.toString() ?? ''].some((one) => one.includes(CIPHERTEXT)));
}

function isUnknown(object: JsonObject): boolean {
  return UNKNOWN.test(formatJson(object));
}

function definesFlux(object: JsonObject): boolean {
  if (!isOfKind(object, 'apiextensions.k8s.io', 'CustomResourceDefinition')) return false;
  return /\.(toolkit|extensions)\.fluxcd\.io$/.test(textOf(mapOf(object.spec).group));
}

function namespaceNamed(name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function isOfKind(object: JsonObject, group: string, kind: string): boolean {
  return object.kind === kind && textOf(object.apiVersion).startsWith(`${group}/`);
}

function keyOf(object: JsonObject): string {
  return identityKey(identityOf(object));
}

function namespaceOf({ metadata }: JsonObject): string {
  return textOf(mapOf(metadata).namespace);
}

function nameOf({ metadata }: JsonObject): string {
  return textOf(mapOf(metadata).name);
}
