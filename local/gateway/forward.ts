/** Passes calls on to the emulator, which takes a twelve-digit access key id for the account. */
import { Agent, request as httpRequest } from 'node:http';
import type { AwsRequest, AwsResponse, Forward } from './request.ts';

export interface Forwarding {
  readonly forward: Forward;
  close(): void;
}

/** Called before and after each call is passed on. */
export interface ForwardingListener {
  beforeForward(request: AwsRequest): void;
  afterForward(request: AwsRequest): void;
}

export const createForwarding = (emulator: string, listener: ForwardingListener): Forwarding => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname, port } = new URL(emulator);

  const send: Forward = (request) =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          agent,
          hostname,
          port,
          method: request.method,
          path: request.url,
          headers: forwardedHeaders(request),
          timeout: timeoutMs(request),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            resolve({
              status: incoming.statusCode ?? 502,
              headers: endToEnd(incoming.headers),
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      outgoing.on('timeout', () => {
        outgoing.destroy(new Error(`the emulator did not answer ${request.service}:${request.operation} in time`));
      });
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });
  return {
    forward: async (request) => {
      listener.beforeForward(request);
      try {
        return await send(request);
      } finally {
        listener.afterForward(request);
      }
    },
    close: () => {
      agent.destroy();
    },
  };
};

/** A synchronous invocation may last as long as a function may run. */
const timeoutMs = ({ service }: AwsRequest): number => (service === 'lambda' ? 900_000 : 120_000);

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect', 'te', 'trailer']);

const forwardedHeaders = (request: AwsRequest): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && lower !== 'x-amz-security-token' && lower !== 'content-length') headers[lower] = value;
  }
  const now = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  headers['x-amz-date'] ??= now;
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${targetAccount(request)}/${now.slice(0, 8)}/${request.region}/${request.service}/aws4_request, ` +
    `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
  if (request.body.length > 0) headers['content-length'] = String(request.body.length);
  return headers;
};

/** The account that has the resource: a policy may have admitted a caller of another one. */
const targetAccount = ({ input, caller }: AwsRequest): string => {
  for (const name of ['SecretId', 'KeyId', 'FunctionName', 'TopicArn']) {
    const account = /^arn:aws:[a-z]+:[^:]*:(\d{12}):/.exec(typeof input[name] === 'string' ? input[name] : '')?.[1];
    if (account !== undefined) return account;
  }
  return caller.account;
};

const endToEnd = (headers: NodeJS.Dict<string | string[]>): Record<string, string> => {
  const kept: AwsResponse['headers'] & Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!hopByHop.has(name) && value !== undefined) kept[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return kept;
};
