import type { ApiObject } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { SlipwayError } from '../src/errors.ts';
import { isBuiltInClusterScoped, type Json } from '../src/manifest/index.ts';
import { EncryptedObject } from './encrypted/encrypted-object.ts';
import { checkKey, checkNeededKeys, checkVariables } from './encrypted/needed-keys.ts';
import { objectOf, type ObjectReference } from './object-reference.ts';

/**
 * How Flux names another object, by the field that does it: by name alone, where it looks only into the namespace of the
 * object that refers; by name and namespace; by kind, too; by API version, too; or as a string.
 */
const FORMS = {
  secretRef: { form: 'local', kind: 'Secret' },
  certSecretRef: { form: 'local', kind: 'Secret' },
  proxySecretRef: { form: 'local', kind: 'Secret' },
  trustedRootSecretRef: { form: 'local', kind: 'Secret' },
  configMapRef: { form: 'local', kind: 'ConfigMap' },
  providerRef: { form: 'local', kind: 'Provider' },
  repository: { form: 'local', kind: 'GitRepository' },
  serviceAccountName: { form: 'name', kind: 'ServiceAccount' },
  imageRepositoryRef: { form: 'named', kind: 'ImageRepository' },
  sourceRef: { form: 'typed', kind: undefined },
  eventSources: { form: 'typed', kind: undefined },
  resources: { form: 'typed', kind: undefined },
  healthChecks: { form: 'versioned', kind: undefined },
} as const;

type ReferenceField = keyof typeof FORMS;

/**
 * A spec in which every reference may be given as the construct that it refers to. What is made outside of the tree is
 * named as Flux does (`{ name: 'sops-age' }`), and nobody checks that it is there.
 */
export type WithReferences<Value> = unknown extends Value
  ? Value
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends readonly (infer Item)[]
      ? readonly WithReferences<Item>[]
      : {
          [Field in keyof Value]: Field extends ReferenceField ? Referable<Value[Field]> : WithReferences<Value[Field]>;
        };

type Referable<Value> = Value extends undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly (Item | ObjectReference)[]
    : Value | ObjectReference;

/** The `namespace` of a reference, where it is another one than that of the object that refers. */
export function namespaceField(namespace: string | undefined, own: string | undefined): { namespace?: string } {
  return namespace === undefined || namespace === '' || namespace === own ? {} : { namespace };
}

export function isConstruct(value: unknown): value is IConstruct {
  return Construct.isConstruct(value);
}

/**
 * What Flux writes in a field for the object that a construct stands for; `undefined` if the field holds no reference.
 *
 * @param pointer where in `referrer` the construct stands, for example `/spec/secretRef` or `/spec/eventSources/0`
 * @throws SlipwayError `synth/reference` for an object of the wrong kind, or where Flux would not look for it
 */
export function referenceFields(reference: IConstruct, referrer: ApiObject, pointer: string): Json | undefined {
  const field = pointer.split('/').findLast((part) => !/^\d+$/.test(part)) ?? '';
  if (!isReferenceField(field)) return undefined;
  const { form, kind } = FORMS[field];
  const object = objectOf(reference);
  const own = referrer.metadata.namespace;
  const namespace = namespaceOf(object);
  if (kind !== undefined && object.kind !== kind) {
    throw wrongReference(referrer, `${pointer} refers to a ${kind}, and is given ${object.kind}/${object.name}.`, {
      remedy: `Give it the construct of a ${kind}.`,
    });
  }
  if (object instanceof EncryptedObject) checkNeededKeys(object, referrer, pointer);
  switch (form) {
    case 'typed':
      return { kind: object.kind, name: object.name, ...namespaceField(namespace, own) };
    case 'versioned':
      return {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: object.name,
        ...(namespace !== undefined && { namespace }),
      };
    case 'named':
      return { name: object.name, ...namespaceField(namespace, own) };
    default:
      assertSameNamespace(object, referrer, pointer);
      return form === 'name' ? object.name : { name: object.name };
  }
}

/** @throws SlipwayError `synth/reference` if Flux, which looks into the referrer's namespace alone, would not find it */
export function assertSameNamespace(object: ApiObject, referrer: ApiObject, pointer: string): void {
  const own = referrer.metadata.namespace;
  const { namespace } = object.metadata;
  if (namespace === own) return;
  throw wrongReference(
    referrer,
    `${pointer} refers to ${object.kind}/${object.name} in namespace ${namespace ?? 'none'}, and Flux looks for it in ` +
      `${own ?? 'none'}, the namespace of the ${referrer.kind}.`,
    { remedy: `Declare it in namespace ${own ?? 'none'} too, or move the one beside the other.` },
  );
}

/** A ConfigMap or a Secret that Flux reads when it comes to it. */
export interface DataSource {
  /** In the same namespace: Flux looks nowhere else. */
  readonly from: ObjectReference;
  /** Whether Flux goes on where it is missing. Default: false. */
  readonly optional?: boolean | undefined;
}

/** What Flux writes for a {@link DataSource}, which may also be given as Flux writes it. */
export function dataSourceFields(source: DataSource | DataFields, referrer: ApiObject, pointer: string): DataFields {
  if (!('from' in source)) return source;
  const { from, ...rest } = source;
  const object = objectOf(from);
  const { kind, name } = object;
  if (kind !== 'ConfigMap' && kind !== 'Secret') {
    throw wrongReference(referrer, `${pointer} reads from a ConfigMap or a Secret, and is given ${kind}/${name}.`, {
      remedy: 'Give it the construct of a ConfigMap or of a Secret.',
    });
  }
  assertSameNamespace(object, referrer, pointer);
  if (object instanceof EncryptedObject) {
    if (pointer.includes('/substituteFrom/')) checkVariables(object, referrer, pointer);
    // helm-controller: chartutil.ChartValuesFromReferences
    else checkKey(object, 'valuesKey' in rest ? String(rest.valuesKey) : 'values.yaml', referrer, pointer);
  }
  return { kind, name, ...rest };
}

interface DataFields {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

/** The namespace of an object, which cdk8s gives even those that can have none. */
export function namespaceOf(object: ApiObject): string | undefined {
  const { namespace } = object.metadata;
  return namespace === '' || isBuiltInClusterScoped(coreGroup(object), object.kind) ? undefined : namespace;
}

/** cdk8s says `core` for the group that has no name. */
function coreGroup({ apiGroup }: ApiObject): string {
  return apiGroup === 'core' ? '' : apiGroup;
}

function isReferenceField(field: string): field is ReferenceField {
  return Object.hasOwn(FORMS, field);
}

function wrongReference(referrer: ApiObject, message: string, { remedy }: { remedy: string }): SlipwayError {
  return new SlipwayError({
    code: 'synth/reference',
    message,
    remedy,
    place: { object: `${referrer.kind}/${referrer.name}` },
  });
}
