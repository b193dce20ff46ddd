/** Calls that the gateway makes on the AWS wire for a service, past identity, policies, faults and CloudTrail. */
import { randomUUID } from 'node:crypto';

import type { Authorize } from './pipeline.ts';
import type { AwsRequest, AwsResponse, Forward } from './request.ts';

export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** An error that a service answers: `code` is the API's, such as `ResourceNotFoundException`. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** `X-Amz-Target` prefixes of the JSON services that the gateway calls, and their content types. */
const jsonServices = {
  secretsmanager: { target: 'secretsmanager', version: '1.1' },
  kms: { target: 'TrentService', version: '1.1' },
  events: { target: 'AWSEvents', version: '1.1' },
  sqs: { target: 'AmazonSQS', version: '1.0' },
  cloudtrail: { target: 'CloudTrail_20131101', version: '1.1' },
} as const;
export type JsonService = keyof typeof jsonServices;

export interface ServiceCallOptions extends Scope {
  /** Service principal that calls, such as `secretsmanager.amazonaws.com`. */
  readonly principal: string;
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export const serviceCall = (options: ServiceCallOptions): AwsRequest => ({
  requestId: randomUUID(),
  service: options.service,
  operation: options.operation,
  region: options.region,
  caller: { kind: 'service', account: options.account, service: options.principal },
  method: options.method,
  url: options.url,
  headers: options.headers,
  body: options.body,
  input: options.input,
  receivedAt: Date.now(),
});

/** A call of a JSON service by `principal`. */
export const jsonCall = (
  scope: Scope,
  principal: string,
  service: JsonService,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): AwsRequest => {
  const { target, version } = jsonServices[service];
  return serviceCall({
    ...scope,
    principal,
    service,
    operation,
    input,
    method: 'POST',
    url: '/',
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': `${target}.${operation}`,
    },
    body: Buffer.from(JSON.stringify(input)),
  });
};

/**
 * Sends a JSON call and gives its output.
 * @throws ServiceError with the code and message that the service answered.
 */
export const callJson = async (forward: Forward, request: AwsRequest): Promise<Record<string, unknown>> => {
  const response = await forward(request);
  const output = parseJsonObject(response.body);
  if (response.status < 400) return output;
  const { code, message } = errorOf(response);
  throw new ServiceError(code, message, response.status);
};

/**
 * Whether the policies of what is called let a service make the call for the resource `sourceArn` (`aws:SourceArn`).
 * @throws any error except a refusal
 */
export const serviceMay = async (authorize: Authorize, request: AwsRequest, sourceArn: string): Promise<boolean> => {
  const { caller } = request;
  if (caller.kind !== 'service') throw new TypeError(`${request.service}:${request.operation} is called by no service`);
  try {
    await authorize({ ...request, caller: { ...caller, sourceArn } });
    return true;
  } catch (error) {
    if (error instanceof ServiceError && /^(AccessDenied|AccessDeniedException)$/.test(error.code)) return false;
    throw error;
  }
};

export const jsonResponse = (output: Readonly<Record<string, unknown>>, status = 200): AwsResponse => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: Buffer.from(JSON.stringify(output)),
});

/** Error code and message of a failed answer, whether its protocol is JSON or XML. */
export const errorOf = (response: AwsResponse): { code: string; message: string } => {
  const text = response.body.toString('utf8');
  if (text.trimStart().startsWith('<')) {
    return { code: xmlText(text, 'Code') ?? 'UnknownError', message: xmlText(text, 'Message') ?? '' };
  }
  const body = parseJsonObject(response.body);
  const type = response.headers['x-amzn-errortype'] ?? asText(body['__type']) ?? asText(body['code']) ?? 'UnknownError';
  const code = type.split(':')[0]?.split('#').at(-1) ?? type;
  return { code, message: asText(body['message']) ?? asText(body['Message']) ?? '' };
};

/** The JSON object in a body; an empty object if there is none. */
export const parseJsonObject = (body: Buffer): Record<string, unknown> => {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const xmlText = (xml: string, element: string): string | undefined =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
