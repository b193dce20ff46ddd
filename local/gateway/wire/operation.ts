/** Which API operation a request asks for, and its input, for every protocol. */
import { isRecord, parseJsonObject } from '../service-call.ts';
import type { HttpMessage } from './http-message.ts';
import { lambdaOperation } from './lambda-operation.ts';
import { s3Operation } from './s3-operation.ts';

export interface Operation {
  /** The API's name of it, or {@link unknownOperation}. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A REST call that no table has: it is evaluated as `<service>:Unknown`, which only a wildcard allows. */
export const unknownOperation = 'Unknown';

export const readOperation = (service: string, message: HttpMessage): Operation => {
  const target = message.headers['x-amz-target'];
  if (target !== undefined) {
    return { operation: target.slice(target.lastIndexOf('.') + 1), input: parseJsonObject(message.body) };
  }
  if (service === 's3') return s3Operation(message);
  if (service === 'lambda') return lambdaOperation(message);
  const form = formFields(message);
  const action = form['Action'];
  if (typeof action === 'string') {
    const { Action: _action, Version: _version, ...input } = form;
    return { operation: action, input };
  }
  return { operation: unknownOperation, input: jsonInput(message) };
};

/** Fields of a query-protocol call, from the body and the address. */
const formFields = ({ headers, body, query }: HttpMessage): Record<string, unknown> => {
  const fields = new URLSearchParams(query);
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(body.toString('utf8'))) fields.append(name, value);
  }
  return Object.fromEntries(fields);
};

const jsonInput = ({ headers, body }: HttpMessage): Record<string, unknown> => {
  const input: unknown = headers['content-type']?.includes('json') ? parseJsonObject(body) : {};
  return isRecord(input) ? input : {};
};
