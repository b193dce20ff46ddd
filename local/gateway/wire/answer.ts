/** Errors in the shape that the SDKs of each protocol read. */
import type { ServiceError } from '../service-call.ts';
import type { AwsResponse } from '../request.ts';
import type { HttpMessage } from './http-message.ts';

export type Protocol = 'json' | 'query' | 'ec2-query' | 'rest-json' | 's3';

export const protocolOf = (service: string, { headers }: Pick<HttpMessage, 'headers'>): Protocol => {
  if (headers['x-amz-target'] !== undefined) return 'json';
  if (service === 's3') return 's3';
  if (service === 'ec2') return 'ec2-query';
  const contentType = headers['content-type'] ?? '';
  if (contentType.startsWith('application/x-www-form-urlencoded')) return 'query';
  return queryServices.has(service) ? 'query' : 'rest-json';
};

/** The answer to a refused or failed call. */
export const errorAnswer = (
  protocol: Protocol,
  { code, message, status }: Pick<ServiceError, 'code' | 'message' | 'status'>,
  requestId: string,
): AwsResponse => {
  const type = status >= 500 ? 'Receiver' : 'Sender';
  const error = `<Code>${xml(code)}</Code><Message>${xml(message)}</Message>`;
  switch (protocol) {
    case 'json':
      return json('application/x-amz-json-1.1', status, code, message);
    case 'rest-json':
      return json('application/json', status, code, message);
    case 'query':
      return inXml(
        status,
        `<ErrorResponse><Error><Type>${type}</Type>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      );
    case 'ec2-query':
      return inXml(
        status,
        `<Response><Errors><Error>${error}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      );
    case 's3':
      return inXml(status, `<Error>${error}<RequestId>${requestId}</RequestId></Error>`);
  }
};

/** A successful answer of a query-protocol operation. */
export const queryAnswer = (
  operation: string,
  namespace: string,
  result: Readonly<Record<string, unknown>>,
  requestId: string,
): AwsResponse =>
  inXml(
    200,
    `<${operation}Response xmlns="${namespace}"><${operation}Result>${elements(result)}</${operation}Result>` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
  );

/** Services whose SDKs speak the query protocol, also where the call has no form (a GET, or no body at all). */
const queryServices = new Set([
  'sts',
  'iam',
  'cloudformation',
  'sns',
  'rds',
  'elasticache',
  'autoscaling',
  'elasticloadbalancing',
]);

const json = (contentType: string, status: number, code: string, message: string): AwsResponse => ({
  status,
  headers: { 'content-type': contentType, 'x-amzn-errortype': code },
  body: Buffer.from(JSON.stringify({ __type: code, message })),
});

const inXml = (status: number, body: string): AwsResponse => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: Buffer.from(body),
});

/** A list becomes an element for each of its items. */
/** Each key an element; a list is the element once for each of its items. */
const elements = (value: Readonly<Record<string, unknown>>): string =>
  Object.entries(value)
    .flatMap(([name, inner]) => [inner].flat().map((one: unknown) => `<${name}>${content(one)}</${name}>`))
    .join('');

const content = (value: unknown): string =>
  typeof value === 'object' && value !== null ? elements(value as Record<string, unknown>) : xml(String(value));

const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
