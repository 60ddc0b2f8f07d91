import { compileExpression, type Expression } from '../flux/cel/index.ts';
import type { KubeObject } from '../kube/index.ts';
import { isObject, type JsonObject, parseJson } from '../manifest/index.ts';
import type { ReceiverRequest } from '../sources/index.ts';

/** Whether an object is asked for. */
export type ResourceFilter = (object: KubeObject) => boolean;

/**
 * `spec.resourceFilter` of a Receiver, which is about the metadata of an object, `res`, and the body of the request, `req`
 * (notification-controller: newFilterExpression).
 *
 * @throws Error where it is no expression
 */
export function parseResourceFilter(source: string): Expression {
  return compileExpression(source, ['res', 'req']);
}

/**
 * The filter for one request; '' lets everything pass (notification-controller: newResourceFilter).
 *
 * @throws Error where it is no expression, or the body is said to be JSON and is none
 */
export function resourceFilter(source: string, request: ReceiverRequest): ResourceFilter {
  if (source === '') return () => true;
  const expression = parseResourceFilter(source);
  const req = bodyOf(request);
  return ({ apiVersion, kind, metadata }) => expression.holds({ res: { apiVersion, kind, metadata }, req });
}

function bodyOf({ headers, body }: ReceiverRequest): JsonObject {
  const types = [headers['content-type'] ?? []].flat().flatMap((value) => value.split(','));
  if (!types.some((type) => type.split(';')[0]?.trim().toLowerCase() === 'application/json')) return {};
  const value = parseJson(Buffer.from(body).toString('utf8'));
  if (!isObject(value)) throw new Error('failed to parse request body as JSON');
  return value;
}
