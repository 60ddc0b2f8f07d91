import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { SlipwayError } from '../src/errors.ts';

/**
 * An object by its construct: the object itself, a construct of a library that makes one (cdk8s-plus), or one of ours
 * that stands for one (a source, an Application, a Namespace).
 */
export type ObjectReference = ApiObject | IConstruct;

/** @throws SlipwayError `synth/no-object` for a construct that stands for no single object */
export function objectOf(reference: ObjectReference): ApiObject {
  if (ApiObject.isApiObject(reference)) return reference;
  if ('object' in reference && ApiObject.isApiObject(reference.object)) return reference.object;
  const { defaultChild } = reference.node;
  if (defaultChild !== undefined && defaultChild !== reference) return objectOf(defaultChild);
  throw new SlipwayError({
    code: 'synth/no-object',
    message: `The construct ${reference.node.path} is not one object, so nothing can refer to it.`,
    remedy: 'Refer to the object inside of it that is meant.',
    place: { object: reference.node.path },
  });
}
