import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';

/** An object by its construct: the object itself, or a construct of a library that makes one (cdk8s-plus). */
export type ObjectReference = ApiObject | IConstruct;

export function objectOf(reference: ObjectReference): ApiObject {
  return ApiObject.of(reference);
}
