/** The one endpoint: an HTTP server on the loopback that identifies each caller and hands the call to the pipeline. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialStore } from './identity/credentials.ts';
import { identify } from './identity/identify.ts';
import { DroppedConnection, type Pipeline } from './pipeline.ts';
import type { AwsResponse } from './request.ts';
import { ServiceError } from './service-call.ts';
import { errorAnswer, protocolOf } from './wire/answer.ts';
import { readMessage, type HttpMessage } from './wire/http-message.ts';
import { readOperation } from './wire/operation.ts';
import { readClaim } from './identity/signature.ts';

/** Answers requests to paths that are not AWS calls: credentials for tasks, reports of the emulator. */
export interface Route {
  /** Start of the path, such as `/_strongroom/credentials/`. */
  readonly prefix: string;
  handle(message: HttpMessage): Promise<AwsResponse>;
}

export interface Service {
  readonly credentials: CredentialStore;
  readonly pipeline: Pipeline;
  readonly routes: readonly Route[];
  /** The gateway's clock, ms since the epoch. */
  readonly now: () => number;
  /** Called with a defect: an error that is not an answer of a service. */
  readonly onDefect: (error: unknown) => void;
}

export interface GatewayServer {
  readonly endpoint: string;
  /** Starts to answer; earlier calls get the error that the service is not available. */
  serve(service: Service): void;
  close(): Promise<void>;
}

/**
 * Takes its port at once, so that what is started behind it gets its address.
 * @throws Error with code EADDRINUSE if the port is taken.
 */
export const listen = async (port = 0): Promise<GatewayServer> => {
  let service: Service | undefined;
  const server = createServer((incoming, outgoing) => {
    void answerOnto(outgoing, incoming, service);
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (ready) => {
      service = ready;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
        server.closeAllConnections();
      }),
  };
};

const answerOnto = async (
  outgoing: ServerResponse,
  incoming: IncomingMessage,
  service: Service | undefined,
): Promise<void> => {
  try {
    const message = await readMessage(incoming);
    const response = service ? await answer(message, service) : unavailable(message);
    const headers: Record<string, string> = { ...response.headers };
    // The service sets the length that a GET request would have.
    if (message.method !== 'HEAD') headers['content-length'] = String(response.body.length);
    outgoing.writeHead(response.status, headers);
    outgoing.end(message.method === 'HEAD' ? undefined : response.body);
  } catch (error) {
    if (!(error instanceof DroppedConnection)) service?.onDefect(error);
    outgoing.destroy();
  }
};

const answer = async (message: HttpMessage, { credentials, pipeline, routes, now }: Service): Promise<AwsResponse> => {
  const requestId = randomUUID();
  const route = routes.find(({ prefix }) => message.path.startsWith(prefix));
  try {
    if (route) return await route.handle(message);
    const { key, service, region } = await identify(message, credentials);
    return await pipeline({
      requestId,
      service,
      region,
      ...readOperation(service, message),
      caller: key.caller,
      method: message.method,
      url: message.url,
      headers: message.headers,
      body: message.body,
      receivedAt: now(),
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return errorAnswer(protocolOf(claimedService(message), message), error, requestId);
  }
};

const claimedService = (message: HttpMessage): string => {
  const claim = readClaim(message);
  return typeof claim === 'object' ? claim.service : '';
};

const unavailable = (message: HttpMessage): AwsResponse =>
  errorAnswer(
    protocolOf(claimedService(message), message),
    { code: 'ServiceUnavailable', message: 'The local AWS is still starting.', status: 503 },
    randomUUID(),
  );
